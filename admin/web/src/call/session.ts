import { NS } from '../shared/xmpp'
import { bad, good, type Fault, type Result } from '../shared/xmpp/fault'
import { attr, child, children, el, type Content as Child, type Markup } from '../shared/xmpp/xml'
import { sends, type Content, type Description, type Role, type Transport } from './description'
import { keyOf, readContents, readSenders, readTransport, writeContents, writeTransport, type Key } from './jingle'
import { J } from './ns'
import { outline, parseCandidate, parseSDP, writeCandidate, writeSDP, type Place, type Spot } from './sdp'
import type { Port } from './types'

/** Why a session ends (XEP-0166#def-reason). */
export interface Reason {
  readonly condition: string
  readonly text: string
}

/** What a session tells who has made it. */
export interface SessionListener {
  connection(state: RTCPeerConnectionState): void
  /** The peer has accepted, or has acknowledged that we have. */
  accepted(): void
  /** The session is over, by the peer or because it cannot go on; not told after terminate. */
  ended(why: Reason): void
  /** info is given the payloads of a session-info and reports whether it knows them. */
  info(payload: Element): boolean
  /** What the peer sends may have changed. */
  changed(): void
}

export interface SessionOptions {
  readonly port: Port
  readonly peer: string // full address
  readonly sid: string
  readonly role: Role
  readonly connection: RTCPeerConnection
  readonly listener: SessionListener
  /** narrow takes out of what the browser offers what is not wanted. */
  readonly narrow?: (c: Content) => Content
}

const gatherMs = 20 // candidates found within it go out together

const id = ({ creator, name }: Key): string => `${creator} ${name}`

/** Session is one Jingle session on one connection of the browser (XEP-0166, XEP-0167, XEP-0176). */
export class Session {
  private readonly names = new Map<RTCRtpTransceiver, string>()
  private readonly keys = new Map<string, Key>() // by mid
  private readonly remote = new Map<string, Content>() // what the peer has said, by key
  private local: Description = { contents: [], bundle: [] }
  private bundle: readonly string[] = []
  private version = 0
  private announced = false // the peer knows the session, and may be told of candidates
  private restarting = false
  private over = false
  private found: { mid: string; candidate: string }[] = []
  private early: Element[] = [] // transport-infos that came too soon
  private gathering: ReturnType<typeof setTimeout> | undefined
  private work: Promise<unknown> = Promise.resolve()
  private pending: { names: readonly string[]; done: (accepted: Description | undefined) => void } | undefined // content-add of ours

  constructor(private readonly o: SessionOptions) {
    const { connection: pc } = o
    pc.onicecandidate = (e) => e.candidate && this.gathered(e.candidate)
    pc.onconnectionstatechange = () => !this.over && o.listener.connection(pc.connectionState)
  }

  get sid(): string {
    return this.o.sid
  }

  get peer(): string {
    return this.o.peer
  }

  private get peerRole(): Role {
    return this.o.role === 'initiator' ? 'responder' : 'initiator'
  }

  /** name says what a transceiver's content is called; those without a name are called by their mid. */
  name(t: RTCRtpTransceiver, name: string): void {
    this.names.set(t, name)
  }

  /** transceiver is that of a content, undefined when there is none (any more). */
  transceiver(name: string): RTCRtpTransceiver | undefined {
    return this.o.connection.getTransceivers().find((t) => t.mid !== null && this.keys.get(t.mid)?.name === name)
  }

  /** content is what the peer has said of a content. */
  content(name: string): Content | undefined {
    return [...this.remote.values()].find((c) => c.name === name)
  }

  /** contentOf is what the peer has said of the content with this mid. */
  contentOf(mid: string): Content | undefined {
    const key = this.keys.get(mid)
    return key && this.remote.get(id(key))
  }

  /** receives reports whether the peer sends in a content. */
  receives(name: string): boolean {
    const c = this.content(name)
    return c !== undefined && sends(c.senders, this.peerRole)
  }

  // One thing after the other: an offer must be answered before the next, and the browser takes its time for each.
  private run<T>(f: () => Promise<T>): Promise<T | undefined> {
    const done = this.work.then(async () => {
      if (this.over) return undefined
      try {
        return await f()
      } catch (e) {
        this.fail('failed-application', String(e))
        return undefined
      }
    })
    this.work = done
    return done
  }

