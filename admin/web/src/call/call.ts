import { batch, computed, effect, signal } from '@preact/signals'
import type { Fault } from '../shared/xmpp'
import { attr, child, children, is, el, type Markup } from '../shared/xmpp/xml'
import { NS } from '../shared/xmpp'
import { AudioOut } from './audio'
import { learn, noConference, readConference, readSlots, writeOrder, writeStatus, writeView, type Slot, type Status } from './conference'
import type { Devices } from './devices'
import { forConference } from './narrow'
import { J } from './ns'
import { QualityMeter } from './quality'
import { iceServers } from './servers'
import { Session, unknownSession, type Reason } from './session'
import { Speaking } from './speaking'
import type { Conference, Link, Meeting, Notice, Order, Own, Participant, Picture, Port, Quality, Source, Wired } from './types'

export interface CallOptions {
  readonly port: Port
  readonly room: string // its bare address
  readonly nick: () => string // ours in it
  readonly devices: Devices
  readonly connect?: (c: RTCConfiguration) => RTCPeerConnection
}

const sounds = ['a0', 'a1', 'a2']
const shown = ['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8']

/** The layers of the camera's picture, smallest first: their place in the 720 lines and what they may take, in bit/s. */
const layers: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
]
const screenBitrate = 2_500_000

const patienceMs = 1_500 // for a path to come back by itself, before another is looked for
const giveUpMs = 6_000 // after the server has heard of that: then the session is lost, and another begins
const pauseMs = 1_000 // before it is told once more when it did not hear
const retryMs = [500, 1_000, 2_000, 4_000, 8_000] // between attempts to begin one
const hurryMs = 1_000 // between two looks whether the server can be reached, while there is no path
const statsMs = 2_000
const viewMs = 100 // in which changes of what is shown are gathered

/** Reasons for which the server ends a session that another attempt may mend (XEP-0166#def-reason). */
const passing = ['alternative-session', 'connectivity-error', 'failed-transport', 'general-error', 'gone', 'timeout']

/** Call is our part in the conference of a room: it begins the session, keeps it, and begins another when it is lost. */
export class Call implements Meeting, Wired {
  private readonly jid: string
  private self = '' // our address when we were last in the room: in another session we have to enter it first
  private readonly out: AudioOut
  private readonly talking: Speaking
  private session: Session | undefined
  private connection: RTCPeerConnection | undefined
  private accepted = false
  private restarting = false
  private handSeen = false // the server has said that our hand is up
  private wanted = false // we want to be in it
  private watching = false
  private tries = 0
  private attempt = 0 // the latest; an older one that comes back finds itself overtaken
  private timers: Partial<Record<'retry' | 'patience' | 'giveUp' | 'hurry' | 'stats' | 'view', ReturnType<typeof setTimeout>>> = {}
  private heights: readonly number[] = []
  private slots: readonly Slot[] = []
  private stopFollowing: (() => void) | undefined
  private applying: Promise<void> = Promise.resolve()
  private readonly shared = signal<readonly MediaStreamTrack[]>([])
  private readonly raised = signal(false)

  readonly link = signal<Link>({ is: 'none' })
  readonly conference = signal<Conference>(noConference)
  readonly participants = signal<readonly Participant[]>([])
  readonly pictures = signal<readonly Picture[]>([])
  readonly dominant = signal('')
  readonly quality = signal<Quality | undefined>(undefined)
  readonly notice = signal<Notice | undefined>(undefined)
  readonly pinned = signal<{ nick: string; media: Source } | undefined>(undefined)
  readonly sharable = typeof navigator.mediaDevices?.getDisplayMedia === 'function'
  readonly own: Own

  constructor(private readonly o: CallOptions) {
    this.jid = `${o.room}/Conference`
    this.out = new AudioOut(o.devices)
    this.talking = new Speaking(o.devices, o.nick)
    this.own = {
      audio: o.devices.audioState,
      video: o.devices.videoState,
      camera: o.devices.video,
      screen: computed(() => this.shared.value.find((t) => t.kind === 'video')),
      hand: this.raised,
    }
  }

  get speaking() {
    return this.talking.nicks
  }

  get silent() {
    return this.out.silent
  }

  /** watch asks to be told of the conference without taking part. */
  watch(): void {
    this.watching = true
    void this.o.port.iq('set', this.jid, el('watch', { xmlns: J.conference })).then((r) => r.ok && this.told(r.value))
  }

  join(): void {
    if (this.wanted) return
    this.wanted = true
    this.tries = 0
    this.self = this.o.port.jid
    this.link.value = { is: 'joining' }
    addEventListener('online', this.recover)
    addEventListener('pagehide', this.farewell)
    void this.begin()
  }

