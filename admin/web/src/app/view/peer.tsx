import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { PeerCall, PeerEnd } from '../../call'
import { DeviceHelp, MicrophoneChoice, SpeakerChoice } from '../../meeting/devices'
import { Popover } from '../../meeting/popover'
import { Video } from '../../meeting/video'
import { Clock } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { cam, camOff, keypad, leave, mic, micOff, people, phone, phoneIn, play, speaker, x, xfer } from '../../shared/icons'
import { Avatar } from '../../shared/ui/avatar'
import { announce } from '../../shared/ui/live'
import { toast } from '../../shared/ui/toast'
import { bare } from '../../shared/xmpp/jid'
import { browser } from '../model/dialler'
import { asNumber } from '../model/numbers'
import type { Call } from '../model/snapshot'
import type { Work } from '../model/work'
import { CallKeys } from './callkeys'
import { AnswerAt, CallerLine, HoldKey, TransferKey } from './linecall'
import { tell } from './page'
import { t as rings } from './rings'
import { whoIn } from './who'

const t = texts({
  en: {
    callsYou: 'calls you',
    callsYouVideo: 'calls you with video',
    leaves: 'Answering leaves the conference.',
    holdsFirst: 'Answering puts {name} on hold.',
    answer: 'Answer',
    answerVideo: 'With video',
    reject: 'Reject',
    calling: 'Calling …',
    ringing: 'Rings …',
    connecting: 'Connecting …',
    reconnecting: 'Connection lost. Trying to go on …',
    hold: 'On hold by the other side',
    cancel: 'Cancel the call',
    hangup: 'Hang up',
    mute: 'Mute',
    muted: 'Muted',
    camera: 'Camera',
    cameraOn: 'Camera on, turn off',
    cameraOff: 'Camera off, turn on',
    micOn: 'Microphone on, mute',
    micOff: 'Microphone muted, turn on',
    noMic: 'You have chosen no microphone: you are not heard.',
    onHold: 'On hold',
    three: 'Three in this call',
    switch: 'Switch to {name}',
    connect: 'Connect with {name}',
    connected: '{name} is connected with {to}',
    together: 'Three-way',
    togetherHint: 'All three hear each other',
    apart: 'Hold {name} again',
    keypad: 'Keypad',
    sound: 'Sound',
    soundHint: 'Sound: microphone and speaker',
    hangupOf: 'Hang up {name}',
    remoteMuted: '{name} is muted',
    close: 'Close',
    again: 'Call again',
    hungup: 'Call ended',
    rejected: '{name} does not take the call',
    busy: '{name} is in another call',
    unanswered: 'No answer',
    missed: 'Missed call',
    cancelled: 'Call cancelled',
    elsewhere: 'Answered on another device',
    unreachable: '{name} cannot be called now',
    failed: 'The call could not be connected',
  },
  de: {
    callsYou: 'ruft Sie an',
    callsYouVideo: 'ruft Sie mit Video an',
    leaves: 'Wenn Sie annehmen, verlassen Sie die Konferenz.',
    holdsFirst: 'Wenn Sie annehmen, wird {name} gehalten.',
    answer: 'Annehmen',
    answerVideo: 'Mit Video',
    reject: 'Ablehnen',
    calling: 'Wird angerufen …',
    ringing: 'Es klingelt …',
    connecting: 'Wird verbunden …',
    reconnecting: 'Verbindung verloren. Neuer Versuch …',
    hold: 'Von der Gegenseite gehalten',
    cancel: 'Anruf abbrechen',
    hangup: 'Auflegen',
    mute: 'Stumm',
    muted: 'Stumm',
    camera: 'Kamera',
    cameraOn: 'Kamera an, ausschalten',
    cameraOff: 'Kamera aus, einschalten',
    micOn: 'Mikrofon an: stumm schalten',
    micOff: 'Mikrofon stumm, einschalten',
    noMic: 'Sie haben kein Mikrofon gewählt: Man hört Sie nicht.',
    onHold: 'Gehalten',
    three: 'Zu dritt im Gespräch',
    switch: 'Zu {name} wechseln',
    connect: 'Mit {name} verbinden',
    connected: '{name} ist mit {to} verbunden',
    together: 'Zu dritt',
    togetherHint: 'Alle drei hören einander',
    apart: '{name} wieder halten',
    keypad: 'Tasten',
    sound: 'Ton',
    soundHint: 'Ton: Mikrofon und Lautsprecher',
    hangupOf: '{name} auflegen',
    remoteMuted: '{name} ist stumm',
    close: 'Schließen',
    again: 'Noch einmal anrufen',
    hungup: 'Anruf beendet',
    rejected: '{name} nimmt den Anruf nicht an',
    busy: '{name} ist in einem anderen Gespräch',
    unanswered: 'Keine Antwort',
    missed: 'Verpasster Anruf',
    cancelled: 'Anruf abgebrochen',
    elsewhere: 'Auf einem anderen Gerät angenommen',
    unreachable: '{name} ist jetzt nicht erreichbar',
    failed: 'Der Anruf kam nicht zustande',
  },
})

