import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { path, post } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { flow, plus, trash, trunk as trunkIcon } from '../../shared/icons'
import { SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Empty, reason } from '../../shared/ui/states'
import type { AccountState, InboundRule, OutboundRule, Trunk, TrunkAccount } from '../../shared/types'
import { partText } from '../errors'
import type { Form } from '../form'
import { t } from '../texts/trunks'
import { newAccount, newInbound, newOutbound, replaced, words, type TrunkData } from './model'
import { StateBadge, stateOf } from './state'

type Of = { form: Form<TrunkData> }

/** A field for one line of text, somewhere in the form. */
function Line({ form, at, label, hint, value, onInput, full, mono, num, password, placeholder }: Of & {
  at: string
  label: string
  hint?: string
  value: string
  onInput(value: string): void
  full?: boolean
  mono?: boolean
  num?: boolean
  password?: boolean
  placeholder?: string
}) {
  return (
    <Field name={at} label={label} full={full ?? false} {...(hint && { hint })} error={form.error(at)} errorText={partText(form.error(at))}>
      {(aria) => (
        <input class={'input' + (mono ? ' mono' : num ? ' num' : '')} type={(password ? 'password' : 'text') as 'text'} autocomplete={password ? 'new-password' : 'off'} autocapitalize="none" spellcheck={false}
          {...(placeholder && { placeholder })} {...aria} value={value} onInput={(e) => onInput(e.currentTarget.value)} onBlur={() => form.leave(at)} />
      )}
    </Field>
  )
}

/** A field for a whole number; what is no number is zero. */
function Count({ form, at, label, hint, value, onInput }: Of & { at: string; label: string; hint?: string; value: number; onInput(value: number): void }) {
  return (
    <Field name={at} label={label} {...(hint && { hint })} error={form.error(at)} errorText={partText(form.error(at))}>
      {(aria) => <input class="input num" type="number" min={0} {...aria} value={value} onInput={(e) => onInput(Math.trunc(Number(e.currentTarget.value)) || 0)} onBlur={() => form.leave(at)} />}
    </Field>
  )
}

