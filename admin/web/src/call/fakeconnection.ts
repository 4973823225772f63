// What the tests of sessions and calls put in the place of the browser's connection and of the server.
import { readFileSync } from 'node:fs'
import type { Result } from '../shared/xmpp/fault'
import { attr, parse, type Content as Child, type Markup } from '../shared/xmpp/xml'
import { outline, parseSDP, writeSDP, type Place } from './sdp'
import type { Port } from './types'

const offer = parseSDP(readFileSync('src/call/testdata/chromium-offer.sdp', 'utf8'), 'initiator')

interface FakeTransceiver {
  mid: string | null
  direction: RTCRtpTransceiverDirection
  stopped: boolean
  readonly sender: { track: unknown; encodings: (RTCRtpEncodingParameters & { active: boolean })[]; replaceTrack: (t: unknown) => Promise<void>; getParameters: () => unknown; setParameters: (p: RTCRtpSendParameters) => Promise<void> }
  readonly receiver: { track: { kind: string; id: string }; getSynchronizationSources: () => unknown[] }
  stop(): void
}

/** FakeConnection writes offers as Chromium does and remembers what it is given. */
export class FakeConnection {
  readonly transceivers: FakeTransceiver[] = []
  readonly remote: RTCSessionDescriptionInit[] = []
  readonly candidates: RTCIceCandidateInit[] = []
  localDescription: RTCSessionDescriptionInit | null = null
  remoteDescription: RTCSessionDescriptionInit | null = null
  signalingState = 'stable'
  connectionState = 'new'
  closed = false
  onicecandidate: ((e: { candidate: unknown }) => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  private restarts = 0

  constructor(readonly configuration: RTCConfiguration) {}

  addTransceiver(what: string | { kind: string }, init: RTCRtpTransceiverInit = {}): FakeTransceiver {
    const kind = typeof what === 'string' ? what : what.kind
    const encodings = (init.sendEncodings ?? [{}]).map((e) => ({ ...e, active: e.active ?? true }))
    const t: FakeTransceiver = {
      mid: null, direction: init.direction ?? 'sendrecv', stopped: false,
      sender: {
        track: typeof what === 'string' ? null : what, encodings,
        replaceTrack: (track) => ((t.sender.track = track), Promise.resolve()),
        getParameters: () => ({ encodings: encodings.map((e) => ({ ...e })) }),
        setParameters: (p) => (encodings.splice(0, encodings.length, ...p.encodings.map((e) => ({ ...e, active: e.active ?? true }))), Promise.resolve()),
      },
      receiver: { track: { kind, id: `${kind}${this.transceivers.length}` }, getSynchronizationSources: () => [] },
      stop: () => (t.stopped = true),
    }
    this.transceivers.push(t)
    return t
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers.filter((t) => !t.stopped)
  }

  createOffer(o: RTCOfferOptions = {}): Promise<RTCSessionDescriptionInit> {
    if (o.iceRestart) this.restarts++
    return Promise.resolve({ type: 'offer', sdp: this.write('actpass') })
  }

  createAnswer(): Promise<RTCSessionDescriptionInit> {
    return Promise.resolve({ type: 'answer', sdp: this.write('active') })
  }

  private write(setup: string): string {
    const senders = { sendonly: 'initiator', recvonly: 'responder', sendrecv: 'both', inactive: 'none', stopped: 'none' } as const
    const places = this.transceivers.map((t, i): Place => {
      const kind = t.receiver.track.kind
      const like = offer.contents.find((c) => c.media === kind && (kind === 'audio' || c.rids.length > 0 === t.sender.encodings.length > 1))!
      const transport = { ...like.transport, setup, ufrag: `own${this.restarts}`, pwd: 'p'.repeat(24) }
      const content = t.stopped ? undefined : { ...like, name: String(i), senders: senders[t.direction], transport }
      return { mid: String(i), content, media: kind }
    })
    return writeSDP(places, places.map((p) => p.mid), 'initiator', 1)
  }

  setLocalDescription(d: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = d
    this.signalingState = d.type === 'offer' ? 'have-local-offer' : 'stable'
    this.transceivers.forEach((t, i) => (t.mid ??= String(i)))
    return Promise.resolve()
  }

  setRemoteDescription(d: RTCSessionDescriptionInit): Promise<void> {
    const order = (sdp = ''): string => outline(sdp).map((s) => `${s.mid} ${s.media}`).join()
    const fits = d.type === 'answer' ? order(d.sdp) === order(this.localDescription?.sdp) : order(d.sdp).startsWith(order(this.remoteDescription?.sdp))
    if (!fits) return Promise.reject(new DOMException('the order of the sections is another', 'InvalidAccessError'))
    this.remote.push(d)
    this.remoteDescription = d
    this.signalingState = d.type === 'offer' ? 'have-remote-offer' : 'stable'
    return Promise.resolve()
  }

  addIceCandidate(c: RTCIceCandidateInit): Promise<void> {
    this.candidates.push(c)
    return Promise.resolve()
  }

  getStats(): Promise<Map<string, unknown>> {
    return Promise.resolve(new Map())
  }

  becomes(state: string): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }

  finds(candidate: string, mid = '0'): void {
    this.onicecandidate?.({ candidate: { candidate, sdpMid: mid } })
  }

  close(): void {
    this.closed = true
  }
}

interface Asked {
  readonly to: string
  readonly payload: Element
  answer(r: Result<Element>): void
}

/** FakePort keeps what was asked until a test answers it. */
export class FakePort implements Port {
  jid = 'xn5zmq@guest.example.org/browser'
  readonly asked: Asked[] = []
  readonly sent: Element[] = []
  hurries = 0
  private serial = 0

  hurry(): void {
    this.hurries++
  }

  send(m: Markup): boolean {
    this.sent.push(parse(m.text)!)
    return true
  }

  iq(type: string, to: string, payload: Child): Promise<Result<Element>> {
    const text = typeof payload === 'object' ? payload.text : ''
    const e = parse(`<iq xmlns='jabber:client' type='${type}'>${text}</iq>`)!.firstElementChild!
    return new Promise((answer) => this.asked.push({ to, payload: e, answer }))
  }

  newID(): string {
    return `id${++this.serial}`
  }

  /** takes is the oldest request that nobody has looked at, and what it was: its action, or its name. */
  takes(what: string): Asked {
    const i = this.asked.findIndex((a) => (attr(a.payload, 'action') || a.payload.localName) === what)
    if (i < 0) throw new Error(`no ${what} among: ${this.asked.map((a) => attr(a.payload, 'action') || a.payload.localName).join(', ')}`)
    return this.asked.splice(i, 1)[0]!
  }

  /** grants answers it with a result. */
  grants(what: string, payload = ''): Element {
    const a = this.takes(what)
    a.answer({ ok: true, value: parse(`<iq xmlns='jabber:client' type='result'>${payload}</iq>`)! })
    return a.payload
  }

  refuses(what: string, condition: string, type = 'cancel'): void {
    this.takes(what).answer({ ok: false, fault: { is: 'stanza', type, condition, text: '' } })
  }
}

/** settled lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve()
}
