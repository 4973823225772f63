import type { FieldProblem } from '../../shared/api'
import { get } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { check as tick } from '../../shared/icons'
import { langs, type Lang } from '../../shared/i18n'
import { NewPassword, PasswordRules, Rules, Segments, SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { t as ui } from '../../shared/ui/texts'
import type { NextExtension } from '../../shared/types'
import { fieldText } from '../errors'
import type { Form } from '../form'
import { session } from '../session'
import { t } from '../texts/users'
import type { UserForm } from './model'

export type Of = { form: Form<UserForm> }

type TextName = 'login' | 'displayName' | 'extension' | 'email' | 'faxExtension' | 'mobileNumber' | 'shownNumber' | 'pin'

/** What every field of text has in common. */
export function useText(form: Form<UserForm>) {
  return (name: TextName): { error: FieldProblem | undefined; errorText: ReturnType<typeof fieldText>; input: object } => {
    const error = form.error(name)
    return {
      error,
      errorText: fieldText(error, form.values[name], (s) => form.set(name, s)),
      input: {
        value: form.values[name],
        onInput: (e: { currentTarget: HTMLInputElement }) => form.set(name, e.currentTarget.value),
        onBlur: () => form.leave(name),
        autocomplete: 'off',
        spellcheck: false,
      },
    }
  }
}

export function LoginField({ form }: Of) {
  const { error, errorText, input } = useText(form)('login')
  return (
    <Field name="login" label={t('loginLabel')} error={error} errorText={errorText}>
      {(aria) => <input class="input" autocapitalize="none" {...aria} {...input} />}
    </Field>
  )
}

/** Only where there are several. */
export function DomainField({ form }: Of) {
  const domains = session.value!.domains
  if (domains.length < 2) return null
  return (
    <Field name="domain" label={t('domain')} error={form.error('domain')} full>
      {(aria) => (
        <select class="select" {...aria} value={form.values.domain} onChange={(e) => form.set('domain', e.currentTarget.value)}>
          {domains.map((d) => <option key={d}>{d}</option>)}
        </select>
      )}
    </Field>
  )
}

export function DisplayNameField({ form }: Of) {
  const { error, errorText, input } = useText(form)('displayName')
  return (
    <Field name="displayName" label={t('displayName')} hint={t('displayNameHint')} error={error} errorText={errorText}>
      {(aria) => <input class="input" {...aria} {...input} />}
    </Field>
  )
}

/** The extension, with a word when it is the one that the server proposed. */
export function ExtensionField({ form, proposed }: Of & { proposed?: string | undefined }) {
  const { error, errorText, input } = useText(form)('extension')
  const isNext = proposed && form.values.extension === proposed
  const propose = async (): Promise<void> => {
    form.set('extension', (await get<NextExtension>('/users/next-extension')).extension)
  }
  return (
    <Field name="extension" label={t('extensionLabel')} hint={t('extensionHint')} error={error} errorText={errorText}>
      {(aria) => (
        <span class="with-end">
          <input class="input num" inputMode="numeric" {...aria} {...input} />
          <span class="end-slot">
            {isNext ? <span class="badge badge--ok"><Icon of={tick} />{t('nextFree')}</span> : !form.values.extension && (
              <button type="button" class="btn btn--ghost btn--sm" onClick={() => void propose()}>{t('proposeFree')}</button>
            )}
          </span>
        </span>
      )}
    </Field>
  )
}

export function LanguageField({ form }: Of) {
  return (
    <Field name="language" label={t('language')} hint={t('languageHint')} error={form.error('language')}>
      {(aria) => (
        <select class="select" {...aria} value={form.values.language} onChange={(e) => form.set('language', e.currentTarget.value as UserForm['language'])}>
          <option value="">{t('languageNone')}</option>
          {(Object.keys(langs) as Lang[]).map((l) => <option key={l} value={l} lang={l}>{langs[l]}</option>)}
        </select>
      )}
    </Field>
  )
}

/** In which times of profiles are meant for the user. */
export function TimeZoneField({ form }: Of) {
  const now = form.values.timeZone
  const zones = Intl.supportedValuesOf('timeZone')
  return (
    <Field name="timeZone" label={t('timeZone')} hint={t('timeZoneHint')} error={form.error('timeZone')}>
      {(aria) => (
        <select class="select" {...aria} value={now} onChange={(e) => form.set('timeZone', e.currentTarget.value)}>
          <option value="">{t('timeZoneNone')}</option>
          {[...new Set(now ? [now, ...zones] : zones)].sort().map((zone) => <option key={zone} value={zone}>{zone.replaceAll('_', ' ')}</option>)}
        </select>
      )}
    </Field>
  )
}

export function AuthField({ form }: Of) {
  return (
    <div class="field full">
      <span class="label" id="auth-label">{t('auth')}</span>
      <Segments labelledby="auth-label" value={form.values.auth} onChange={(auth) => form.set('auth', auth)}
        of={[
          { value: 'internal', label: t('authInternal') },
          { value: 'external', label: t('authExternal') },
          { value: 'none', label: t('authNone') },
        ]} />
    </div>
  )
}

export function PasswordField({ form, label }: Of & { label?: string }) {
  const error = form.error('password')
  return (
    <Field name="password" hintStays label={label ?? t('password')} error={error} errorText={fieldText(error, '', () => {})} full
      hint={<PasswordRules password={form.values.password} />}>
      {(aria) => <NewPassword aria={aria} value={form.values.password} onChange={(p) => form.set('password', p)} onLeave={() => form.leave('password')} />}
    </Field>
  )
}

export function PinField({ form, label, keeps }: Of & { label?: string; keeps?: boolean }) {
  const { error, errorText, input } = useText(form)('pin')
  const pin = form.values.pin
  return (
    <Field name="pin" label={label ?? t('pin')} aside={t('forPhones')} error={error} errorText={errorText}
      hint={keeps && !pin ? t('pinKeep') : <Rules of={[{ label: ui('rulePin'), met: /^\d{4,}$/.test(pin) }]} />}>
      {(aria) => <input class="input num" inputMode="numeric" {...aria} {...input} />}
    </Field>
  )
}

export function EmailField({ form }: Of) {
  const { error, errorText, input } = useText(form)('email')
  return (
    <Field name="email" label={t('email')} optional hint={t('emailHint')} error={error} errorText={errorText}>
      {(aria) => <input class="input" type="text" inputMode="email" {...aria} {...input} />}
    </Field>
  )
}

export function VoicemailField({ form }: Of) {
  return (
    <Field name="voicemail" label={t('voicemail')} error={form.error('voicemail')}>
      {(aria) => (
        <select class="select" {...aria} value={form.values.voicemail} onChange={(e) => form.set('voicemail', e.currentTarget.value as UserForm['voicemail'])}>
          <option value="all">{t('voicemailAll')}</option>
          <option value="external">{t('voicemailExternal')}</option>
          <option value="internal">{t('voicemailInternal')}</option>
          <option value="none">{t('voicemailNone')}</option>
        </select>
      )}
    </Field>
  )
}

export function FaxField({ form }: Of) {
  const { error, errorText, input } = useText(form)('faxExtension')
  return (
    <Field name="faxExtension" label={t('faxExtension')} optional error={error} errorText={errorText}>
      {(aria) => <input class="input num" inputMode="numeric" placeholder={t('faxHint')} {...aria} {...input} />}
    </Field>
  )
}

export function ShownNumberField({ form }: Of) {
  const { error, errorText, input } = useText(form)('shownNumber')
  return (
    <Field name="shownNumber" label={t('shownNumber')} optional error={error} errorText={errorText}>
      {(aria) => <input class="input num" type="tel" placeholder={t('shownHint')} {...aria} {...input} />}
    </Field>
  )
}

export function DeviceSwitches({ form }: Of) {
  const { error, errorText, input } = useText(form)('mobileNumber')
  return (
    <>
      <SwitchRow label={t('enableSoftphone')} hint={t('softphoneHint')} on={form.values.softphone} onChange={(on) => form.set('softphone', on)} />
      <SwitchRow label={t('hasMobile')} hint={t('mobileHint')} on={form.values.mobile} onChange={(on) => form.set('mobile', on)} />
      {form.values.mobile && (
        <Field name="mobileNumber" label={t('mobileNumber')} optional error={error} errorText={errorText}>
          {(aria) => <input class="input num" type="tel" placeholder="+49 171 1234567" {...aria} {...input} />}
        </Field>
      )}
      <SwitchRow full={!form.values.mobile} label={t('callWaiting')} hint={t('callWaitingHint')} on={form.values.callWaiting} onChange={(on) => form.set('callWaiting', on)} />
    </>
  )
}