  private ask(action: string, ...content: Child[]): Promise<Result<Element>> {
    const first = action === 'session-initiate' ? { initiator: this.o.port.jid } : action === 'session-accept' ? { responder: this.o.port.jid } : {}
    return this.o.port.iq('set', this.o.peer, el('jingle', { xmlns: J.jingle, action, sid: this.sid, ...first }, ...content))
  }

  /** initiate offers what the connection's transceivers are for. */
  async initiate(extra?: Markup): Promise<Result<void>> {
    const sent = await this.run(async () => {
      const d = await this.offer()
      this.bundle = d.bundle
      return this.ask('session-initiate', ...writeContents(d, this.o.role), extra)
    })
    if (!sent) return bad<void>({ is: 'lost' })
    if (!sent.ok) {
      this.close()
      return sent
    }
    this.announce()
    return good(undefined)
  }

  private announce(): void {
    this.announced = true
    this.flush()
  }

  private async offer(options: RTCOfferOptions = {}): Promise<Description> {
    const { connection: pc } = this.o
    const offer = await pc.createOffer(options)
    await pc.setLocalDescription(offer)
    for (const t of pc.getTransceivers()) {
      if (t.mid === null || this.keys.has(t.mid)) continue
      this.keys.set(t.mid, { creator: this.o.role, name: this.names.get(t) ?? t.mid })
    }
    return (this.local = this.describe(offer.sdp ?? ''))
  }

  /** describe reads what the browser has written, under the names of the contents. */
  private describe(sdp: string): Description {
    const d = parseSDP(sdp, this.o.role)
    const key = (mid: string): Key => this.keys.get(mid) ?? { creator: this.o.role, name: mid }
    const narrow = this.o.narrow ?? ((c) => c)
    return {
      contents: d.contents.map((c) => narrow({ ...c, ...key(c.name) })),
      bundle: d.bundle.map((mid) => key(mid).name),
    }
  }

  private mid(key: Key): string | undefined {
    for (const [mid, k] of this.keys) if (id(k) === id(key)) return mid
    return undefined
  }

  /** places are the sections of a description of the peer's, in the order of the connection's own; setup is that of an offer. */
  private places(spots: readonly Spot[], setup?: string): Place[] {
    return spots.map(({ mid, media }) => {
      const key = this.keys.get(mid)
      const said = key && this.remote.get(id(key))
      const content = said && { ...said, transport: { ...said.transport, setup: setup ?? said.transport.setup } }
      return { mid, media, content }
    })
  }

  private take(d: Description): void {
    for (const c of d.contents) this.remote.set(id(c), c)
    if (d.bundle.length) this.bundle = [...new Set([...this.bundle, ...d.bundle])]
  }

  /** answered gives the browser the peer's answer to the last offer, with all that the peer has said by now. */
  private async answered(): Promise<void> {
    const { connection: pc } = this.o
    const places = this.places(outline(pc.localDescription?.sdp ?? ''))
    await pc.setRemoteDescription({ type: 'answer', sdp: writeSDP(places, this.bundle, this.peerRole, ++this.version) })
    await this.catchUp()
  }

  /** offered gives the browser the peer's offer, in which contents may be new, changed or gone. */
  private async offered(): Promise<void> {
    const { connection: pc } = this.o
    const spots = outline(pc.remoteDescription?.sdp ?? '')
    const fresh: string[] = []
    for (const c of this.remote.values()) {
      if (this.mid(c) !== undefined) continue
      const mid = /^[\w.-]{1,16}$/.test(c.name) && !spots.some((s) => s.mid === c.name) ? c.name : `m${spots.length}`
      this.keys.set(mid, { creator: c.creator, name: c.name })
      spots.push({ mid, media: c.media })
      fresh.push(mid)
    }
    await pc.setRemoteDescription({ type: 'offer', sdp: writeSDP(this.places(spots, 'actpass'), this.bundle, this.peerRole, ++this.version) })
    // Where the peer would take something, we may have something to send, now or later.
    for (const t of pc.getTransceivers()) {
      if (t.mid !== null && fresh.includes(t.mid) && this.contentOf(t.mid)?.senders === 'both') t.direction = 'sendrecv'
    }
    await this.catchUp()
  }

