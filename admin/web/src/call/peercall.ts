import { effect, signal, untracked, type Signal } from '@preact/signals'
import { NS } from '../shared/xmpp'
import { attr, child, el, type Markup } from '../shared/xmpp/xml'
import { AudioOut } from './audio'
import type { Devices } from './devices'
import { silence } from './mix'
import { forPeers } from './narrow'
import { J } from './ns'
import { QualityMeter } from './quality'
import { iceServers } from './servers'
import { result, Session, unknownSession, type Reason } from './session'
import type { PeerCall, PeerEnd, Port, Quality } from './types'

export interface PeersOptions {
  readonly port: Port
  readonly devices: Devices
  readonly connect?: (c: RTCConfiguration) => RTCPeerConnection
}

const answerMs = 45_000 // for somebody to take the call
const sessionMs = 20_000 // from there to the session
const patienceMs = 1_500 // for a lost path to come back by itself
const giveUpMs = 20_000 // for it to come back at all
const statsMs = 2_000

const keyMs = 120 // for each key that is pressed
const pauseMs = 60 // between two of them

export const bare = (jid: string): string => jid.split('/')[0]!

export function refuse(port: Port, to: string, id: string, condition: string): void {
  tell(port, to, 'reject', id, condition)
}

/** tell sends a step of XEP-0353; all of them are archived, so that one's other devices know. */
function tell(port: Port, to: string, step: string, id: string, condition?: string, ...content: Markup[]): void {
  const reason = condition ? el('reason', { xmlns: J.jingle }, el(condition)) : undefined
  port.send(
    el('message', { xmlns: NS.client, type: 'chat', to, id: step === 'propose' ? id : port.newID() },
      el(step, { xmlns: J.message, id }, ...content, reason), el('store', { xmlns: J.hints })),
  )
}

/** OneCall is one of them, from the first ring to the end. */
export class OneCall implements PeerCall {
  readonly state = signal<'calling' | 'ringing' | 'connecting' | 'live' | 'reconnecting' | 'ended'>('calling')
  readonly since = signal(0)
  readonly end = signal<PeerEnd | undefined>(undefined)
  readonly remoteAudio = signal<MediaStreamTrack | undefined>(undefined)
  readonly remoteVideo = signal<MediaStreamTrack | undefined>(undefined)
  readonly remoteMuted = signal(false)
  readonly held = signal(false)
  readonly holds = signal(false)
  readonly keyed = signal(false)
  /** agreed: it is ours, by having called or having taken it. */
  readonly agreed: Signal<boolean>
  /** mixed is sent in the place of the microphone. */
  readonly mixed = signal<MediaStreamTrack | undefined>(undefined)
  readonly quality = signal<Quality | undefined>(undefined)
  private full: string // of the client that we speak with
  private readonly messages: boolean // the call began with one
  private session: Session | undefined
  private connection: RTCPeerConnection | undefined
  private invitation: Element | undefined
  private accepted = false
  private out: AudioOut | undefined
  private stops: (() => void)[] = []
  private timers: Partial<Record<'answer' | 'patience' | 'giveUp' | 'stats', ReturnType<typeof setTimeout>>> = {}

  constructor(
    private readonly o: PeersOptions,
    readonly peer: string,
    readonly sid: string,
    readonly outgoing: boolean,
    readonly video: boolean,
  ) {
    this.full = peer
    this.messages = !outgoing || !peer.includes('/')
    this.agreed = signal(outgoing)
  }

  /** pending: we call, and nobody has taken it. */
  get pending(): boolean {
    return this.outgoing && ['calling', 'ringing'].includes(this.state.peek())
  }

  private after(name: keyof typeof this.timers, ms: number, f: () => void): void {
    clearTimeout(this.timers[name])
    this.timers[name] = setTimeout(f, ms)
  }

  /** propose rings at the other's. */
  propose(): void {
    const { devices, port } = this.o
    void devices.setVideoOn(this.video)
    void devices.open()
    this.after('answer', answerMs, () => this.unanswered())
    if (!this.messages) return void this.initiate()
    const media = ['audio', ...(this.video ? ['video'] : [])]
    tell(port, this.peer, 'propose', this.sid, undefined, ...media.map((m) => el('description', { xmlns: J.rtp, media: m })))
  }

