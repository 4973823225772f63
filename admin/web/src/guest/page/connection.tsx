import { Icon } from '../../shared/icon'
import { warn } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { useSecondsUntil } from '../../meeting/countdown'
import type { Visit } from './visit'

const t = texts({
  en: {
    online: 'Connected',
    connecting: 'Connecting …',
    lost: 'Connection lost.',
    keeps: 'What you write is kept and goes out as soon as it is back.',
    next: 'Next attempt in {n} s',
    now: 'Try now',
  },
  de: {
    online: 'Verbunden',
    connecting: 'Verbindet …',
    lost: 'Verbindung verloren.',
    keeps: 'Was Sie schreiben, bleibt erhalten und geht hinaus, sobald sie wieder da ist.',
    next: 'Nächster Versuch in {n} s',
    now: 'Jetzt versuchen',
  },
})

/** One's own connection, always visible. */
export function Connection({ visit }: { visit: Visit }) {
  const online = visit.connection.value.is === 'online'
  return (
    <span class="badge badge--line meet-line">
      <span class={`quality${online ? '' : ' poor'}`} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span>{t(online ? 'online' : 'connecting')}</span>
    </span>
  )
}

/** What is said while the connection is lost; the page stays as it is and can be read. */
export function Lost({ visit }: { visit: Visit }) {
  const connection = visit.connection.value
  const lost = connection.is === 'waiting' || connection.is === 'connecting'
  return (
    <div class="meet-lost" role="alert">
      {lost && (
        <div class="callout callout--warn">
          <Icon of={warn} />
          <span class="grow">
            <b>{t('lost')}</b> {t('keeps')}
          </span>
          <Attempt visit={visit} />
        </div>
      )}
    </div>
  )
}

function Attempt({ visit }: { visit: Visit }) {
  const connection = visit.connection.value
  const waiting = connection.is === 'waiting'
  const left = useSecondsUntil(waiting ? connection.until : 0)
  return (
    <span class="row">
      <small class="num muted" aria-hidden="true">
        {waiting ? t('next', { n: left }) : t('connecting')}
      </small>
      <button type="button" class="btn" aria-disabled={!waiting} onClick={() => visit.now()}>
        {t('now')}
      </button>
    </span>
  )
}