  leave(): void {
    this.finish({ is: 'none' }, 'success')
  }

  private readonly farewell = (): void => this.leave()

  /** close is the end of it, for whoever has made it. */
  close(): void {
    this.leave()
    this.watching = false
    this.out.close()
  }

  private finish(link: Link, reason?: string): void {
    if (!this.wanted) return
    this.wanted = false
    removeEventListener('online', this.recover)
    removeEventListener('pagehide', this.farewell)
    if (reason) this.session?.terminate(reason)
    this.drop()
    for (const t of this.shared.value) t.stop()
    batch(() => {
      this.shared.value = []
      this.raised.value = false
      this.pinned.value = undefined
      this.link.value = link
      this.conference.value = { ...this.conference.value, you: 'none' }
      if (!this.watching) this.participants.value = []
    })
  }

  /** drop lets go of the session that was; nothing of it is heard or seen any longer. */
  private drop(): void {
    this.attempt++
    for (const t of Object.values(this.timers)) clearTimeout(t)
    this.timers = {}
    this.session?.close()
    this.session = this.connection = undefined
    this.accepted = this.restarting = this.handSeen = false
    this.stopFollowing?.()
    this.stopFollowing = undefined
    this.out.play([])
    this.talking.follow([])
    this.slots = []
    batch(() => {
      this.pictures.value = []
      this.quality.value = undefined
      this.dominant.value = ''
    })
    this.hurry()
  }

  private after(name: keyof typeof this.timers, ms: number, f: () => void): void {
    clearTimeout(this.timers[name])
    this.timers[name] = setTimeout(f, ms)
  }

  private async begin(): Promise<void> {
    this.drop()
    if (typeof RTCPeerConnection === 'undefined' && !this.o.connect) return this.finish({ is: 'ended', why: { why: 'unsupported' } })
    const { attempt } = this
    if (this.o.port.jid !== this.self) return // online will begin it
    const servers = await iceServers(this.o.port)
    if (attempt !== this.attempt || !this.wanted) return
    const connect = this.o.connect ?? ((c) => new RTCPeerConnection(c))
    const pc = connect({ iceServers: servers, bundlePolicy: 'max-bundle' })
    const session = this.prepare(pc)
    this.connection = pc
    this.session = session
    const sent = await session.initiate()
    if (attempt !== this.attempt || sent.ok) return
    this.session = undefined
    this.refused(sent.fault)
  }

  /** prepare makes the contents of the session-initiate, in their order. */
  private prepare(pc: RTCPeerConnection): Session {
    const { devices } = this.o
    const session = new Session({
      port: this.o.port, peer: this.jid, sid: this.o.port.newID(), role: 'initiator', connection: pc, narrow: forConference,
      listener: {
        connection: (s) => this.connected(s),
        accepted: () => this.begun(),
        ended: (why) => this.lost(why),
        info: (e) => this.informed(e),
        changed: () => undefined,
      },
    })
    const mic = pc.addTransceiver('audio', { direction: 'sendonly' })
    const cam = pc.addTransceiver('video', { direction: 'sendonly', sendEncodings: layers.map((l) => ({ ...l })) })
    session.name(mic, 'mic')
    session.name(cam, 'cam')
    for (const name of sounds) session.name(pc.addTransceiver('audio', { direction: 'recvonly' }), name)
    for (const name of shown) session.name(pc.addTransceiver('video', { direction: 'recvonly' }), name)
    const follow = (t: RTCRtpTransceiver, track: MediaStreamTrack | undefined): void => {
      void t.sender.replaceTrack(track ?? null).catch(() => undefined) // the connection is closed
    }
    const stops = [effect(() => follow(mic, devices.audio.value)), effect(() => follow(cam, devices.video.value)), effect(() => this.tell())]
    this.stopFollowing = () => stops.forEach((stop) => stop())
    return session
  }

  /** tell says what of ours is on. */
  private tell(): void {
    const status = this.status()
    if (this.accepted) void this.o.port.iq('set', this.jid, writeStatus(status))
  }

  private status(): Status {
    const { audio, video, screen, hand } = this.own
    return { audio: audio.value, video: video.value, screen: screen.value !== undefined, hand: hand.value }
  }

  private begun(): void {
    this.accepted = true
    this.tell()
    this.show()
    const receivers = sounds.flatMap((name) => this.session?.transceiver(name)?.receiver ?? [])
    this.out.play(receivers.map((r) => r.track))
    this.talking.follow(receivers)
    if (this.shared.value.length) void this.offerScreen()
  }

  private connected(s: RTCPeerConnectionState): void {
    if (s === 'connected') return this.arrived()
    if (s === 'disconnected') this.wait(patienceMs)
    if (s === 'failed') this.wait(0)
  }

