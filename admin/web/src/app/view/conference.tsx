import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Participant } from '../../call'
import { Video } from '../../meeting/video'
import { Clock } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { cam, camOff, expand, hand, leave, mic, micOff, phone, share, trash } from '../../shared/icons'
import { Avatar } from '../../shared/ui/avatar'
import { ask } from '../../shared/ui/dialog'
import { toast } from '../../shared/ui/toast'
import type { Calls, Joined } from '../model/calls'
import { say, t as common } from './texts'

const t = texts({
  en: {
    joining: 'Connecting …',
    reconnecting: 'Connection lost. Trying to go on …',
    ended: 'The conference has ended.',
    unsupported: 'This browser cannot take part in conferences. Use a current Firefox, Chrome, Edge or Safari.',
    refused: 'The conference does not let you in: {text}',
    failed: 'The conference could not be reached.',
    alone: 'You are alone here. Guests come in as soon as they open their link.',
    enlarge: 'Show the conference large',
    leave: 'Leave',
    close: 'Close',
    again: 'Try again',
    mute: 'Mute',
    muted: 'Muted',
    camera: 'Camera',
    share: 'Share',
    hand: 'Hand',
    micOn: 'Microphone on, mute',
    micOff: 'Microphone muted, turn on',
    cameraOn: 'Camera on, turn off',
    cameraOff: 'Camera off, turn on',
    shareOn: 'Screen is shared, stop',
    shareOff: 'Share the screen',
    handOn: 'Hand raised, lower',
    handOff: 'Raise the hand',
    guest: 'Guest',
    waiting: 'Waiting',
    caller: 'Caller',
    admit: 'Let in',
    remove: 'Remove {name}',
    removeAsk: 'Remove {name}?',
    removeBody: 'The conference ends for this person only.',
    keep: 'Keep',
    act: 'Remove',
    pMuted: 'microphone off',
    pCamOff: 'camera off',
    pShares: 'shares the screen',
    pHand: 'hand raised',
  },
  de: {
    joining: 'Wird verbunden …',
    reconnecting: 'Verbindung verloren. Neuer Versuch …',
    ended: 'Die Konferenz ist beendet.',
    unsupported: 'Dieser Browser kann an Konferenzen nicht teilnehmen. Verwenden Sie ein aktuelles Firefox, Chrome, Edge oder Safari.',
    refused: 'Die Konferenz lässt Sie nicht ein: {text}',
    failed: 'Die Konferenz war nicht zu erreichen.',
    alone: 'Sie sind allein hier. Gäste kommen herein, sobald sie ihren Link öffnen.',
    enlarge: 'Konferenz groß zeigen',
    leave: 'Verlassen',
    close: 'Schließen',
    again: 'Noch einmal versuchen',
    mute: 'Stumm',
    muted: 'Stumm',
    camera: 'Kamera',
    share: 'Teilen',
    hand: 'Hand',
    micOn: 'Mikrofon an, stummschalten',
    micOff: 'Mikrofon stumm, einschalten',
    cameraOn: 'Kamera an, ausschalten',
    cameraOff: 'Kamera aus, einschalten',
    shareOn: 'Bildschirm wird geteilt, beenden',
    shareOff: 'Bildschirm teilen',
    handOn: 'Hand gehoben, senken',
    handOff: 'Hand heben',
    guest: 'Gast',
    waiting: 'Wartet',
    caller: 'Anruf',
    admit: 'Einlassen',
    remove: '{name} entfernen',
    removeAsk: '{name} entfernen?',
    removeBody: 'Die Konferenz endet nur für diese Person.',
    keep: 'Behalten',
    act: 'Entfernen',
    pMuted: 'Mikrofon aus',
    pCamOff: 'Kamera aus',
    pShares: 'teilt den Bildschirm',
    pHand: 'Hand gehoben',
  },
})

/** The conference beside the chat: who is there, one's own switches, the way out. */
export function ConferenceCard({ calls, joined }: { calls: Calls; joined: Joined }) {
  const { group, call } = joined
  const link = call.link.value
  const { since } = call.conference.value
  const name = group.name.value
  return (
    <section class="card call" aria-label={name}>
      <div class="call-head">
        <Avatar name={name} of={group.jid} size="md" square />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          <small role="status">{link.is === 'connected' ? '' : link.is === 'ended' ? t('ended') : t(link.is === 'reconnecting' ? 'reconnecting' : 'joining')}</small>
          {link.is === 'connected' && since > 0 && <small class="num"><Clock since={since} /></small>}
        </span>
        {link.is !== 'ended' && (
          <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('enlarge')} title={t('enlarge')} onClick={() => (calls.large.value = true)}>
            <Icon of={expand} />
          </button>
        )}
      </div>
      {link.is === 'ended' ? <Over calls={calls} joined={joined} /> : <Running calls={calls} joined={joined} />}
    </section>
  )
}

function Over({ calls, joined: { group, call } }: { calls: Calls; joined: Joined }) {
  const link = call.link.value
  const why = link.is === 'ended' ? link.why : { why: 'ended' as const }
  const text = why.why === 'refused' ? t('refused', { text: say(why.fault) }) : t(why.why)
  return (
    <>
      {why.why !== 'ended' && <p class="call-note">{text}</p>}
      <div class="call-acts">
        {why.why !== 'unsupported' && (
          <button type="button" class="btn btn--ok" onClick={() => {
            calls.leave()
            void calls.join(group)
          }}>
            <Icon of={phone} />
            {t('again')}
          </button>
        )}
        <button type="button" class="btn" onClick={() => calls.leave()}>{t('close')}</button>
      </div>
    </>
  )
}

