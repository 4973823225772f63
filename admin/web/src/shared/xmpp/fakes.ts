// What the tests of the connection and of rooms put in the place of a server: frames as they really are on the wire.
import { expect } from 'vitest'
import { parse } from './xml'
import type { Socket } from './wire'

const features = (inner: string): string => `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${inner}</stream:features>`

export const frames = {
  open: "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='guest.localhost' id='c2FsYW1p' version='1.0' xml:lang='en'/>",
  close: "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
  mechanisms: features("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>ANONYMOUS</mechanism></mechanisms>"),
  bound: features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/><csi xmlns='urn:xmpp:csi:0'/>"),
  success: "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
  bind: "<iq xmlns='jabber:client' type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>g7@guest.localhost/r1</jid></bind></iq>",
  enabled: "<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true' max='60'/>",
  resumed: (h: number) => `<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='${h}'/>`,
  ack: (h: number) => `<a xmlns='urn:xmpp:sm:3' h='${h}'/>`,
  request: "<r xmlns='urn:xmpp:sm:3'/>",
}

/** FakeSocket is one connection, seen from the server. */
export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  onmessage: Socket['onmessage'] = null
  readyState: Socket['readyState'] = 0
  readonly sent: string[] = []
  closed = false

  send(data: unknown): void {
    this.sent.push(String(data))
  }

  close(): void {
    this.closed = true
    this.readyState = 3
  }

  opens(): void {
    this.readyState = 1
    this.onopen?.call(this as unknown as WebSocket, new Event('open'))
  }

  says(...what: string[]): void {
    for (const data of what) this.onmessage?.call(this as unknown as WebSocket, { data } as MessageEvent)
  }

  breaks(): void {
    this.readyState = 3
    this.onclose?.call(this as unknown as WebSocket, {} as CloseEvent)
  }

  /** takes is the oldest frame that nobody has looked at. */
  takes(): Element {
    const frame = this.sent.shift()
    expect(frame, 'a frame from the client').toBeDefined()
    return parse(frame!)!
  }
}

/** settled lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** letIn answers a login up to the choice between a new session and the earlier one. */
export async function letIn(s: FakeSocket): Promise<void> {
  s.opens()
  await settled()
  s.says(frames.open, frames.mechanisms)
  await settled()
  s.says(frames.success)
  await settled()
  s.says(frames.open, frames.bound)
  await settled()
}

/** newSession answers the rest of a login. */
export async function newSession(s: FakeSocket): Promise<void> {
  s.says(frames.bind)
  await settled()
  s.says(frames.enabled)
  await settled()
}