  private unanswered(): void {
    if (this.session) this.session.terminate('timeout')
    else tell(this.o.port, this.peer, 'retract', this.sid, 'cancel')
    this.over('unanswered')
  }

  /** ring tells the caller that we do. invitation is a session that has begun already. */
  ring(invitation?: Element): void {
    this.state.value = 'ringing'
    this.invitation = invitation
    this.after('answer', answerMs, () => this.over('unanswered'))
    if (invitation) void this.ask('session-info', el('ringing', { xmlns: J.info }))
    else tell(this.o.port, this.full, 'ringing', this.sid)
  }

  private ask(action: string, content: Markup): Promise<unknown> {
    return this.o.port.iq('set', this.full, el('jingle', { xmlns: J.jingle, action, sid: this.sid }, content))
  }

  turnAway(condition: string): void {
    void this.ask('session-terminate', el('reason', {}, el(condition)))
  }

  /** taken: another client of ours has taken the call, or has rejected it. */
  taken(step: string): void {
    if (!this.agreed.peek() && ['accept', 'proceed', 'reject'].includes(step)) this.over('elsewhere')
  }

  /** step takes what the other says about the call. */
  step(e: Element, from: string): void {
    const why = child(e, J.jingle, 'reason')?.firstElementChild?.localName
    switch (e.localName) {
      case 'ringing':
        if (this.outgoing && this.state.value === 'calling') this.state.value = 'ringing'
        break
      case 'proceed':
        if (!this.outgoing || this.session) break
        this.full = from
        void this.initiate()
        break
      case 'reject':
        if (this.outgoing && !this.accepted) this.over(why === 'busy' ? 'busy' : 'rejected')
        break
      case 'retract':
        if (!this.outgoing && !this.accepted) this.over('cancelled')
        break
      case 'finish':
        if (!this.session) this.over(this.accepted ? 'hungup' : 'cancelled')
    }
  }

  accept(video: boolean): void {
    if (this.agreed.peek() || this.state.value !== 'ringing') return
    this.agreed.value = true
    this.state.value = 'connecting'
    void this.o.devices.setVideoOn(video)
    this.after('answer', sessionMs, () => this.over('failed'))
    if (this.invitation) void this.answer(this.invitation)
    else tell(this.o.port, this.full, 'proceed', this.sid)
  }

  reject(): void {
    if (this.agreed.peek() || this.state.value !== 'ringing') return
    if (this.invitation) this.turnAway('decline')
    else refuse(this.o.port, this.full, this.sid, 'decline')
    this.over('rejected')
  }

  hangup(): void {
    if (this.state.value === 'ended') return
    if (!this.agreed.peek()) return this.reject()
    if (this.session) this.session.terminate(this.accepted ? 'success' : 'cancel')
    else if (this.outgoing) tell(this.o.port, this.peer, 'retract', this.sid, 'cancel')
    if (this.session && this.messages) tell(this.o.port, this.full, 'finish', this.sid, 'success')
    this.over(this.accepted ? 'hungup' : 'cancelled')
  }

  request(iq: Element, jingle: Element): Markup {
    if (attr(iq, 'from') !== this.full) return unknownSession(iq)
    if (this.session) return this.session.receive(iq)
    const action = attr(jingle, 'action')
    if (action === 'session-initiate' && !this.outgoing && this.agreed.peek()) {
      queueMicrotask(() => void this.answer(jingle))
      return result(iq)
    }
    if (action === 'session-terminate' && this.invitation) {
      queueMicrotask(() => this.over('cancelled'))
      return result(iq)
    }
    if (action === 'transport-info' && this.invitation) {
      this.early.push(iq)
      return result(iq)
    }
    return unknownSession(iq)
  }

  private readonly early: Element[] = [] // candidates that came before the call was taken

