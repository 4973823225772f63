import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Problem } from '../shared/api'
import { lang, texts } from '../shared/i18n'
import { Icon, Wordmark } from '../shared/icon'
import { alert } from '../shared/icons'
import { LanguageChoice, ThemeButton } from '../shared/ui/preferences'
import { signIn } from './session'

const t = texts({
  en: {
    title: 'Sign in',
    lead: 'Administration',
    login: 'Login name',
    password: 'Password',
    submit: 'Sign in',
    refused: 'Login name or password is wrong, or this account may not administer.',
    locked: 'Too many tries. Try again in {n} second.|Too many tries. Try again in {n} seconds.',
    lost: 'No connection to the server. Try again in a moment.',
    failed: 'The server could not answer. Its log knows more.',
  },
  de: {
    title: 'Anmelden',
    lead: 'Verwaltung',
    login: 'Anmeldename',
    password: 'Passwort',
    submit: 'Anmelden',
    refused: 'Anmeldename oder Passwort ist falsch, oder dieses Konto darf nicht verwalten.',
    locked: 'Zu viele Versuche. Versuchen Sie es in {n} Sekunde wieder.|Zu viele Versuche. Versuchen Sie es in {n} Sekunden wieder.',
    lost: 'Keine Verbindung zum Server. Versuchen Sie es gleich noch einmal.',
    failed: 'Der Server konnte nicht antworten. Sein Protokoll weiß mehr.',
  },
})

export function SignIn() {
  const login = useSignal('')
  const password = useSignal('')
  const busy = useSignal(false)
  const error = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    document.title = t('title') + ' · Plenum'
  }, [lang.value])
  useEffect(() => field.current?.focus(), [])

  const submit = async (e: Event): Promise<void> => {
    e.preventDefault()
    if (busy.value) return
    busy.value = true
    error.value = ''
    try {
      await signIn(login.value.trim(), password.value)
    } catch (cause) {
      error.value = say(cause)
      password.value = ''
      field.current?.focus()
    } finally {
      busy.value = false
    }
  }

  return (
    <div class="signin">
      <main class="card signin-card">
        <Wordmark />
        <h1>{t('title')}</h1>
        <p class="second">{t('lead')} · {location.hostname}</p>
        {error.value && (
          <p class="callout callout--bad" role="alert">
            <Icon of={alert} />
            <span>{error.value}</span>
          </p>
        )}
        <form class="col" onSubmit={submit}>
          <div class="field">
            <label class="label" for="login">{t('login')}</label>
            <input class="input input--lg" id="login" name="username" ref={field} autocomplete="username" autocapitalize="none"
              spellcheck={false} required value={login.value} onInput={(e) => (login.value = e.currentTarget.value)} />
          </div>
          <div class="field">
            <label class="label" for="password">{t('password')}</label>
            <input class="input input--lg" id="password" name="password" type="password" autocomplete="current-password" required
              value={password.value} onInput={(e) => (password.value = e.currentTarget.value)} />
          </div>
          <button class="btn btn--primary btn--lg btn--block" aria-busy={busy.value}>
            {busy.value && <span class="spin" aria-hidden="true" />}
            {t('submit')}
          </button>
        </form>
      </main>
      <footer class="row">
        <LanguageChoice />
        <ThemeButton />
      </footer>
    </div>
  )
}

function say(cause: unknown): string {
  if (!(cause instanceof Problem)) return t('lost')
  switch (cause.status) {
    case 401:
    case 403:
      return t('refused')
    case 429:
      return t('locked', { n: cause.retryAfter })
  }
  return t('failed')
}