  private arrived(): void {
    this.tries = 0
    for (const name of ['patience', 'giveUp', 'hurry'] as const) clearTimeout(this.timers[name])
    this.link.value = { is: 'connected' }
    const meter = new QualityMeter()
    const measure = async (): Promise<void> => {
      const report = await this.connection?.getStats()
      if (report && this.link.peek().is === 'connected') this.quality.value = meter.measure(report.values())
      this.after('stats', statsMs, () => void measure())
    }
    void measure()
  }

  /** wait gives the path time to come back, then looks for another, and at last begins a new session. */
  private wait(ms: number): void {
    if (!this.accepted) return
    this.cut()
    this.after('patience', ms, () => void this.restart())
  }

  /** cut: we were connected, and are not. */
  private cut(): void {
    if (this.link.value.is === 'connected') this.link.value = { is: 'reconnecting', since: Date.now() }
    this.hurry()
  }

  private hurry(): void {
    this.after('hurry', hurryMs, () => {
      if (this.link.value.is !== 'reconnecting') return
      this.o.port.hurry()
      this.hurry()
    })
  }

  private async restart(): Promise<void> {
    const { session } = this
    if (!session || this.restarting || this.connection?.connectionState === 'connected') return
    this.restarting = true
    const fault = await session.restart()
    if (session !== this.session) return
    this.restarting = false
    if (fault?.is === 'stanza') this.again() // the server knows the session no more
    else if (fault) this.after('patience', pauseMs, () => void this.restart())
    else if (this.link.value.is === 'reconnecting') this.after('giveUp', giveUpMs, () => this.again())
  }

  /** recover is called when the network is there again: waiting would only take longer. */
  private readonly recover = (): void => {
    if (this.link.value.is === 'reconnecting' && this.accepted) this.wait(0)
  }

  online(session: 'new' | 'resumed'): void {
    if (session === 'resumed') return this.recover()
    this.self = this.o.port.jid
    if (this.watching) this.watch()
    if (this.wanted) this.again()
  }

  /** again begins a new session in the place of one that is lost. */
  private again(): void {
    if (!this.wanted) return
    this.cut()
    this.session?.terminate('connectivity-error')
    void this.begin()
  }

  private later(): void {
    if (!this.wanted) return
    this.cut()
    this.drop()
    this.after('retry', retryMs[Math.min(this.tries++, retryMs.length - 1)]!, () => void this.begin())
  }

  private refused(fault: Fault): void {
    if (fault.is === 'stanza' && fault.type !== 'wait') return this.finish({ is: 'ended', why: { why: 'refused', fault } })
    if (fault.is !== 'lost') this.later()
    else this.cut() // until online
  }

  private lost({ condition }: Reason): void {
    if (passing.includes(condition)) return this.later()
    const ended = condition === 'success' || condition === 'cancel'
    this.finish({ is: 'ended', why: ended ? { why: 'ended' } : { why: 'failed', condition } })
  }

  private informed(e: Element): boolean {
    if (is(e, J.layers, 'layers')) {
      const wanted = children(e, J.layers, 'layer').map((l) => attr(l, 'rid'))
      this.applying = this.applying.then(() => this.send(attr(e, 'name'), wanted))
      return true
    }
    if (e.namespaceURI !== J.info) return false
    const name = attr(e, 'name')
    if (e.localName === 'mute' && (name === 'mic' || name === '')) this.o.devices.setAudioOn(false)
    return true
  }

  /** send switches the layers of a picture off that nobody shows, and those on that somebody does. */
  private async send(name: string, wanted: readonly string[]): Promise<void> {
    const sender = this.session?.transceiver(name)?.sender
    if (!sender) return
    const parameters = sender.getParameters()
    for (const encoding of parameters.encodings) encoding.active = encoding.rid === undefined ? wanted.length > 0 : wanted.includes(encoding.rid)
    await sender.setParameters(parameters).catch(() => undefined) // the connection is closed
  }

  stanza(e: Element): void {
    if (is(e, NS.client, 'message') && attr(e, 'from') === this.jid && attr(e, 'type') !== 'error') this.told(e)
  }

  request(iq: Element): Markup | undefined {
    const jingle = child(iq, J.jingle, 'jingle')
    if (!jingle || attr(iq, 'from') !== this.jid) return undefined
    return this.session && attr(jingle, 'sid') === this.session.sid ? this.session.receive(iq) : unknownSession(iq)
  }

  private told(stanza: Element): void {
    for (const e of stanza.children) {
      if (e.namespaceURI !== J.conference) continue
      batch(() => this.take(e))
    }
  }

