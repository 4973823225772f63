import { answer } from './answers'
import { backoff } from './backoff'
import { bad, good, stanzaFault, type Fault, type Result } from './fault'
import { count, login, type Credentials, type Session } from './login'
import { Management } from './management'
import { NS } from './ns'
import { dialWebSocket, Wire, type Dial } from './wire'
import { attr, el, is, type Content, type Markup } from './xml'

/** Where the connection is. A client that has ended stays so: whoever wants to go on makes another. */
export type State =
  | { readonly is: 'connecting' }
  | { readonly is: 'online' }
  | { readonly is: 'waiting'; readonly until: number; readonly fault: Fault } // for the next attempt, at that time in ms
  | { readonly is: 'ended'; readonly fault: Fault | undefined } // undefined: by close

export interface Listener {
  state(s: State): void
  /** A session begins. Not called when a lost one is resumed. lost are ids of stanzas that may not have arrived. */
  session(jid: string, lost: readonly string[]): void
  /** A lost session goes on: what was sent meanwhile has gone out. */
  resumed?(): void
  stanza(e: Element): void
  /** The server has got stanzas that were sent with these ids. */
  arrived?(ids: readonly string[]): void
  /** A request has come from somebody else. What it gives is the answer; undefined leaves that to the client. */
  request?(iq: Element): Markup | undefined
}

export interface Options {
  readonly url: string
  readonly credentials: Credentials
  readonly dial?: Dial
}

const loginMs = 20_000 // for a login, from the first byte
const silenceMs = 25_000 // without a word from the server before it is asked for one
const graceMs = 10_000 // for its answer
const wakeGraceMs = 4_000 // the same when the page has just come back to the front, and somebody looks
const hurryMs = 2_000 // the same, and for a connection to come about, when a call knows that the network comes and goes
const steadyMs = 10_000 // after which a connection is good, and the next one that breaks is tried again at once
const ackEvery = 5 // stanzas between two requests for an acknowledgement

/** Client is one connection of a guest or a user: it logs in, keeps the connection and comes back when that is lost. */
export class Client {
  private readonly management = new Management()
  private readonly requests = new Map<string, (r: Result<Element>) => void>()
  private wire: Wire | undefined
  private session: { id: string | undefined; local: string } | undefined // that we are in or that may be resumed
  private begun = false // whether there has been one
  private online = false
  private ended = false
  private since = 0
  private attempt = 0
  private wait: ReturnType<typeof setTimeout> | undefined
  private watch: ReturnType<typeof setTimeout> | undefined
  private dialed = 0 // when the last attempt began, in ms
  private hurried = false // an answer is waited for as long as in a hurry
  private serial = 0
  /** jid is the full address in the latest session, '' before there was one. */
  jid = ''

  constructor(
    private readonly options: Options,
    private readonly listener: Listener,
  ) {}

  /** connect makes an attempt now, whatever was planned. */
  connect(): void {
    if (this.ended || this.wire) return
    clearTimeout(this.wait)
    this.listener.state({ is: 'connecting' })
    this.dialed = Date.now()
    const wire = new Wire(this.options.dial ?? dialWebSocket, this.options.url)
    this.wire = wire
    wire.onEnd = (why) => this.lost(why)
    void this.login(wire)
  }

  private async login(wire: Wire): Promise<void> {
    const deadline = setTimeout(() => wire.end({ is: 'timeout' }), loginMs)
    const { session } = this
    const earlier = session?.id === undefined ? undefined : { id: session.id, local: session.local, handled: this.management.handled }
    const done = await login(wire, this.options.credentials, earlier)
    clearTimeout(deadline)
    if (this.wire !== wire) return
    if (!done.ok) return wire.end(done.fault)
    this.begin(wire, done.value)
  }

  private begin(wire: Wire, s: Session): void {
    this.online = true
    this.since = Date.now()
    let lost: string[] | undefined
    if (s.is === 'resumed') {
      if (!this.acked(s.handled)) return wire.end({ is: 'protocol', text: 'h is too high' })
      for (const sent of this.management.pending()) wire.send(sent.markup)
    } else {
      lost = this.forget(s.missed)
      this.session = { id: s.id, local: s.jid.split('@')[0] ?? '' }
      this.begun = true
      this.jid = s.jid
    }
    this.listener.state({ is: 'online' })
    if (s.is === 'new') this.listener.session(s.jid, lost ?? [])
    else this.listener.resumed?.()
    if (this.wire !== wire) return
    wire.listen((e) => this.receive(e))
    this.keepWatch(wire)
  }

  /** forget gives up the session that was, and all that waited in it. */
  private forget(handled?: number): string[] {
    this.session = undefined
    const lost = this.management.drop(handled).map((sent) => sent.id)
    for (const done of [...this.requests.values()]) done(bad({ is: 'lost' }))
    return lost
  }

  private lost(why: Fault): void {
    if (this.online && Date.now() - this.since >= steadyMs) this.attempt = 0
    this.wire = undefined
    this.online = false
    clearTimeout(this.watch)
    if (this.ended) return
    if (isFinal(why) || (why.is === 'sasl' && !this.begun)) return this.end(why)
    if (why.is === 'protocol') this.session = undefined // to go on with it would break again
    const ms = backoff(this.attempt++)
    this.wait = setTimeout(() => this.connect(), ms)
    this.listener.state({ is: 'waiting', until: Date.now() + ms, fault: why })
  }