  private async answer(): Promise<Description> {
    const { connection: pc } = this.o
    const answer = await pc.createAnswer()
    await pc.setLocalDescription(answer)
    this.local = this.describe(answer.sdp ?? '')
    // From now on the peer's part in the handshake is the one that we have left it (RFC 8842 §5.3).
    const setup = this.local.contents[0]?.transport.setup === 'active' ? 'passive' : 'active'
    for (const [k, c] of this.remote) this.remote.set(k, { ...c, transport: { ...c.transport, setup } })
    return this.local
  }

  /** invited takes the session-initiate of an incoming session; accept answers it. */
  invited(jingle: Element): Promise<boolean> {
    return this.run(async () => {
      const d = readContents(jingle)
      if (!d.contents.length) throw new Error('nothing that can be taken')
      this.take(d)
      await this.offered()
      return true
    }).then((done) => done === true)
  }

  /** accept says what we take of an incoming session; the connection's transceivers must be as they are wanted by then. */
  async accept(): Promise<boolean> {
    const sent = await this.run(async () => {
      const d = await this.answer()
      const answer = this.ask('session-accept', ...writeContents(d, this.o.role))
      this.announce()
      return answer
    })
    if (!sent?.ok) {
      if (sent) this.fail('general-error', 'the acceptance was refused')
      return false
    }
    this.o.listener.accepted()
    return true
  }

  /** add offers what transceivers are for that have been added to the connection. It reports whether the peer takes it. */
  add(): Promise<boolean> {
    return this.run(async () => {
      const before = new Set(this.local.contents.map(id))
      const d = await this.offer()
      const added = d.contents.filter((c) => !before.has(id(c)))
      const accepted = await this.addition({ contents: added, bundle: this.bundle.length ? d.bundle : [] })
      if (accepted) this.take(accepted)
      await this.answered() // with what was not accepted as rejected, which stops it
      if (!accepted) this.forget(added)
      this.o.listener.changed()
      return accepted !== undefined
    }).then((done) => done === true)
  }

  private addition(d: Description): Promise<Description | undefined> {
    return new Promise((resolve) => {
      const done = (accepted: Description | undefined): void => {
        clearTimeout(timer)
        this.pending = undefined
        resolve(accepted)
      }
      const timer = setTimeout(() => done(undefined), 15_000)
      this.pending = { names: d.contents.map((c) => c.name), done }
      void this.ask('content-add', ...writeContents(d, this.o.role)).then((r) => !r.ok && this.pending?.done === done && done(undefined))
    })
  }

  /** remove stops transceivers and takes their contents out. */
  remove(names: readonly string[]): Promise<void> {
    return this.run(async () => {
      const gone = [...this.keys.values()].filter((k) => names.includes(k.name) && this.local.contents.some((c) => id(c) === id(k)))
      for (const t of names.map((n) => this.transceiver(n))) t?.stop()
      await this.offer()
      for (const k of gone) this.remote.delete(id(k))
      this.bundle = this.bundle.filter((n) => !names.includes(n))
      await this.ask('content-remove', ...gone.map(({ creator, name }) => el('content', { creator, name })))
      await this.answered()
      this.forget(gone)
      this.o.listener.changed()
    }).then(() => undefined)
  }

  /** forget: what has these keys is no more, so that the names may be used again. */
  private forget(gone: readonly Key[]): void {
    const isGone = (k: Key): boolean => gone.some((g) => id(g) === id(k))
    for (const [mid, k] of this.keys) if (isGone(k)) this.keys.set(mid, { creator: k.creator, name: '' })
    this.local = { ...this.local, contents: this.local.contents.filter((c) => !isGone(c)) }
  }

  /** restart looks for a new path (XEP-0176 has the peer answer with its own new credentials). It reports what the peer said to it. */
  restart(): Promise<Fault | undefined> {
    return this.run(async () => {
      // An offer that was never answered may be made again.
      if (this.o.connection.signalingState !== 'stable' && !this.restarting) return undefined
      this.restarting = true
      const d = await this.offer({ iceRestart: true })
      const sent = this.ask('transport-info', ...this.transports(d))
      this.flush()
      const answer = await sent
      return answer.ok ? undefined : answer.fault
    })
  }

  /** transports are the new credentials of each transport, with no candidates. */
  private transports(d: Description): Markup[] {
    const first = d.contents.find((c) => c.name === d.bundle[0])
    const of = d.contents.filter((c) => !d.bundle.includes(c.name) || c === first)
    return of.map(({ creator, name, transport }) => el('content', { creator, name }, writeTransport({ ...transport, candidates: [] })))
  }

