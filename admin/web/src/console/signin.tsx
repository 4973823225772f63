import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Problem } from '../shared/api'
import { span } from '../shared/format'
import { lang } from '../shared/i18n'
import { Icon, Wordmark } from '../shared/icon'
import { alert, eye } from '../shared/icons'
import { t as ui } from '../shared/ui/texts'
import { LanguageChoice, ThemeButton } from '../shared/ui/preferences'
import { forget, session, signIn } from './session'
import { t as common } from './texts/common'
import { t } from './texts/signin'

/** The way in; again: over a page whose session has ended, which stays as it is. */
export function SignIn({ again = false }: { again?: boolean }) {
  const login = useSignal(again ? session.value!.user : '')
  const password = useSignal('')
  const shown = useSignal(false)
  const busy = useSignal(false)
  const error = useSignal('')
  const loginField = useRef<HTMLInputElement>(null)
  const passwordField = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!again) document.title = t('title') + ' · Plenum'
  }, [lang.value])
  useEffect(() => (again ? passwordField : loginField).current?.focus(), [])

  const submit = async (e: Event): Promise<void> => {
    e.preventDefault()
    if (busy.value) return
    busy.value = true
    error.value = ''
    try {
      await signIn(login.value.trim(), password.value)
    } catch (cause) {
      error.value = say(cause)
      passwordField.current?.focus()
      passwordField.current?.select()
    } finally {
      busy.value = false
    }
  }

  return (
    <Frame over={again}>
      <section class="card signin-card">
        <Wordmark />
        <h1 id="signin-title">{again ? common('expiredTitle') : t('title')}</h1>
        <p class="second">{again ? common('expired') : t('lead', { host: location.hostname })}</p>
        {error.value && (
          <p class="callout callout--bad" role="alert">
            <Icon of={alert} />
            <span>{error.value}</span>
          </p>
        )}
        <form class="col" onSubmit={submit}>
          <div class="field">
            <label class="label" for="login">{t('login')}</label>
            <input class="input input--lg" id="login" name="username" ref={loginField} autocomplete="username" autocapitalize="none" spellcheck={false} required readOnly={again}
              value={login.value} onInput={(e) => (login.value = e.currentTarget.value)} />
          </div>
          <div class="field">
            <label class="label" for="password">{t('password')}</label>
            <span class="with-end">
              <input class="input input--lg" id="password" name="password" ref={passwordField} type={(shown.value ? 'text' : 'password') as 'text'} autocomplete="current-password" required
                value={password.value} onInput={(e) => (password.value = e.currentTarget.value)} />
              <span class="end-slot">
                <button type="button" class="btn btn--ghost btn--icon" aria-pressed={shown.value} aria-label={shown.value ? ui('hide') : ui('show')} title={shown.value ? ui('hide') : ui('show')}
                  onClick={() => (shown.value = !shown.value)}>
                  <Icon of={eye} />
                </button>
              </span>
            </span>
          </div>
          <button class="btn btn--primary btn--lg btn--block" aria-busy={busy.value}>
            {busy.value && <span class="spin" aria-hidden="true" />}
            {t('submit')}
          </button>
          {again && <button type="button" class="btn btn--ghost btn--block" onClick={forget}>{t('another')}</button>}
        </form>
      </section>
      {!again && (
        <div class="row">
          <LanguageChoice />
          <ThemeButton />
        </div>
      )}
    </Frame>
  )
}

/** The whole page, or a layer over one. */
function Frame({ over, children }: { over: boolean; children: ComponentChildren }) {
  if (!over) return <main class="signin">{children}</main>
  return <div class="signin signin--over" role="dialog" aria-modal="true" aria-labelledby="signin-title">{children}</div>
}

function say(cause: unknown): string {
  if (!(cause instanceof Problem)) return t('lost')
  switch (cause.status) {
    case 401:
    case 403:
    case 422:
      return t('refused')
    case 429:
      return t('locked', { wait: span(Math.max(1, cause.retryAfter)) })
  }
  return t('failed')
}
