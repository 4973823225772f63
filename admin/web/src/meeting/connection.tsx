import type { ReadonlySignal } from '@preact/signals'
import type { Meeting } from '../call'
import { Icon } from '../shared/icon'
import { speakerOff, warn } from '../shared/icons'
import { number, texts } from '../shared/i18n'
import type { State } from '../shared/xmpp'
import { useSecondsUntil } from './countdown'
import { Bars } from './signs'

const t = texts({
  en: {
    online: 'Connected', connecting: 'Connecting …', good: 'Good', fair: 'Weak', poor: 'Bad',
    detail: 'Your connection: {grade}, {ms} ms, {lost} % of packets lost',
    lost: 'Connection lost.', keeps: 'What you write is kept and goes out as soon as it is back.',
    media: 'Sound and picture are interrupted.', mediaBack: 'They come back by themselves.',
    next: 'Next attempt in {n} s', now: 'Try now', silent: 'The browser has not played any sound yet.', hear: 'Play the sound',
  },
  de: {
    online: 'Verbunden', connecting: 'Verbindet …', good: 'Gut', fair: 'Schwach', poor: 'Schlecht',
    detail: 'Ihre Verbindung: {grade}, {ms} ms, {lost} % der Pakete verloren',
    lost: 'Verbindung verloren.', keeps: 'Was Sie schreiben, bleibt erhalten und geht hinaus, sobald sie wieder da ist.',
    media: 'Ton und Bild sind unterbrochen.', mediaBack: 'Sie kommen von selbst wieder.',
    next: 'Nächster Versuch in {n} s', now: 'Jetzt versuchen', silent: 'Der Browser hat noch keinen Ton abgespielt.', hear: 'Ton abspielen',
  },
})

/** The connection to the server, as pages show it. */
export interface Line {
  readonly connection: ReadonlySignal<State>
  /** now does not wait for the planned attempt. */
  now(): void
}

/** One's own connection, always visible. */
export function Connection({ line, meeting }: { line: Line; meeting?: Meeting | undefined }) {
  const link = meeting?.link.value.is ?? 'connected'
  const online = line.connection.value.is === 'online' && link !== 'reconnecting' && link !== 'joining'
  const quality = online ? meeting?.quality.value : undefined
  const detail = quality && t('detail', { grade: t(quality.grade), ms: Math.round(quality.rtt), lost: number(Math.round(quality.lost * 1000) / 10) })
  return (
    <span class="badge badge--line meet-line" title={detail}>
      <Bars grade={online ? (quality?.grade ?? 'good') : 'poor'} />
      <span class="num">
        {quality ? t(quality.grade) : t(online ? 'online' : 'connecting')}
        {quality && quality.rtt > 0 && <span class="hide-narrow" aria-hidden="true">{` · ${Math.round(quality.rtt)} ms`}</span>}
      </span>
    </span>
  )
}

/** What is said while the connection is lost; the page stays as it is and can be read. */
export function Lost({ line, meeting }: { line: Line; meeting?: Meeting | undefined }) {
  const connection = line.connection.value
  const lost = connection.is === 'waiting' || connection.is === 'connecting'
  const cut = !lost && meeting?.link.value.is === 'reconnecting'
  return (
    <div class="meet-lost" role="alert">
      {(lost || cut) && (
        <div class="callout callout--warn">
          <Icon of={warn} />
          <span class="grow">
            <b>{t(lost ? 'lost' : 'media')}</b> {t(lost ? 'keeps' : 'mediaBack')}
          </span>
          {lost && <Attempt line={line} />}
        </div>
      )}
      {meeting?.silent.value && (
        <div class="callout callout--warn">
          <Icon of={speakerOff} />
          <span class="grow">{t('silent')}</span>
          {/* To press anything is all that the browser waits for. */}
          <button type="button" class="btn btn--primary">
            {t('hear')}
          </button>
        </div>
      )}
    </div>
  )
}

function Attempt({ line }: { line: Line }) {
  const connection = line.connection.value
  const waiting = connection.is === 'waiting'
  const left = useSecondsUntil(waiting ? connection.until : 0)
  return (
    <span class="row">
      <small class="num muted" aria-hidden="true">
        {waiting ? t('next', { n: left }) : t('connecting')}
      </small>
      <button type="button" class="btn" aria-disabled={!waiting} onClick={() => line.now()}>
        {t('now')}
      </button>
    </span>
  )
}