  private async open(role: 'initiator' | 'responder'): Promise<Session | undefined> {
    const { port, devices } = this.o
    const [servers] = await Promise.all([iceServers(port), devices.open()])
    if (this.state.value === 'ended' || this.session) return undefined
    const connect = this.o.connect ?? ((c) => new RTCPeerConnection(c))
    const connection = connect({ iceServers: servers, bundlePolicy: 'balanced' })
    this.connection = connection
    this.session = new Session({
      port, peer: this.full, sid: this.sid, role, connection, narrow: forPeers,
      listener: {
        connection: (s) => this.connected(s),
        accepted: () => this.begun(),
        ended: (why) => this.ended(why),
        info: (e) => this.informed(e),
        changed: () => this.changed(),
      },
    })
    return this.session
  }

  private async initiate(): Promise<void> {
    const session = await this.open('initiator')
    if (!session || !this.connection) return
    this.connection.addTransceiver('audio', { direction: 'sendrecv' })
    if (this.video) this.connection.addTransceiver('video', { direction: 'sendrecv' })
    this.send()
    const sent = await session.initiate()
    if (!sent.ok) this.over('unreachable')
    else if (this.state.value === 'calling' && this.messages) this.state.value = 'connecting'
  }

  private async answer(jingle: Element): Promise<void> {
    const session = await this.open('responder')
    if (!session || !this.connection || !(await session.invited(jingle))) return
    for (const iq of this.early.splice(0)) session.receive(iq)
    this.send()
    await session.accept()
  }

  private of(kind: string): RTCRtpTransceiver | undefined {
    return this.connection?.getTransceivers().find((t) => t.receiver.track.kind === kind)
  }

  /** send gives the other what Devices has, now and whenever that changes. */
  private send(): void {
    const { devices } = this.o
    const follow = (kind: string, track: MediaStreamTrack | undefined): void => {
      void this.of(kind)?.sender.replaceTrack(track ?? null).catch(() => undefined) // the connection is closed
    }
    this.stops.push(
      effect(() => follow('audio', this.holds.value ? undefined : (this.mixed.value ?? devices.audio.value))),
      effect(() => this.picture()),
      effect(() => this.mute('audio', devices.audioState.value !== 'on')),
      effect(() => this.mute('video', devices.videoState.value !== 'on')),
    )
  }

  /** picture shows our camera; where the call began without pictures, they are offered when there is one. */
  private picture(): void {
    const track = this.holds.value ? undefined : this.o.devices.video.value
    const t = this.of('video')
    if (t) return void t.sender.replaceTrack(track ?? null).catch(() => undefined)
    if (!track || !this.accepted || !this.connection) return
    this.connection.addTransceiver(track, { direction: 'sendrecv' })
    void this.session?.add()
  }

  /** hold puts the other on hold, or takes him back (XEP-0167#info-hold). He is told as soon as he is there. */
  hold(on: boolean): void {
    if (on === this.holds.peek() || !this.agreed.peek() || this.state.peek() === 'ended') return
    this.holds.value = on
    if (this.accepted) void this.tellHold()
    this.changed()
  }

  private knowsHold = false // what the other was told

  private async tellHold(): Promise<void> {
    const on = this.holds.peek()
    if (await this.session?.inform(el(on ? 'hold' : 'unhold', { xmlns: J.info }))) this.knowsHold = on
  }

  /** press sends keys (RFC 4733), one after the other. */
  press(keys: string): void {
    const sender = this.of('audio')?.sender
    if (!sender?.dtmf || !this.keyed.peek() || this.holds.peek()) return
    if (!sender.track) void sender.replaceTrack(silence() ?? null).catch(() => undefined) // without a microphone nothing is sent, and no key
    sender.dtmf.insertDTMF(sender.dtmf.toneBuffer + keys, keyMs, pauseMs)
  }

  private muted: Record<string, boolean> = { audio: false, video: false }

  /** mute tells the other what of ours is off (XEP-0167#info-mute). */
  private mute(kind: string, off: boolean): void {
    const name = this.of(kind)?.mid
    if (!this.accepted || !name || off === this.muted[kind]) return
    this.muted[kind] = off
    const content = this.session?.contentOf(name)
    if (content) void this.session?.inform(el(off ? 'mute' : 'unmute', { xmlns: J.info, creator: content.creator, name: content.name }))
  }