/** Of the two calls of this page one is in front, and all can be done in it; the other waits beneath it. */
export function PeerCards({ work }: { work: Work }) {
  const { peers } = work.calls
  const list = peers.calls.value
  const front = peers.current.value
  const rank = (c: PeerCall): number => (incoming(c) ? 0 : c === front ? 1 : c.state.value === 'ended' ? 3 : 2)
  return (
    <>
      {[...list].sort((a, b) => rank(a) - rank(b)).map((c) => <PeerCard key={c.sid} work={work} call={c} behind={c !== front && front !== undefined && !incoming(front)} />)}
    </>
  )
}

const incoming = (c: PeerCall): boolean => c.state.value === 'ringing' && !c.outgoing

interface Shown {
  work: Work
  call: PeerCall
  name: string
  number: string
  ours: Call | undefined // as the server knows it
}

/** A call of this page: it rings, lasts, and says how it has ended. */
function PeerCard({ work, call, behind }: { work: Work; call: PeerCall; behind: boolean }) {
  const shown: Shown = { work, call, ...whoIn(work, call), ours: work.dialler.ours.value.get(call) }
  if (call.state.value === 'ended') return <Ended {...shown} />
  if (incoming(call)) return <Ringing {...shown} />
  return behind ? <Behind {...shown} /> : <Talking {...shown} />
}

function Ringing({ work, call, name, number, ours }: Shown) {
  const { calls } = work
  const first = calls.peers.under.value.find((c) => c !== call && c.agreed.value && !c.holds.value)
  return (
    <section class="card call ringing" aria-label={rings(call.video ? 'incomingVideo' : 'incoming', { name })}>
      <div class="call-head">
        <Avatar name={name} size="md" />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          <small>{t(call.video ? 'callsYouVideo' : 'callsYou')}</small>
          <CallerLine work={work} number={number} name={name} dialled={ours?.dialled} />
        </span>
        <span class="phone ringing"><Icon of={phoneIn} /></span>
      </div>
      {calls.joined.value && <p class="hint call-note">{t('leaves')}</p>}
      {first && <p class="hint call-note">{t('holdsFirst', { name: whoIn(work, first).name })}</p>}
      <div class="call-acts">
        <button type="button" class="btn btn--ok" onClick={() => calls.accept(call, false)}>
          <Icon of={phone} />
          {t('answer')}
        </button>
        {call.video && (
          <button type="button" class="btn btn--ok" onClick={() => calls.accept(call, true)}>
            <Icon of={cam} />
            {t('answerVideo')}
          </button>
        )}
        {ours && <AnswerAt work={work} call={ours} />}
        <button type="button" class="btn btn--quiet-danger" onClick={() => call.reject()}>{t('reject')}</button>
      </div>
    </section>
  )
}