  private gathered(c: RTCIceCandidate): void {
    this.found.push({ mid: c.sdpMid ?? '', candidate: c.candidate })
    if (this.announced) this.gathering ??= setTimeout(() => this.flush(), gatherMs)
  }

  /** flush tells the peer of the candidates found by now. */
  private flush(): void {
    clearTimeout(this.gathering)
    this.gathering = undefined
    if (!this.announced || this.over) return
    const found = this.found.splice(0)
    const contents = [...new Set(found.map((f) => f.mid))].flatMap((mid) => {
      const key = this.keys.get(mid)
      const transport = key && this.local.contents.find((c) => id(c) === id(key))?.transport
      const candidates = found.filter((f) => f.mid === mid).flatMap((f) => parseCandidate(f.candidate) ?? [])
      if (!key || !transport || !candidates.length) return []
      const { ufrag, pwd } = transport
      return [el('content', { creator: key.creator, name: key.name }, writeTransport({ ufrag, pwd, fingerprints: [], setup: '', candidates }))]
    })
    if (contents.length) void this.ask('transport-info', ...contents)
  }

  private async catchUp(): Promise<void> {
    for (const jingle of this.early.splice(0)) await this.transportInfo(jingle)
  }

  private async transportInfo(jingle: Element): Promise<void> {
    const { connection: pc } = this.o
    if (!pc.remoteDescription) return void this.early.push(jingle)
    const said = children(jingle, J.jingle, 'content').flatMap((e) => {
      const t = child(e, J.ice, 'transport')
      const of = this.remote.get(id(keyOf(e)))
      return t && of ? [{ of, transport: readTransport(t) }] : []
    })
    const fresh = said.filter(({ of, transport }) => transport.ufrag && transport.ufrag !== of.transport.ufrag)
    if (fresh.length) await this.restarted(fresh)
    for (const { of, transport } of said) {
      for (const c of transport.candidates) {
        // A candidate that the browser cannot use, as one of a protocol that it does not have, is as good as none.
        await pc.addIceCandidate({ candidate: writeCandidate(c), sdpMid: this.mid(of) }).catch(() => undefined)
      }
    }
  }

  /** restarted: the peer has new credentials, as an answer to a restart of ours, or as one of its own. */
  private async restarted(fresh: readonly { of: Content; transport: Transport }[]): Promise<void> {
    for (const { of, transport: said } of fresh) {
      const transport: Transport = {
        ufrag: said.ufrag,
        pwd: said.pwd,
        fingerprints: said.fingerprints.length ? said.fingerprints : of.transport.fingerprints,
        setup: of.transport.setup,
        candidates: [],
      }
      const together = this.bundle.includes(of.name)
      for (const [k, c] of this.remote) if (id(c) === id(of) || (together && this.bundle.includes(c.name))) this.remote.set(k, { ...c, transport })
    }
    if (this.restarting) {
      this.restarting = false
      return this.answered()
    }
    if (this.o.connection.signalingState !== 'stable') return
    await this.offered()
    const d = await this.answer()
    await this.ask('transport-info', ...this.transports(d))
    this.flush()
  }

  /** receive takes a request with this session's sid from its peer, and gives the answer. */
  receive(iq: Element): Markup {
    const jingle = child(iq, J.jingle, 'jingle')!
    const names = children(jingle, J.jingle, 'content').map((c) => attr(c, 'name'))
    switch (attr(jingle, 'action')) {
      case 'session-accept':
        if (this.o.role !== 'initiator' || this.remote.size) return outOfOrder(iq)
        void this.run(() => this.wasAccepted(jingle))
        return result(iq)
      case 'session-terminate':
        queueMicrotask(() => this.terminated(jingle))
        return result(iq)
      case 'transport-info':
        void this.run(() => this.transportInfo(jingle))
        return result(iq)
      case 'content-accept':
      case 'content-reject': {
        const { pending } = this
        if (!pending || !names.some((n) => pending.names.includes(n))) return outOfOrder(iq)
        const accepted = attr(jingle, 'action') === 'content-accept' ? readContents(jingle) : undefined
        queueMicrotask(() => pending.done(accepted))
        return result(iq)
      }
      case 'content-add':
        if (this.pending) return tieBreak(iq)
        void this.run(() => this.contentAdd(jingle))
        return result(iq)
      case 'content-modify':
      case 'content-remove':
        void this.run(() => this.contentChange(jingle))
        return result(iq)
      case 'session-info':
        return this.receiveInfo(iq, jingle)
      case 'description-info':
      case 'security-info':
        return result(iq)
    }
    return error(iq, 'cancel', 'feature-not-implemented')
  }

