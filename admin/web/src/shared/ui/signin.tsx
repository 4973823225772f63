import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Problem } from '../api'
import { span } from '../format'
import { lang, texts } from '../i18n'
import { Icon, Wordmark } from '../icon'
import { alert, eye } from '../icons'
import { LanguageChoice, ThemeButton } from './preferences'
import { t as ui } from './texts'

const t = texts({
  en: {
    title: 'Sign in',
    login: 'Login name',
    password: 'Password',
    submit: 'Sign in',
    locked: 'Too many tries. Try again in {wait}.',
    lost: 'No connection to the server. Try again in a moment.',
    failed: 'The server could not answer. Its log has more.',
    another: 'Sign in as somebody else',
    expiredTitle: 'Your session has ended',
    expired: 'Sign in again to go on. What you typed is still here.',
  },
  de: {
    title: 'Anmelden',
    login: 'Anmeldename',
    password: 'Passwort',
    submit: 'Anmelden',
    locked: 'Zu viele Versuche. Versuchen Sie es in {wait} wieder.',
    lost: 'Keine Verbindung zum Server. Versuchen Sie es gleich noch einmal.',
    failed: 'Der Server konnte nicht antworten. Sein Protokoll hat mehr.',
    another: 'Als jemand anderes anmelden',
    expiredTitle: 'Ihre Sitzung ist zu Ende',
    expired: 'Melden Sie sich wieder an, um fortzufahren. Was Sie getippt haben, ist noch da.',
  },
})

export interface SignInProps {
  /** What one signs in to. */
  lead: string
  /** What is said of a wrong name or password. */
  refused: string
  signIn(login: string, password: string): Promise<void>
  /** Whose session has ended, over a page that stays as it is. */
  again?: string | undefined
  /** Somebody else wants to sign in instead of him. */
  forget(): void
}

/** The way in. */
export function SignInForm({ lead, refused, signIn, again, forget }: SignInProps) {
  const login = useSignal(again ?? '')
  const password = useSignal('')
  const shown = useSignal(false)
  const busy = useSignal(false)
  const error = useSignal('')
  const loginField = useRef<HTMLInputElement>(null)
  const passwordField = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (again === undefined) document.title = t('title') + ' · Plenum'
  }, [lang.value])
  useEffect(() => (again === undefined ? loginField : passwordField).current?.focus(), [])

  const submit = async (e: Event): Promise<void> => {
    e.preventDefault()
    if (busy.value) return
    busy.value = true
    error.value = ''
    try {
      await signIn(login.value.trim(), password.value)
    } catch (cause) {
      error.value = say(cause, refused)
      passwordField.current?.focus()
      passwordField.current?.select()
    } finally {
      busy.value = false
    }
  }

  return (
    <Frame over={again !== undefined}>
      <section class="card signin-card">
        <Wordmark />
        <h1 id="signin-title">{t(again === undefined ? 'title' : 'expiredTitle')}</h1>
        <p class="second">{again === undefined ? lead : t('expired')}</p>
        {error.value && (
          <p class="callout callout--bad" role="alert">
            <Icon of={alert} />
            <span>{error.value}</span>
          </p>
        )}
        <form class="col" onSubmit={submit}>
          <div class="field">
            <label class="label" for="login">{t('login')}</label>
            <input class="input input--lg" id="login" name="username" ref={loginField} autocomplete="username" autocapitalize="none" spellcheck={false} required readOnly={again !== undefined}
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
          {again !== undefined && <button type="button" class="btn btn--ghost btn--block" onClick={forget}>{t('another')}</button>}
        </form>
      </section>
      {again === undefined && (
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

function say(cause: unknown, refused: string): string {
  if (!(cause instanceof Problem)) return t('lost')
  switch (cause.status) {
    case 401:
    case 403:
    case 422:
      return refused
    case 429:
      return t('locked', { wait: span(Math.max(1, cause.retryAfter)) })
  }
  return t('failed')
}
