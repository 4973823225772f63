// What the tests of the app put in the place of a server: the stanzas that it sends, as they really are on the wire.
import { FakeSocket, frames, settled } from '../../shared/xmpp/fakes'
import { attr, parse } from '../../shared/xmpp/xml'
import { Desk } from './desk'

export const me = { jid: 'juliet@example.org', name: 'Juliet Capulet', domain: 'example.org', groupDomain: 'groups.example.org', numberDomain: 'pbx.example.org' }

const features = (inner: string): string => `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${inner}</stream:features>`

/** A Desk beside the server's end of its connection. */
export class Table {
  readonly sockets: FakeSocket[] = []
  readonly desk = new Desk(me, () => this.sockets[this.sockets.push(new FakeSocket()) - 1]!)

  get socket(): FakeSocket {
    return this.sockets.at(-1)!
  }

  /** logsIn lets the page in; what it sent for that is out of the way. */
  async logsIn(): Promise<void> {
    if (this.sockets.length === 0) this.desk.connect()
    const s = this.socket
    s.opens()
    await settled()
    s.says(frames.open, features("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism><mechanism>PLAIN</mechanism></mechanisms>"))
    await settled()
    s.says(frames.success)
    await settled()
    s.says(frames.open, frames.bound)
    await settled()
    s.says("<iq xmlns='jabber:client' type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.org/web</jid></bind></iq>")
    await settled()
    s.says(frames.enabled)
    // The hash of what the page can do is made by another thread.
    while (this.sent((e) => e.localName === 'presence').length === 0) await new Promise((resolve) => setImmediate(resolve))
    await settled()
  }

  /** rest lets everything happen that waits for nothing but its turn. */
  rest(): Promise<void> {
    return settled()
  }

  says(...stanzas: string[]): void {
    this.socket.says(...stanzas)
  }

  /** sent are all stanzas that were sent and fit. */
  sent(fits: (e: Element) => boolean): Element[] {
    return this.socket.sent.map((f) => parse(f)!).filter(fits)
  }

  /** asked is the latest request with this content. */
  asked(space: string, fits: (e: Element) => boolean = () => true): Element {
    const found = this.sent((e) => e.localName === 'iq' && e.firstElementChild?.namespaceURI === space && fits(e)).at(-1)
    if (!found) throw new Error(`nobody asked for ${space}`)
    return found
  }

  /** answers gives the result of a request. */
  async answers(request: Element, content = ''): Promise<void> {
    this.says(`<iq xmlns='jabber:client' type='result' id='${attr(request, 'id')}' from='${attr(request, 'to')}'>${content}</iq>`)
    await this.rest()
  }

  /** stored is a message of an archive that answers a request. */
  stored(request: Element, id: string, at: string, message: string): void {
    const query = request.firstElementChild!
    this.says(`<message xmlns='jabber:client' from='${attr(request, 'to')}' to='juliet@example.org/web'><result xmlns='urn:xmpp:mam:2' queryid='${attr(query, 'queryid')}' id='${id}'>` +
      `<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${at}'/>${message}</forwarded></result></message>`)
  }

  /** fin ends the answer of an archive. */
  fin(request: Element, first: string, complete = false): Promise<void> {
    const set = first ? `<set xmlns='http://jabber.org/protocol/rsm'><first>${first}</first></set>` : "<set xmlns='http://jabber.org/protocol/rsm'/>"
    return this.answers(request, `<fin xmlns='urn:xmpp:mam:2' complete='${complete}'>${set}</fin>`)
  }
}
