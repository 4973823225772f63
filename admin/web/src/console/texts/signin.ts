import { texts } from '../../shared/i18n'

export const t = texts({
  en: {
    lead: 'Administration of {host}',
    refused: 'Login name or password is wrong, or this account may not administer.',
  },
  de: {
    lead: 'Verwaltung von {host}',
    refused: 'Anmeldename oder Passwort ist falsch, oder dieses Konto darf nicht verwalten.',
  },
})
