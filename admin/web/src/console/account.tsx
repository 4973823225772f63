import { put } from '../shared/api'
import { ago, span } from '../shared/format'
import { Icon } from '../shared/icon'
import { door } from '../shared/icons'
import { lang, langs, setLang, type Lang } from '../shared/i18n'
import { setTheme, theme, type Theme } from '../shared/theme'
import { Avatar } from '../shared/ui/avatar'
import { NewPassword, PasswordRules, Segments } from '../shared/ui/controls'
import { Field } from '../shared/ui/field'
import { toast } from '../shared/ui/toast'
import { NotSaved } from './editingpage'
import { fieldText } from './errors'
import { useForm } from './form'
import { useSaving } from './saving'
import { forget, session, signOut } from './session'
import { Page } from './shell'
import { levelName } from './texts/common'
import { t } from './texts/account'

export function Account() {
  const me = session.value!
  return (
    <Page title={t('title')} class="page-narrow">
      <section class="card person-head">
        <Avatar name={me.displayName} of={me.user} size="lg" />
        <div class="grow">
          <h2>{me.displayName}</h2>
          <p class="muted"><span class="mono">{me.user}</span> · {levelName(me.level)}</p>
        </div>
        <button type="button" class="btn" onClick={() => void signOut()}><Icon of={door} />{t('signOut')}</button>
      </section>
      <section class="card">
        <div class="card-head"><h2>{t('looks')}</h2></div>
        <div class="card-body col gap">
          <div class="field">
            <span class="label" id="own-language">{t('language')}</span>
            <div><Segments<Lang> labelledby="own-language" value={lang.value} onChange={setLang} of={(Object.keys(langs) as Lang[]).map((l) => ({ value: l, label: langs[l] }))} /></div>
          </div>
          <div class="field">
            <span class="label" id="own-theme">{t('theme')}</span>
            <div>
              <Segments<Theme> labelledby="own-theme" value={theme.value} onChange={setTheme}
                of={[{ value: '', label: t('themeSystem') }, { value: 'light', label: t('themeLight') }, { value: 'dark', label: t('themeDark') }]} />
            </div>
          </div>
          <p class="hint">{t('looksHint')}</p>
        </div>
      </section>
      <OwnPassword />
      <section class="card">
        <div class="card-head"><h2>{t('keys')}</h2></div>
        <dl class="card-body shortcuts">
          <dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>{t('keyGo')}</dd>
          <dt><kbd>/</kbd></dt><dd>{t('keyFind')}</dd>
          <dt><kbd>Ctrl</kbd> <kbd>S</kbd></dt><dd>{t('keySave')}</dd>
          <dt><kbd>Esc</kbd></dt><dd>{t('keyClose')}</dd>
        </dl>
      </section>
      <p class="hint">{t('sessionEnds', { when: ago(me.expires), idle: span(me.idleSeconds) })}</p>
    </Page>
  )
}

function OwnPassword() {
  const form = useForm({ current: '', password: '' })
  const saving = useSaving(form)
  const save = async (): Promise<void> => {
    const saved = await saving.run(async () => {
      await put('/session/password', form.values)
      return true
    })
    if (!saved) return
    toast({ text: t('done') })
    forget()
  }
  const current = form.error('current')
  const password = form.error('password')
  return (
    <section class="card">
      <div class="card-head"><h2>{t('password')}</h2></div>
      <form class="card-body col gap" ref={saving.within} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        <NotSaved of={saving} />
        <input class="sr" type="text" autocomplete="username" tabIndex={-1} aria-hidden="true" readOnly value={session.value!.user} />
        <Field name="current" label={t('current')} error={current} errorText={fieldText(current, '', () => {})}>
          {(aria) => <input class="input" type="password" autocomplete="current-password" {...aria} value={form.values.current} onInput={(e) => form.set('current', e.currentTarget.value)} />}
        </Field>
        <Field name="password" hintStays label={t('new')} error={password} errorText={fieldText(password, '', () => {})} hint={<PasswordRules password={form.values.password} />}>
          {(aria) => <NewPassword aria={aria} value={form.values.password} onChange={(p) => form.set('password', p)} />}
        </Field>
        <p class="hint">{t('hint')}</p>
        <div><button class="btn btn--primary" aria-busy={saving.busy}>{saving.busy && <span class="spin" aria-hidden="true" />}{t('act')}</button></div>
      </form>
    </section>
  )
}