/** What stands under a name: the number, and how long one has talked. */
function Under({ number, since }: { number: string; since: number }) {
  if (!number && !since) return null
  return (
    <small class="num">
      {number}
      {number && since > 0 && ' · '}
      {since > 0 && <Clock since={since} />}
    </small>
  )
}

/** The one that is not talked in, and what can be done with both. */
function Behind({ work, call, name, number, ours }: Shown) {
  const { peers } = work.calls
  const front = peers.current.value
  const joined = peers.joined.value
  const other = front && front !== call && front.state.value !== 'ended' ? whoIn(work, front).name : ''
  const with_ = front && work.dialler.ours.value.get(front)
  const connect = async (): Promise<void> => {
    if (ours && with_ && (await tell(work.tel.join(ours.id, with_.id)))) toast({ text: t('connected', { name, to: other }) })
  }
  const state = call.state.value
  return (
    <section class="card call is-behind" aria-label={name}>
      <div class="call-head">
        <Avatar name={name} size="md" />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          <Under number={number !== name ? number : ''} since={call.since.value} />
          <small role="status">{t(state === 'ended' ? 'hungup' : state !== 'live' ? state : joined ? 'three' : 'onHold')}</small>
        </span>
        <button type="button" class="btn btn--quiet-danger btn--icon" aria-label={t('hangupOf', { name })} title={t('hangupOf', { name })} onClick={() => call.hangup()}>
          <Icon of={leave} />
        </button>
      </div>
      <div class="call-acts">
        <button type="button" class="btn btn--block" onClick={() => (joined ? call.hold(true) : peers.bring(call))}>
          <Icon of={play} />
          <span class="clip">{t(joined ? 'apart' : 'switch', { name })}</span>
        </button>
        {ours && with_ && call.since.value > 0 && (
          <button type="button" class="btn btn--block" onClick={() => void connect()}>
            <Icon of={xfer} />
            <span class="clip">{t('connect', { name: other })}</span>
          </button>
        )}
      </div>
    </section>
  )
}

/** Keys stand in rows that are full, where that can be. */
const keysClass: Readonly<Record<number, string>> = { 2: 'keys keys--two', 3: 'keys keys--three', 5: 'keys keys--three', 6: 'keys keys--three' }

