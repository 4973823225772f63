import { useEffect } from 'preact/hooks'
import type { PeerCall, PeerEnd } from '../../call'
import { Video } from '../../meeting/video'
import { Clock } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { cam, camOff, leave, mic, micOff, phone, phoneIn, x } from '../../shared/icons'
import { Avatar } from '../../shared/ui/avatar'
import { announce } from '../../shared/ui/live'
import { bare } from '../../shared/xmpp/jid'
import type { Calls } from '../model/calls'
import type { Call } from '../model/snapshot'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { AnswerAt, CallerLine, LineKeys } from './linecall'
import { otherIn } from './transfer'

const t = texts({
  en: {
    incoming: 'Call from {name}',
    incomingVideo: 'Video call from {name}',
    callsYou: 'calls you',
    callsYouVideo: 'calls you with video',
    leaves: 'Answering leaves the conference.',
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
    noMic: 'No microphone: you are not heard.',
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
    incoming: 'Anruf von {name}',
    incomingVideo: 'Videoanruf von {name}',
    callsYou: 'ruft Sie an',
    callsYouVideo: 'ruft Sie mit Video an',
    leaves: 'Wenn Sie annehmen, verlassen Sie die Konferenz.',
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
    micOn: 'Mikrofon an, stummschalten',
    micOff: 'Mikrofon stumm, einschalten',
    noMic: 'Kein Mikrofon: Man hört Sie nicht.',
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

const ringEvery = 3_000 // ms

/** The call with a colleague: it rings, lasts, and says how it has ended. */
export function PeerCard({ work, call, ours }: { work: Work; call: PeerCall; ours: Call | undefined }) {
  const { desk, calls, numbers } = work
  const state = call.state.value
  const called = numbers.numberOf(bare(call.peer))
  const other = ours && otherIn(ours)
  const number = other?.number || called // of who is there now: one may have been passed on
  const name = !number ? desk.nameOf(bare(call.peer)) : other ? partyName(work, other) : numbers.nameOf(number)
  const rings = state === 'ringing' && !call.outgoing
  useEffect(() => {
    if (!rings) return
    announce(t(call.video ? 'incomingVideo' : 'incoming', { name }), true)
    const title = document.title
    document.title = t(call.video ? 'incomingVideo' : 'incoming', { name })
    const sound = (): void => void calls.devices.tone().catch(() => false) // a browser that was not touched yet stays silent
    sound()
    const timer = setInterval(sound, ringEvery)
    return () => {
      clearInterval(timer)
      document.title = title
    }
  }, [rings])
  if (state === 'ended') return <Ended calls={calls} call={call} name={name} />
  if (rings) return <Ringing work={work} call={call} name={name} number={number} ours={ours} />
  return <Talking work={work} call={call} name={name} number={number} ours={ours} />
}

function Ringing({ work, call, name, number, ours }: { work: Work; call: PeerCall; name: string; number: string; ours: Call | undefined }) {
  const { calls } = work
  return (
    <section class="card call ringing" aria-label={t(call.video ? 'incomingVideo' : 'incoming', { name })}>
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
      <div class="call-acts">
        <button type="button" class="btn btn--ok" onClick={() => calls.accept(false)}>
          <Icon of={phone} />
          {t('answer')}
        </button>
        {call.video && (
          <button type="button" class="btn btn--ok" onClick={() => calls.accept(true)}>
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

function Talking({ work, call, name, number, ours }: { work: Work; call: PeerCall; name: string; number: string; ours: Call | undefined }) {
  const state = call.state.value
  const { devices } = work.calls
  const remote = call.remoteVideo.value
  const own = devices.video.value
  const audio = devices.audioState.value
  const video = devices.videoState.value
  const before = state === 'calling' || state === 'ringing'
  return (
    <section class="card call" aria-label={name}>
      <div class="call-head">
        <Avatar name={name} size="md" />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          {number && number !== name && <small class="num">{number}</small>}
          <small role="status">
            {state === 'live' ? (call.held.value ? t('hold') : call.since.value > 0 ? '' : t('connecting')) : t(state === 'ended' ? 'hungup' : state)}
          </small>
          {state === 'live' && call.since.value > 0 && <small class="num"><Clock since={call.since.value} /></small>}
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
      {audio === 'none' && !devices.asking.value && <p class="hint call-note">{t('noMic')}</p>}
      <div class={'keys ' + (ours && state === 'live' ? 'keys--three' : 'keys--two')}>
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
        {ours && state === 'live' && <LineKeys work={work} call={ours} />}
      </div>
      <div class="call-foot">
        <button type="button" class="btn btn--danger btn--lg btn--block" onClick={() => call.hangup()}>
          <Icon of={leave} />
          {t(before ? 'cancel' : 'hangup')}
        </button>
      </div>
    </section>
  )
}

function Ended({ calls, call, name }: { calls: Calls; call: PeerCall; name: string }) {
  const end: PeerEnd = call.end.value ?? 'hungup'
  const missed = !call.outgoing && (end === 'cancelled' || end === 'unanswered')
  const text = missed ? t('missed') : t(end, { name })
  const quiet = end === 'hungup' || end === 'elsewhere'
  useEffect(() => {
    announce(text)
    if (!quiet) return
    const timer = setTimeout(() => calls.peers.clear(), 4_000)
    return () => clearTimeout(timer)
  }, [])
  return (
    <section class="card call" aria-label={name}>
      <div class="call-head">
        <Avatar name={name} size="md" />
        <span class="grow">
          <b class="clip" dir="auto">{name}</b>
          <small>{text}</small>
        </span>
        <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('close')} title={t('close')} onClick={() => calls.peers.clear()}>
          <Icon of={x} />
        </button>
      </div>
      {!quiet && (
        <div class="call-acts">
          <button type="button" class="btn" onClick={() => calls.call(bare(call.peer), call.video)}>
            <Icon of={phone} />
            {t('again')}
          </button>
        </div>
      )}
    </section>
  )
}