  private take(e: Element): void {
    const by = attr(e, 'by')
    const n = (this.notice.value?.n ?? 0) + 1
    switch (e.localName) {
      case 'conference':
        this.conference.value = readConference(e)
        this.participants.value = learn(this.participants.value, e, this.o.nick())
        this.handed()
        break
      case 'slots':
        this.dominant.value = attr(e, 'dominant')
        this.slots = readSlots(e)
        this.seat()
        break
      case 'mute':
        this.o.devices.setAudioOn(false)
        this.notice.value = { n, is: 'muted', by }
        break
      case 'stop': {
        const media: Source = attr(e, 'media') === 'screen' ? 'screen' : 'camera'
        if (media === 'screen') this.unshare()
        else void this.o.devices.setVideoOn(false)
        this.notice.value = { n, is: 'stopped', media, by }
      }
    }
  }

  /** handed: a moderator may have taken our hand down, and our telephone either. What was said before we raised it says nothing. */
  private handed(): void {
    const self = this.participants.value.find((p) => p.self)
    const up = self !== undefined && self.hand > 0
    if (this.handSeen && !up) this.raised.value = false
    if (!this.handSeen && up && self.phone) this.raised.value = true
    this.handSeen = up
  }

  /** seat puts the slots and the tracks that come in them together. */
  private seat(): void {
    this.talking.seat(sounds.map((_, n) => this.slots.find((s) => s.n === n)?.nick ?? ''))
    this.pictures.value = this.slots.flatMap(({ n, nick, media, paused }) => {
      const slot = n - sounds.length
      const track = shown[slot] && this.session?.transceiver(shown[slot])?.receiver.track
      return track ? [{ slot, nick, media: media === 'screen' ? 'screen' : 'camera', paused, track }] : []
    })
  }

  setAudio(on: boolean): void {
    this.o.devices.setAudioOn(on)
  }

  setVideo(on: boolean): void {
    void this.o.devices.setVideoOn(on)
  }

  talk(down: boolean): void {
    this.o.devices.talk(down)
  }

  raise(hand: boolean): void {
    this.raised.value = hand
  }

  async share(): Promise<boolean> {
    if (!this.sharable || this.shared.value.length || !this.accepted) return false
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 30 } }, audio: true })
    } catch {
      return false // the user has chosen nothing
    }
    const tracks = stream.getTracks()
    const allowed = await this.o.port.iq('set', this.jid, writeStatus({ ...this.status(), screen: true }))
    if (!allowed.ok) {
      for (const t of tracks) t.stop()
      const by = (this.participants.value.find((p) => p.screen && !p.self) ?? this.pictures.value.find((p) => p.media === 'screen'))?.nick // what comes first
      if (by !== undefined) this.notice.value = { n: (this.notice.value?.n ?? 0) + 1, is: 'occupied', by }
      return false
    }
    for (const t of tracks) {
      if (t.kind === 'video') t.contentHint = 'detail'
      t.addEventListener('ended', () => this.screenEnded(t))
    }
    this.shared.value = tracks
    if (await this.offerScreen()) return true
    this.unshare()
    return false
  }

  private screenEnded(track: MediaStreamTrack): void {
    if (!this.shared.value.includes(track) || track.kind !== 'video') return
    this.notice.value = { n: (this.notice.value?.n ?? 0) + 1, is: 'unshared' }
    this.unshare()
  }

  private async offerScreen(): Promise<boolean> {
    const { connection: pc, session } = this
    if (!pc || !session) return false
    for (const track of this.shared.value) {
      const sendEncodings = track.kind === 'video' ? [{ maxBitrate: screenBitrate }] : []
      session.name(pc.addTransceiver(track, { direction: 'sendonly', sendEncodings }), track.kind === 'video' ? 'screen' : 'screen-audio')
    }
    return session.add()
  }

  unshare(): void {
    if (!this.shared.value.length) return
    for (const t of this.shared.value) t.stop()
    this.shared.value = []
    void this.session?.remove(['screen', 'screen-audio'])
  }

  view(heights: readonly number[]): void {
    this.heights = heights
    this.timers.view ??= setTimeout(() => this.show(), viewMs)
  }

  pin(what: { nick: string; media: Source } | undefined): void {
    this.pinned.value = what
    this.show()
  }

  private show(): void {
    clearTimeout(this.timers.view)
    this.timers.view = undefined
    if (this.accepted) void this.o.port.iq('set', this.jid, writeView(this.heights, sounds.length, this.pinned.value))
  }

  async order(o: Order): Promise<Fault | undefined> {
    const r = await this.o.port.iq('set', this.jid, writeOrder(o))
    return r.ok ? undefined : r.fault
  }
}