function Talking({ work, call, name, number, ours }: Shown) {
  const state = call.state.value
  const { devices, peers } = work.calls
  const keys = useSignal(false)
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (document.activeElement === document.body) card.current?.focus() // what was pressed to answer is gone
  }, [])
  const remote = call.remoteVideo.value
  const own = devices.video.value
  const audio = devices.audioState.value
  const video = devices.videoState.value
  const problem = devices.audioProblem.value
  const before = state === 'calling' || state === 'ringing'
  const live = state === 'live'
  const byServer = ours?.parties.some((p) => p.own && p.holds) ?? false // another app of one's own may have done it
  const held = call.holds.value || byServer
  const pair = peers.under.value.length === 2 && peers.under.value.every((c) => c.since.value > 0)
  const hold = (): void => {
    if (call.holds.value || !byServer) call.hold(!call.holds.value)
    else if (ours) void tell(work.tel.hold(ours.id, false))
  }
  const three = live && pair && !peers.joined.value
  const count = [true, true, !number, live, live && ours, live && call.keyed.value, three].filter(Boolean).length
  const said = held ? t('onHold') : call.held.value ? t('hold') : peers.joined.value ? t('three') : call.since.value > 0 ? '' : t('connecting')
  return (
    <section class="card call" aria-label={name} ref={card} tabIndex={-1}>
      <div class="call-head">
        <Avatar name={name} size="md" />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          <Under number={number !== name ? number : ''} since={live ? call.since.value : 0} />
          <small role="status">{live ? said : t(state === 'ended' ? 'hungup' : state)}</small>
        </span>
        {call.remoteMuted.value && (
          <span class="off" title={t('remoteMuted', { name })}>
            <Icon of={micOff} />
            <span class="sr">{t('remoteMuted', { name })}</span>
          </span>
        )}
      </div>
      {(remote || own) && (
        <div class="call-pictures" data-remote={remote !== undefined}>
          {remote && <div class="call-remote"><Video track={remote} whole /></div>}
          {own && <div class="call-own"><Video track={own} mirror /></div>}
        </div>
      )}
      {audio === 'none' && !devices.asking.value && (
        <div class="call-note">{problem ? <DeviceHelp devices={devices} kind="microphone" wrong={problem} /> : <p class="hint">{t('noMic')}</p>}</div>
      )}
      <div class={keysClass[count] ?? 'keys'}>
        <button type="button" class="key" aria-label={t(audio === 'on' ? 'micOn' : 'micOff')} title={t(audio === 'on' ? 'micOn' : 'micOff')} onClick={() => devices.setAudioOn(audio !== 'on')}>
          <Icon of={audio === 'on' ? mic : micOff} class={audio === 'on' ? '' : 'bad'} />
          {t(audio === 'on' ? 'mute' : 'muted')}
        </button>
        {!number && (
          <button type="button" class="key" aria-label={t(video === 'on' ? 'cameraOn' : 'cameraOff')} title={t(video === 'on' ? 'cameraOn' : 'cameraOff')} onClick={() => void devices.setVideoOn(video !== 'on')}>
            <Icon of={video === 'on' ? cam : camOff} class={video === 'on' ? '' : 'bad'} />
            {t('camera')}
          </button>
        )}
        {live && <HoldKey held={held} onHold={hold} />}
        {live && ours && <TransferKey work={work} call={ours} />}
        {live && call.keyed.value && (
          <button type="button" class={'key' + (keys.value ? ' is-on' : '')} aria-expanded={keys.value} onClick={() => (keys.value = !keys.value)}>
            <Icon of={keypad} />
            {t('keypad')}
          </button>
        )}
        {three && (
          <button type="button" class="key" title={t('togetherHint')} onClick={() => peers.join(true)}>
            <Icon of={people} />
            {t('together')}
          </button>
        )}
        <Popover class="key" label={t('soundHint')} button={<><Icon of={speaker} />{t('sound')}</>}>
          <MicrophoneChoice devices={devices} />
          <SpeakerChoice devices={devices} />
        </Popover>
      </div>
      {live && keys.value && call.keyed.value && !held && <CallKeys calls={work.calls} call={call} name={name} />}
      <div class="call-foot">
        <button type="button" class="btn btn--danger btn--lg btn--block" onClick={() => call.hangup()}>
          <Icon of={leave} />
          {t(before ? 'cancel' : 'hangup')}
        </button>
      </div>
    </section>
  )
}

function Ended({ work, call, name }: Shown) {
  const { calls, numbers, dialler } = work
  const end: PeerEnd = call.end.value ?? 'hungup'
  const missed = !call.outgoing && (end === 'cancelled' || end === 'unanswered')
  const text = missed ? t('missed') : t(end, { name })
  const quiet = end === 'hungup' || end === 'elsewhere'
  useEffect(() => {
    announce(text)
    if (!quiet) return
    const timer = setTimeout(() => calls.peers.clear(call), 4_000)
    return () => clearTimeout(timer)
  }, [])
  const called = numbers.numberOf(bare(call.peer))
  const again = (): void => void (called ? tell(dialler.dial(called, browser)) : calls.call(bare(call.peer), call.video))
  return (
    <section class="card call" aria-label={name}>
      <div class="call-head">
        <Avatar name={name} size="md" />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          <small>{text}</small>
        </span>
        <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('close')} title={t('close')} onClick={() => calls.peers.clear(call)}>
          <Icon of={x} />
        </button>
      </div>
      {!quiet && (!called || asNumber(called)) && (
        <div class="call-acts">
          <button type="button" class="btn" onClick={again}>
            <Icon of={phone} />
            {t('again')}
          </button>
        </div>
      )}
    </section>
  )
}