function Choice<T extends string>({ form, at, label, value, of, onChange }: Of & { at: string; label: string; value: T; of: { value: T; label: string }[]; onChange(value: T): void }) {
  return (
    <Field name={at} label={label} error={form.error(at)} errorText={partText(form.error(at))}>
      {(aria) => (
        <select class="select" {...aria} value={value} onChange={(e) => onChange(e.currentTarget.value as T)}>
          {of.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
        </select>
      )}
    </Field>
  )
}

export function General({ form }: Of) {
  const v = form.values
  const text = (name: 'name' | 'country' | 'area' | 'international' | 'national' | 'prefix' | 'fallback', label: string, hint?: string, num = true) => (
    <Line form={form} at={name} label={label} {...(hint && { hint })} num={num} value={v[name]} onInput={(value) => form.set(name, value)} />
  )
  const policy = (next: Partial<TrunkData['policy']>, part: string): void => form.set('policy', { ...v.policy, ...next }, `policy.${part}`)
  return (
    <>
      {text('name', t('name'), undefined, false)}
      <Choice form={form} at="kind" label={t('kind')} value={v.kind} onChange={(kind) => form.set('kind', kind)}
        of={[{ value: 'registering', label: t('kind_registering') }, { value: 'address', label: t('kind_address') }]} />
      <SwitchRow full label={t('enabled')} hint={t('enabledHint')} on={v.enabled} onChange={(on) => form.set('enabled', on)} />
      {text('country', t('country'), t('codeHint'))}
      {text('area', t('area'), t('codeHint'))}
      {text('international', t('international'))}
      {text('national', t('national'))}
      {text('prefix', t('prefix'), t('prefixHint'))}
      <Choice form={form} at="format" label={t('format')} value={v.format} onChange={(format) => form.set('format', format)}
        of={(['e164', 'digits', 'international', 'national'] as const).map((value) => ({ value, label: t(`format_${value}`) }))} />
      {text('fallback', t('fallback'), t('fallbackHint'))}
      <Count form={form} at="maxCalls" label={t('maxCalls')} hint={t('maxCallsHint')} value={v.maxCalls} onInput={(n) => form.set('maxCalls', n)} />
      <h2 class="h3">{t('policy')}</h2>
      <SwitchRow label={t('allowInternational')} on={v.policy.international} onChange={(international) => policy({ international }, 'international')} />
      <SwitchRow label={t('allowPremium')} on={v.policy.premium} onChange={(premium) => policy({ premium }, 'premium')} />
      <WordsLine form={form} at="policy.prefixes" label={t('premiumPrefixes')} hint={t('premiumPrefixesHint')} value={v.policy.prefixes} onChange={(prefixes) => policy({ prefixes }, 'prefixes')} />
      <Count form={form} at="policy.perHour" label={t('perHour')} hint={t('perHourHint')} value={v.policy.perHour} onInput={(perHour) => policy({ perHour }, 'perHour')} />
    </>
  )
}

/** Several words in one line, which stays as it is typed until it is left. What is wrong with one of them is said of the line. */
function WordsLine({ form, at, label, hint, value, onChange }: Of & { at: string; label: string; hint: string; value: string[]; onChange(value: string[]): void }) {
  const wrong = Object.keys(form.errors).find((field) => field === at || field.startsWith(at + '.'))
  const error = wrong ? form.error(wrong) : undefined
  const typed = useSignal<string | undefined>(undefined)
  return (
    <Field name={at} label={label} hint={hint} error={error} errorText={partText(error)}>
      {(aria) => (
        <input class="input mono" autocomplete="off" spellcheck={false} {...aria} value={typed.value ?? value.join(' ')}
          onInput={(e) => {
            typed.value = e.currentTarget.value
            onChange(words(typed.value))
          }}
          onBlur={() => {
            typed.value = undefined
            form.leave(at)
            value.forEach((_, i) => form.leave(`${at}.${i}`))
          }} />
      )}
    </Field>
  )
}

/** One of several things that are edited on a page, with its own head. */
function Item({ title, note, remove, onRemove, children }: { title: string; note?: ComponentChildren; remove: string; onRemove(): void; children: ComponentChildren }) {
  return (
    <section class="part full" aria-label={title}>
      <header class="part-head">
        <h2 class="h4 clip" title={title}>{title}</h2>
        {note}
        <button type="button" class="btn btn--ghost btn--icon btn--sm end" aria-label={remove} title={remove} onClick={onRemove}><Icon of={trash} /></button>
      </header>
      <div class="form">{children}</div>
    </section>
  )
}

const Add = ({ label, act }: { label: string; act(): void }) => <p class="full"><button type="button" class="btn" onClick={act}><Icon of={plus} />{label}</button></p>

/** Asks the provider now whether an account works. */
function Try({ trunk, account, title }: { trunk: string; account: string; title: string }) {
  const busy = useSignal(false)
  const said = useSignal('')
  const ask = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    said.value = ''
    try {
      const s = await post<AccountState>('/trunks' + path(trunk) + '/accounts' + path(account) + '/test')
      said.value = s.up ? t('tryUp') : t('tryDown', { why: s.error || t('down') })
    } catch (e) {
      said.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  return (
    <>
      <button type="button" class="btn btn--sm" aria-label={t('tryAccount', { name: title })} aria-disabled={busy.value} onClick={() => void ask()}>{busy.value ? t('trying') : t('try')}</button>
      <span class="second" role="status">{said.value}</span>
    </>
  )
}

export function Accounts({ form, trunk }: Of & { trunk: Trunk }) {
  const list = form.values.accounts
  const registers = form.values.kind === 'registering'
  return (
    <>
      {list.map((a, i) => {
        const set = (part: keyof TrunkAccount & string, next: Partial<TrunkAccount>): void => form.set('accounts', replaced(list, i, { ...a, ...next }), `accounts.${i}.${part}`)
        const line = (part: 'title' | 'host' | 'proxy' | 'user' | 'extension', label: string, hint?: string) => (
          <Line form={form} at={`accounts.${i}.${part}`} label={label} {...(hint && { hint })} mono={part !== 'title'} value={a[part]} onInput={(value) => set(part, { [part]: value })} />
        )
        const title = a.title || a.user || a.host || t('newAccount')
        const state = stateOf(trunk, a.id)
        return (
          <Item key={a.id || i} title={title} remove={t('removeAccount', { name: title })} onRemove={() => form.set('accounts', replaced(list, i))}
            note={a.id && trunk.enabled && <><StateBadge of={state} />{state && !state.up && state.error && <span class="second clip" title={state.error}>{state.error}</span>}<Try trunk={trunk.id} account={a.id} title={title} /></>}>
            {line('host', t('host'), t('hostHint'))}
            <Count form={form} at={`accounts.${i}.port`} label={t('port')} hint={t('portHint')} value={a.port} onInput={(port) => set('port', { port })} />
            <Choice form={form} at={`accounts.${i}.transport`} label={t('transport')} value={a.transport} onChange={(transport) => set('transport', { transport })}
              of={(['udp', 'tcp', 'tls'] as const).map((value) => ({ value, label: value.toUpperCase() }))} />
            {line('title', t('accountTitle'))}
            {line('user', t('user'))}
            <Line form={form} at={`accounts.${i}.password`} label={t('password')} {...(a.hasPassword && { hint: t('passwordKept') })} password value={a.password ?? ''}
              onInput={(password) => {
                const { password: _, ...rest } = a
                form.set('accounts', replaced(list, i, password ? { ...rest, password } : rest), `accounts.${i}.password`)
              }} />
            {registers && <SwitchRow label={t('register')} on={a.register} onChange={(register) => set('register', { register })} />}
            <SwitchRow label={t('options')} hint={t('optionsHint')} on={a.options} onChange={(options) => set('options', { options })} />
            <details class="full">
              <summary>{t('more')}</summary>
              <div class="form">
                {line('extension', t('extension'), t('extensionHint'))}
                {line('proxy', t('proxy'), t('proxyHint'))}
                <WordsLine form={form} at={`accounts.${i}.addresses`} label={t('addresses')} hint={t('addressesHint')} value={a.addresses} onChange={(addresses) => set('addresses', { addresses })} />
                <Choice form={form} at={`accounts.${i}.clip`} label={t('clip')} value={a.clip} onChange={(clip) => set('clip', { clip })}
                  of={(['auto', 'from', 'ppi', 'pai'] as const).map((value) => ({ value, label: t(`clip_${value}`) }))} />
                <Choice form={form} at={`accounts.${i}.clir`} label={t('clir')} value={a.clir} onChange={(clir) => set('clir', { clir })}
                  of={(['auto', 'from', 'privacy'] as const).map((value) => ({ value, label: t(`clir_${value}`) }))} />
                <SwitchRow label={t('toHeader')} on={a.toHeader} onChange={(toHeader) => set('toHeader', { toHeader })} />
                {(a.transport === 'tls' || a.encrypt) && (
                  <SwitchRow label={t('encrypt')} on={a.encrypt === true} onChange={(encrypt) => set('encrypt', { encrypt })} />
                )}
              </div>
            </details>
          </Item>
        )
      })}
      {!list.length && <div class="full"><Empty icon={trunkIcon} title={t('noAccounts')} /></div>}
      {form.error('accounts') && <p class="err full" role="alert">{partText(form.error('accounts'))}</p>}
      <Add label={t('addAccount')} act={() => form.set('accounts', [...list, { ...newAccount(), register: registers }])} />
    </>
  )
}

export function Incoming({ form }: Of) {
  const list = form.values.inbound
  return (
    <>
      <p class="hint full">{t('rulesHint')}</p>
      {list.map((r, i) => {
        const line = (part: 'title' | 'source' | 'destination' | 'extension', label: string, hint?: string) => (
          <Line form={form} at={`inbound.${i}.${part}`} label={label} {...(hint && { hint })} mono={part !== 'title'} value={r[part]}
            onInput={(value) => form.set('inbound', replaced(list, i, { ...r, [part]: value }), `inbound.${i}.${part}`)} />
        )
        const title = r.title || r.destination || t('newRule')
        return (
          <Item key={i} title={title} remove={t('removeRule', { name: title })} onRemove={() => form.set('inbound', replaced(list, i))}>
            {line('title', t('ruleTitle'))}
            {line('destination', t('destination'))}
            {line('extension', t('to'), t('toHint'))}
            {line('source', t('source'), t('sourceHint'))}
            <Choice<InboundRule['language']> form={form} at={`inbound.${i}.language`} label={t('language')} value={r.language}
              onChange={(language) => form.set('inbound', replaced(list, i, { ...r, language }), `inbound.${i}.language`)}
              of={[{ value: '', label: t('languageServer') }, { value: 'de', label: 'Deutsch' }, { value: 'en', label: 'English' }]} />
          </Item>
        )
      })}
      {!list.length && <div class="full"><Empty icon={flow} title={t('noInbound')} /></div>}
      <Add label={t('addRule')} act={() => form.set('inbound', [...list, newInbound()])} />
    </>
  )
}

export function Outgoing({ form }: Of) {
  const list = form.values.outbound
  const accounts = form.values.accounts.filter((a) => a.id)
  return (
    <>
      <p class="hint full">{t('rulesHint')}</p>
      {list.map((r, i) => {
        const set = (part: keyof OutboundRule & string, next: Partial<OutboundRule>): void => form.set('outbound', replaced(list, i, { ...r, ...next }), `outbound.${i}.${part}`)
        const line = (part: 'title' | 'inPrefix' | 'source' | 'destination' | 'cid' | 'outPrefix' | 'pin', label: string, hint?: string) => (
          <Line form={form} at={`outbound.${i}.${part}`} label={label} {...(hint && { hint })} mono={part !== 'title'} value={r[part]} onInput={(value) => set(part, { [part]: value })} />
        )
        const title = r.title || r.destination || t('newRule')
        return (
          <Item key={i} title={title} remove={t('removeRule', { name: title })} onRemove={() => form.set('outbound', replaced(list, i))}>
            {line('title', t('ruleTitle'))}
            {line('destination', t('destination'))}
            {line('inPrefix', t('inPrefix'))}
            {line('source', t('sourceExtension'), t('sourceHint'))}
            {line('cid', t('cid'), t('cidHint'))}
            {line('outPrefix', t('outPrefix'))}
            {line('pin', t('pin'), t('pinHint'))}
            <Choice form={form} at={`outbound.${i}.account`} label={t('account')} value={r.account} onChange={(account) => set('account', { account })}
              of={[{ value: '', label: t('anyAccount') }, ...accounts.map((a) => ({ value: a.id, label: a.title || a.user || a.host }))]} />
            <SwitchRow label={t('show')} on={r.show} onChange={(show) => set('show', { show })} />
            <SwitchRow label={t('deny')} on={r.deny} onChange={(deny) => set('deny', { deny })} />
          </Item>
        )
      })}
      {!list.length && <div class="full"><Empty icon={flow} title={t('noOutbound')} /></div>}
      <Add label={t('addRule')} act={() => form.set('outbound', [...list, newOutbound(form.values.prefix)])} />
    </>
  )
}
