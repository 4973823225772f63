import { bad, good, streamFault, type Fault, type Result } from './fault'
import { NS } from './ns'
import { el, is, parse, type Markup } from './xml'

/** The part of a WebSocket that is used here, so that tests can stand in for it. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'readyState' | 'onopen' | 'onclose' | 'onerror' | 'onmessage'>
export type Dial = (url: string) => Socket

export const dialWebSocket: Dial = (url) => new WebSocket(url, 'xmpp') // RFC 7395 §3.1

/**
 * A Wire is one WebSocket connection with a stream on it (RFC 7395). While a login is under way, next takes its frames one
 * after the other; afterwards whoever calls listen gets them.
 */
export class Wire {
  private readonly socket: Socket
  private readonly frames: Element[] = []
  private waiting: ((r: Result<Element>) => void) | undefined
  private listener: ((e: Element) => void) | undefined
  private ended: Fault | undefined
  private readonly opened: Promise<void> // or failed to
  private ready: () => void = () => {}
  /** onEnd is called once, when the connection is gone. */
  onEnd: (why: Fault) => void = () => {}
  /** heard is when the last frame came, in milliseconds. */
  heard = Date.now()

  constructor(dial: Dial, url: string) {
    const socket = (this.socket = dial(url))
    this.opened = new Promise((resolve) => {
      this.ready = resolve
    })
    socket.onopen = () => this.ready()
    socket.onmessage = (m) => this.receive(String(m.data))
    socket.onerror = () => this.end({ is: 'lost' })
    socket.onclose = () => this.end({ is: 'lost' })
  }

  private receive(frame: string): void {
    this.heard = Date.now()
    if (this.ended) return
    const e = parse(frame)
    if (!e) return this.end({ is: 'protocol', text: 'a frame is not one element' })
    if (is(e, NS.streams, 'error')) return this.end(streamFault(e))
    if (is(e, NS.framing, 'close')) return this.end({ is: 'lost' })
    if (this.listener) return this.listener(e)
    if (this.waiting) return this.answer(good(e))
    this.frames.push(e)
  }

  private answer(r: Result<Element>): void {
    const waiting = this.waiting
    this.waiting = undefined
    waiting?.(r)
  }

  /** next is the next frame, or why there is none. */
  next(): Promise<Result<Element>> {
    const first = this.frames.shift()
    if (first) return Promise.resolve(good(first))
    if (this.ended) return Promise.resolve(bad(this.ended))
    return new Promise((resolve) => {
      this.waiting = resolve
    })
  }

  /** listen hands over what has come already, and all that comes. */
  listen(listener: (e: Element) => void): void {
    this.listener = listener
    for (const e of this.frames.splice(0)) listener(e)
  }

  /** open begins a stream, the first one or the one after the login (RFC 7395 §3.4, §3.7). */
  async open(domain: string): Promise<void> {
    await this.opened
    this.send(el('open', { xmlns: NS.framing, to: domain, version: '1.0' }))
  }

  send(m: Markup): void {
    if (!this.ended && this.socket.readyState === 1) this.socket.send(m.text)
  }

  /** close says goodbye (RFC 7395 §3.6); nothing that comes afterwards is listened to. */
  close(): void {
    this.send(el('close', { xmlns: NS.framing }))
    this.end({ is: 'lost' })
  }

  /** end gives the connection up at once: a dead network would not let it close in good order. */
  end(why: Fault): void {
    if (this.ended) return
    this.ended = why
    this.socket.close()
    this.ready()
    this.answer(bad(why))
    this.onEnd(why)
  }
}
