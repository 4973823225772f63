import { texts } from '../../shared/i18n'

export const t = texts({
  en: {
    title: 'Sign in',
    lead: 'Administration of {host}',
    login: 'Login name',
    password: 'Password',
    submit: 'Sign in',
    refused: 'Login name or password is wrong, or this account may not administer.',
    locked: 'Too many tries. Try again in {wait}.',
    lost: 'No connection to the server. Try again in a moment.',
    failed: 'The server could not answer. Its log has more.',
    another: 'Sign in as somebody else',
  },
  de: {
    title: 'Anmelden',
    lead: 'Verwaltung von {host}',
    login: 'Anmeldename',
    password: 'Passwort',
    submit: 'Anmelden',
    refused: 'Anmeldename oder Passwort ist falsch, oder dieses Konto darf nicht verwalten.',
    locked: 'Zu viele Versuche. Versuchen Sie es in {wait} wieder.',
    lost: 'Keine Verbindung zum Server. Versuchen Sie es gleich noch einmal.',
    failed: 'Der Server konnte nicht antworten. Sein Protokoll hat mehr.',
    another: 'Als jemand anderes anmelden',
  },
})