  private receiveInfo(iq: Element, jingle: Element): Markup {
    const known = [...jingle.children].map((e) => this.o.listener.info(e))
    if (known.includes(false)) return error(iq, 'modify', 'feature-not-implemented', el('unsupported-info', { xmlns: J.errors }))
    return result(iq)
  }

  private async wasAccepted(jingle: Element): Promise<void> {
    const d = readContents(jingle)
    if (!d.contents.length) return this.fail('incompatible-parameters', 'nothing was accepted')
    this.bundle = []
    this.take(d)
    await this.answered()
    this.o.listener.accepted()
    this.o.listener.changed()
  }

  private async contentAdd(jingle: Element): Promise<void> {
    const added = readContents(jingle)
    this.take(added)
    await this.offered()
    const d = await this.answer()
    const taken = d.contents.filter((c) => added.contents.some((a) => id(a) === id(c)))
    if (taken.length) await this.ask('content-accept', ...writeContents({ contents: taken, bundle: d.bundle }, this.o.role))
    const refused = added.contents.filter((a) => !taken.some((c) => id(a) === id(c)))
    if (refused.length) await this.ask('content-reject', ...refused.map(({ creator, name }) => el('content', { creator, name })))
    this.flush()
    this.o.listener.changed()
  }

  private async contentChange(jingle: Element): Promise<void> {
    const remove = attr(jingle, 'action') === 'content-remove'
    for (const e of children(jingle, J.jingle, 'content')) {
      const key = id(keyOf(e))
      const content = this.remote.get(key)
      if (!content) continue
      if (remove) this.remote.delete(key)
      else this.remote.set(key, { ...content, senders: readSenders(e) })
    }
    if (!this.remote.size) return this.fail('success', '')
    await this.offered()
    await this.answer()
    this.o.listener.changed()
  }

  private terminated(jingle: Element): void {
    const reason = child(jingle, J.jingle, 'reason')
    const condition = [...(reason?.children ?? [])].find((c) => c.namespaceURI === J.jingle && c.localName !== 'text')?.localName ?? 'general-error'
    this.end({ condition, text: child(reason, J.jingle, 'text')?.textContent ?? '' })
  }

  private fail(condition: string, text: string): void {
    if (this.over) return
    this.say(condition)
    this.end({ condition, text })
  }

  private end(why: Reason): void {
    if (this.over) return
    this.close()
    this.o.listener.ended(why)
  }

  private say(condition: string): void {
    void this.ask('session-terminate', el('reason', {}, el(condition)))
  }

  /** inform sends a session-info. It reports whether it has arrived. */
  async inform(payload: Markup): Promise<boolean> {
    return this.announced && !this.over && (await this.ask('session-info', payload)).ok
  }

  /** terminate ends the session; the listener hears no more. */
  terminate(condition: string): void {
    if (this.over) return
    this.say(condition)
    this.close()
  }

  /** close lets go of the connection and tells nobody. */
  close(): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.gathering)
    this.pending?.done(undefined)
    const { connection: pc } = this.o
    pc.onicecandidate = pc.onconnectionstatechange = null
    pc.close()
  }
}

/** result acknowledges a request (RFC 6120 §8.2.3). */
export function result(iq: Element): Markup {
  return el('iq', { xmlns: NS.client, type: 'result', id: attr(iq, 'id'), to: attr(iq, 'from') })
}

export function error(iq: Element, type: string, condition: string, application?: Markup): Markup {
  return el(
    'iq',
    { xmlns: NS.client, type: 'error', id: attr(iq, 'id'), to: attr(iq, 'from') },
    el('error', { type }, el(condition, { xmlns: NS.stanzaErrors }), application),
  )
}

const outOfOrder = (iq: Element): Markup => error(iq, 'wait', 'unexpected-request', el('out-of-order', { xmlns: J.errors }))
const tieBreak = (iq: Element): Markup => error(iq, 'cancel', 'conflict', el('tie-break', { xmlns: J.errors }))
/** unknownSession refuses what belongs to no session. */
export const unknownSession = (iq: Element): Markup => error(iq, 'cancel', 'item-not-found', el('unknown-session', { xmlns: J.errors }))