  private begun(): void {
    this.accepted = true
    clearTimeout(this.timers.answer)
    this.state.value = 'connecting'
    const { devices } = this.o
    this.mute('audio', devices.audioState.peek() !== 'on')
    this.mute('video', devices.videoState.peek() !== 'on')
    untracked(() => this.picture())
    if (this.holds.peek()) void this.tellHold()
    this.changed()
    if (this.connection?.connectionState === 'connected') this.connected('connected')
  }

  private connected(s: RTCPeerConnectionState): void {
    if (!this.accepted) return
    if (s === 'connected') {
      clearTimeout(this.timers.patience)
      clearTimeout(this.timers.giveUp)
      this.timers.giveUp = undefined
      this.state.value = 'live'
      if (!this.since.value) this.since.value = Date.now()
      this.measure()
    } else if (s === 'disconnected' || s === 'failed') this.wait(s === 'failed' ? 0 : patienceMs)
  }

  private wait(ms: number): void {
    this.state.value = 'reconnecting'
    this.timers.giveUp ??= setTimeout(() => this.broken(), giveUpMs)
    this.after('patience', ms, () => void this.session?.restart())
  }

  private broken(): void {
    this.session?.terminate('connectivity-error')
    this.over('failed')
  }

  /** recover is called when the server can be reached again: what did not arrive is said once more. */
  recover(): void {
    if (this.accepted && this.knowsHold !== this.holds.peek()) void this.tellHold()
    if (this.state.value === 'reconnecting') this.wait(0)
  }

  private measure(): void {
    const meter = new QualityMeter()
    const next = async (): Promise<void> => {
      const report = await this.connection?.getStats()
      if (report && this.state.peek() === 'live') this.quality.value = meter.measure(report.values())
      this.after('stats', statsMs, () => void next())
    }
    void next()
  }

  private ended({ condition }: Reason): void {
    if (this.messages) tell(this.o.port, this.full, 'finish', this.sid, condition)
    if (this.accepted) return this.over(condition === 'success' || condition === 'gone' ? 'hungup' : condition === 'cancel' ? 'hungup' : 'failed')
    const ends: Readonly<Record<string, PeerEnd>> = { busy: 'busy', decline: 'rejected', cancel: this.outgoing ? 'rejected' : 'cancelled', success: this.outgoing ? 'rejected' : 'cancelled' }
    this.over(ends[condition] ?? 'failed')
  }

  private informed(e: Element): boolean {
    if (e.namespaceURI !== J.info) return false
    switch (e.localName) {
      case 'ringing':
        if (this.outgoing && !this.accepted) this.state.value = 'ringing'
        break
      case 'hold':
      case 'unhold':
        this.held.value = e.localName === 'hold'
        break
      case 'mute':
      case 'unmute': {
        const of = this.session?.content(attr(e, 'name'))
        if (!of || of.media === 'audio') this.remoteMuted.value = e.localName === 'mute'
      }
    }
    return true
  }

  /** changed looks what the other sends. */
  private changed(): void {
    if (!this.accepted) return
    const sound = this.of('audio')
    const audio = sound?.receiver.track
    this.remoteAudio.value = audio
    this.out ??= new AudioOut(this.o.devices)
    this.out.play(audio && !this.holds.peek() ? [audio] : [])
    const events = (p: { name: string }): boolean => p.name.toLowerCase() === 'telephone-event'
    this.keyed.value = sound?.mid != null && this.session?.contentOf(sound.mid)?.payloads.some(events) === true
    untracked(() => this.picture())
    const t = this.of('video')
    const name = t?.mid && this.session?.contentOf(t.mid)?.name
    const track = name && this.session?.receives(name) ? t?.receiver.track : undefined
    const show = (): void => {
      this.remoteVideo.value = track && !track.muted ? track : undefined
    }
    if (track) track.onmute = track.onunmute = show
    show()
  }

  /** over is the end of it; whoever has to be told has been. */
  over(end: PeerEnd): void {
    if (this.state.value === 'ended') return
    for (const t of Object.values(this.timers)) clearTimeout(t)
    for (const stop of this.stops.splice(0)) stop()
    this.session?.close()
    this.out?.close()
    this.connection = undefined
    this.remoteAudio.value = this.remoteVideo.value = undefined
    this.end.value = end
    this.state.value = 'ended'
  }
}
