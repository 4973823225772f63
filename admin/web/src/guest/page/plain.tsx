import { Icon } from '../../shared/icon'
import { link, refresh, warn } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { useSecondsUntil } from '../../meeting/countdown'
import type { Visit } from './visit'

const t = texts({
  en: {
    invalid: 'This link leads nowhere',
    invalidWhy: 'It may be incomplete, or guests are no longer allowed in this group. Ask the person who invited you for a new one.',
    closed: 'Guests are no longer allowed in this group',
    closedWhy: 'A member has switched the access of guests off. Ask the person who invited you for a new link.',
    unreachable: 'The server does not answer',
    unreachableWhy: 'Check your network. The page goes on by itself as soon as the server answers.',
    busy: 'Too many attempts',
    busyWhy: 'The server has heard a lot from your network and asks for a short break. The page goes on by itself.',
    next: 'Next attempt in {n} second|Next attempt in {n} seconds',
    now: 'Try now',
  },
  de: {
    invalid: 'Dieser Link führt nirgendwohin',
    invalidWhy: 'Vielleicht ist er unvollständig, oder Gäste sind in dieser Gruppe nicht mehr zugelassen. Bitten Sie die Person, die Sie eingeladen hat, um einen neuen.',
    closed: 'Gäste sind in dieser Gruppe nicht mehr zugelassen',
    closedWhy: 'Ein Mitglied hat den Zugang für Gäste abgeschaltet. Bitten Sie die Person, die Sie eingeladen hat, um einen neuen Link.',
    unreachable: 'Der Server antwortet nicht',
    unreachableWhy: 'Prüfen Sie Ihr Netz. Die Seite macht von selbst weiter, sobald der Server antwortet.',
    busy: 'Zu viele Versuche',
    busyWhy: 'Der Server hat aus Ihrem Netz viele Anfragen bekommen und bittet um eine kurze Pause. Die Seite macht von selbst weiter.',
    next: 'Nächster Versuch in {n} Sekunde|Nächster Versuch in {n} Sekunden',
    now: 'Jetzt versuchen',
  },
})

/** A page that says one thing, and how to go on. */
export function Plain({ visit, what }: { visit: Visit; what: 'invalid' | 'unreachable' | 'busy' }) {
  const said = what === 'invalid' && visit.invited.value ? 'closed' : what
  return (
    <section class="plain" role="status">
      <span class="plain-art" aria-hidden="true">
        <Icon of={what === 'invalid' ? link : warn} size="xl" />
      </span>
      <h1>{t(said)}</h1>
      <p>{t(`${said}Why`)}</p>
      {what !== 'invalid' && <Again visit={visit} button={what === 'unreachable'} />}
    </section>
  )
}

function Again({ visit, button }: { visit: Visit; button: boolean }) {
  const left = useSecondsUntil(visit.retryAt.value)
  return (
    <>
      {button && (
        <button type="button" class="btn btn--primary btn--lg" onClick={() => visit.now()}>
          <Icon of={refresh} />
          {t('now')}
        </button>
      )}
      <small class="muted num" aria-hidden="true">
        {t('next', { n: left })}
      </small>
    </>
  )
}
