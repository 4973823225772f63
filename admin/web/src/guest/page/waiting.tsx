import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Meeting } from '../../call/types'
import { Connection, Lost } from '../../meeting/connection'
import { useMeetingKeys } from '../../meeting/keys'
import { Preview } from '../../meeting/preview'
import { Icon, Wordmark } from '../../shared/icon'
import { door, speaker, speakerOff } from '../../shared/icons'
import { lang, texts } from '../../shared/i18n'
import { ThemeButton } from '../../shared/ui/preferences'
import { PhoneCode } from './code'
import type { Visit } from './visit'

const t = texts({
  en: {
    title: 'Waiting', leave: 'Back to the options',
    start: 'The meeting has not started yet', startWhy: 'A moderator of {group} lets everybody in at once. You need not do anything; this page goes on by itself.',
    hold: 'The meeting is paused', holdWhy: 'The moderators of {group} have left for now. As soon as one of them is back it goes on by itself.',
    knock: 'You are at the door', knockWhy: 'The meeting of {group} is locked. A moderator has been told that you are here, and lets you in.',
    restarted: 'The server was started anew', restartedWhy: 'The meeting of {group} goes on by itself as soon as a moderator is back.',
    music: 'Music on hold', volume: 'Volume of the music', mute: 'Mute the music', unmute: 'Play the music',
    others: '{n} other person waits too|{n} other people wait too',
  },
  de: {
    title: 'Warten', leave: 'Zurück zu den Optionen',
    start: 'Die Besprechung hat noch nicht begonnen', startWhy: 'Jemand aus der Moderation von {group} lässt alle auf einmal ein. Sie müssen nichts tun, diese Seite macht von selbst weiter.',
    hold: 'Die Besprechung macht Pause', holdWhy: 'Die Moderation von {group} ist gerade nicht da. Sobald jemand zurück ist, geht es von selbst weiter.',
    knock: 'Sie stehen vor der Tür', knockWhy: 'Die Besprechung von {group} ist geschlossen. Die Moderation weiß, dass Sie da sind, und lässt Sie ein.',
    restarted: 'Der Server wurde neu gestartet', restartedWhy: 'Die Besprechung von {group} geht von selbst weiter, sobald jemand aus der Moderation zurück ist.',
    music: 'Wartemusik', volume: 'Lautstärke der Musik', mute: 'Musik stummschalten', unmute: 'Musik abspielen',
    others: '{n} weitere Person wartet auch|{n} weitere Personen warten auch',
  },
})

/** The waiting area: why one waits, music, one's own picture, and the door back. It goes on by itself. */
export function Waiting({ visit, meeting }: { visit: Visit; meeting: Meeting }) {
  const group = visit.invited.value?.group ?? ''
  const conference = meeting.conference.value
  const head = useRef<HTMLHeadingElement>(null)
  useMeetingKeys(meeting)
  useLayoutEffect(() => head.current?.focus(), []) // what had it is gone
  useEffect(() => {
    document.title = `${t('title')} · ${group} · Plenum`
  }, [group, lang.value])
  const why = conference.you === 'knocking' ? 'knock' : conference.reason === 'restarted' ? 'restarted' : conference.state === 'hold' ? 'hold' : 'start'
  const others = conference.waiting - 1
  return (
    <div class="wait">
      <header class="front-top">
        <Wordmark />
        <span class="end row">
          <Connection line={visit} meeting={meeting} />
          <ThemeButton class="btn btn--ghost btn--icon btn--lg" />
          <button type="button" class="btn btn--lg" data-tool="door" aria-label={t('leave')} title={t('leave')} onClick={() => visit.leave()}>
            <Icon of={door} />
            <span class="hide-narrow">{t('leave')}</span>
          </button>
        </span>
      </header>
      <Lost line={visit} meeting={meeting} />
      <main class="wait-main">
        <Preview devices={visit.devices} />
        <div role="status" class="wait-why">
          <h1 ref={head} tabIndex={-1}>{t(why)}</h1>
          <p>{t.rich(`${why}Why`, { group: <b dir="auto">{group}</b> })}</p>
        </div>
        <PhoneCode visit={visit} meeting={meeting} />
        <Music visit={visit} />
        {others > 0 && <p class="wait-others">{t('others', { n: others })}</p>}
      </main>
      <svg class="wait-arcs" viewBox="0 0 1500 700" aria-hidden="true" focusable="false">
        <path d="M60 680a690 690 0 0 1 1380 0M190 680a560 560 0 0 1 1120 0M320 680a430 430 0 0 1 860 0M450 680a300 300 0 0 1 600 0" />
      </svg>
    </div>
  )
}

function Music({ visit }: { visit: Visit }) {
  const percent = Math.round(visit.music.value * 100)
  const on = percent > 0
  return (
    <div class="moh">
      <span class={`eq${on ? '' : ' is-still'}`} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
        <i />
      </span>
      <span>{t('music')}</span>
      <input class="range" type="range" min={0} max={100} aria-label={t('volume')} value={percent} style={{ '--v': `${percent}%` }}
        onInput={(e) => visit.setMusic(Number(e.currentTarget.value) / 100)} />
      <button type="button" class="btn btn--ghost btn--icon" aria-label={t(on ? 'mute' : 'unmute')} title={t(on ? 'mute' : 'unmute')} onClick={() => visit.setMusic(on ? 0 : 1)}>
        <Icon of={on ? speaker : speakerOff} />
      </button>
    </div>
  )
}