function Running({ calls, joined }: { calls: Calls; joined: Joined }) {
  const { call } = joined
  const people = call.participants.value
  const alone = call.link.value.is === 'connected' && people.every((p) => p.self)
  return (
    <>
      <Tiles joined={joined} />
      {alone && <p class="hint call-note">{t('alone')}</p>}
      <ul class="parts">
        {people.map((p) => <Person key={p.nick} joined={joined} person={p} />)}
      </ul>
      <Keys joined={joined} />
      <div class="call-foot">
        <button type="button" class="btn btn--danger btn--lg btn--block" onClick={() => calls.leave()}>
          <Icon of={leave} />
          {t('leave')}
        </button>
      </div>
    </>
  )
}

const shownTiles = 4

/** The pictures that come, small. */
function Tiles({ joined: { call } }: { joined: Joined }) {
  const box = useRef<HTMLDivElement>(null)
  const pictures = call.pictures.value.filter((p) => p.slot > 0).slice(0, shownTiles)
  const speaking = call.speaking.value
  const own = call.own.camera.value
  useLayoutEffect(() => {
    // No stage here: only the tiles are asked for, and no bigger than they are shown.
    const height = (box.current?.clientWidth || 300) / 2 * (9 / 16) * devicePixelRatio
    call.view([0, ...Array.from({ length: shownTiles }, () => Math.round(height))])
  }, [call])
  return (
    <div class="call-tiles" ref={box}>
      {pictures.map((p) => (
        <div key={p.slot} class={'call-tile' + (speaking.has(p.nick) ? ' is-speaking' : '')}>
          {p.paused ? <Avatar name={p.nick} size="lg" /> : <Video track={p.track} of={`${p.nick} ${p.media}`} />}
          <span class="call-tag clip" dir="auto">{p.nick}</span>
        </div>
      ))}
      {own && (
        <div class="call-tile">
          <Video track={own} mirror />
          <span class="call-tag clip">{common('you')}</span>
        </div>
      )}
    </div>
  )
}

function Person({ joined: { call }, person: p }: { joined: Joined; person: Participant }) {
  const control = call.conference.value.moderator && !p.self
  const outside = p.state === 'waiting' || p.state === 'knocking'
  const order = async (what: Parameters<typeof call.order>[0]): Promise<void> => {
    const fault = await call.order(what)
    if (fault) toast({ bad: true, text: say(fault) })
  }
  const remove = async (): Promise<void> => {
    if (await ask({ title: t('removeAsk', { name: p.nick }), body: t('removeBody'), keep: t('keep'), act: t('act'), danger: true })) await order({ do: 'remove', nick: p.nick })
  }
  const under = p.self ? common('you') : outside ? t('waiting') : p.guest ? t('guest') : p.phone ? t('caller') : ''
  return (
    <li class="part">
      <Avatar name={p.nick} size="sm" />
      <span class="grow">
        <b class="clip" dir="auto">{p.nick}</b>
        {under && <small>{under}</small>}
      </span>
      <span class="sym">
        {p.hand > 0 && <Sign of={hand} text={t('pHand')} class="warn" />}
        {p.screen && <Sign of={share} text={t('pShares')} class="scr" />}
        {p.video !== 'on' && !p.phone && <Sign of={camOff} text={t('pCamOff')} class="off" />}
        {p.audio !== 'on' ? <Sign of={micOff} text={t('pMuted')} class="off" /> : <Icon of={p.phone ? phone : mic} class={call.speaking.value.has(p.nick) ? 'live' : ''} />}
      </span>
      {control && outside && <button type="button" class="btn btn--sm" onClick={() => void order({ do: 'admit', nick: p.nick })}>{t('admit')}</button>}
      {control && (
        <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name: p.nick })} title={t('remove', { name: p.nick })} onClick={() => void remove()}>
          <Icon of={trash} />
        </button>
      )}
    </li>
  )
}

function Sign({ of, text, class: name }: { of: string; text: string; class: string }) {
  return (
    <span class={name} title={text}>
      <Icon of={of} />
      <span class="sr">{text}</span>
    </span>
  )
}

function Keys({ joined: { call } }: { joined: Joined }) {
  const audio = call.own.audio.value
  const video = call.own.video.value
  const screen = call.own.screen.value !== undefined
  const raised = call.own.hand.value
  const key = (label: string, name: string, icon: string, on: boolean, act: () => void) => (
    <button type="button" class={'key' + (on ? ' is-on' : '')} aria-label={name} title={name} onClick={act}>
      <Icon of={icon} />
      {label}
    </button>
  )
  return (
    <div class="keys">
      {key(t(audio === 'on' ? 'mute' : 'muted'), t(audio === 'on' ? 'micOn' : 'micOff'), audio === 'on' ? mic : micOff, false, () => call.setAudio(audio !== 'on'))}
      {key(t('camera'), t(video === 'on' ? 'cameraOn' : 'cameraOff'), video === 'on' ? cam : camOff, false, () => call.setVideo(video !== 'on'))}
      {call.sharable && key(t('share'), t(screen ? 'shareOn' : 'shareOff'), share, screen, () => (screen ? call.unshare() : void call.share()))}
      {key(t('hand'), t(raised ? 'handOn' : 'handOff'), hand, raised, () => call.raise(!raised))}
    </div>
  )
}