  private end(fault: Fault | undefined): void {
    this.ended = true
    clearTimeout(this.wait)
    clearTimeout(this.watch)
    this.forget()
    this.listener.state({ is: 'ended', fault })
  }

  private receive(e: Element): void {
    if (e.namespaceURI === NS.sm) return this.receiveManagement(e)
    this.management.received()
    if (!is(e, NS.client, 'iq')) return this.listener.stanza(e)
    const type = attr(e, 'type')
    if (type === 'get' || type === 'set') this.send(this.listener.request?.(e) ?? answer(e))
    else this.requests.get(`${attr(e, 'id')} ${attr(e, 'from')}`)?.(type === 'result' ? good(e) : bad(stanzaFault(e)))
  }

  private receiveManagement(e: Element): void {
    if (e.localName === 'r') this.wire?.send(el('a', { xmlns: NS.sm, h: String(this.management.handled) }))
    if (e.localName !== 'a') return
    const h = count(e)
    if (h === undefined || !this.acked(h)) this.wire?.end({ is: 'protocol', text: 'h is too high' })
  }

  private acked(h: number): boolean {
    const before = this.management.pending().map((sent) => sent.id)
    if (!this.management.acked(h)) return false
    const arrived = before.slice(0, before.length - this.management.unacknowledged)
    if (arrived.length) this.listener.arrived?.(arrived)
    return true
  }

  /**
   * send sends a stanza, or keeps it until the session goes on. It reports false when there is no session. The listener gets
   * the id when the session ends and the stanza may not have arrived.
   *
   * ask is for what people wait for: the server is asked at once whether it has come.
   */
  send(m: Markup, id = '', ask = false): boolean {
    if (!this.session) return false
    this.management.sent({ id, markup: m })
    if (!this.online) return true
    this.wire?.send(m)
    if (ask || this.management.unacknowledged >= ackEvery) this.wire?.send(el('r', { xmlns: NS.sm }))
    return true
  }

  /** iq asks somebody; the answer comes within ms or not at all. */
  iq(type: 'get' | 'set', to: string, payload: Content, ms = 15_000): Promise<Result<Element>> {
    const id = this.newID()
    const key = `${id} ${to}` // only he who was asked can answer
    return new Promise((resolve) => {
      const done = (r: Result<Element>): void => {
        clearTimeout(timer)
        this.requests.delete(key)
        resolve(r)
      }
      const timer = setTimeout(() => done(bad({ is: 'timeout' })), ms)
      this.requests.set(key, done)
      if (!this.send(el('iq', { xmlns: NS.client, type, to, id }, payload), id)) done(bad({ is: 'lost' }))
    })
  }

  newID(): string {
    return `${(++this.serial).toString(36)}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
  }

  /** keepWatch finds out that a connection is dead, which the browser does not tell. */
  private keepWatch(wire: Wire): void {
    clearTimeout(this.watch)
    this.hurried = false
    const left = silenceMs - (Date.now() - wire.heard)
    this.watch = setTimeout(() => {
      if (Date.now() - wire.heard < silenceMs) this.keepWatch(wire)
      else this.probe(wire, graceMs)
    }, left)
  }

  /** probe asks for a sign of life. */
  private probe(wire: Wire, grace: number): void {
    clearTimeout(this.watch)
    const asked = Date.now()
    wire.send(el('r', { xmlns: NS.sm }))
    this.watch = setTimeout(() => {
      if (wire.heard < asked) wire.end({ is: 'timeout' })
      else this.keepWatch(wire)
    }, grace)
  }

  /** wake is called when the page comes to the front or the network back: timers may have slept. */
  wake(): void {
    if (!this.wire) this.connect()
    else if (this.online) this.probe(this.wire, wakeGraceMs)
  }

  /**
   * hurry is called again and again by a call that has lost its path. What does not answer soon is given up and tried anew: TCP by itself
   * waits longer each time, and would wait on when the network is there again.
   */
  hurry(): void {
    if (!this.wire) return this.connect()
    if (this.online) {
      if (this.hurried) return
      this.probe(this.wire, hurryMs)
      this.hurried = true
    } else if (Date.now() - this.dialed >= hurryMs) {
      this.wire.end({ is: 'timeout' })
      this.connect()
    }
  }

  /** cut is called when the browser says that there is no network: waiting for the silence would only take longer. */
  cut(): void {
    if (this.online) this.wire?.end({ is: 'lost' })
  }

  /** close ends the session in good order; farewell goes out first. */
  close(farewell?: Markup): void {
    if (this.ended) return
    const wire = this.wire
    if (farewell && this.online) wire?.send(farewell)
    this.end(undefined)
    wire?.close()
  }
}

/** isFinal tells what another attempt would not change: the link opens nothing, or somebody has ended the session. */
function isFinal(f: Fault): boolean {
  if (f.is === 'sasl') return f.condition !== 'temporary-auth-failure'
  return f.is === 'stream' && ['conflict', 'not-authorized', 'policy-violation', 'host-unknown'].includes(f.condition)
}
