import { attr, child, children, text } from '../xmpp/xml'
import { NS } from '../xmpp/ns'
import { MUC } from './ns'

/** What a message from a room means; '' and undefined stand for "nothing of that kind". */
export interface Message {
  readonly type: string
  readonly body: string
  readonly at: number // when it was said: now, or what a delay by the room tells
  readonly stanzaID: string // the room's own (XEP-0359)
  readonly subject: string | undefined
  readonly replaces: string // the id of the message that it corrects
  readonly retracts: string // the room's id of the message that it takes back
  readonly moderated: string // address of the moderator who does that
  readonly reason: string
  readonly sealed: boolean // encrypted for members
  readonly state: string // of writing (XEP-0085)
}

export function readMessage(e: Element, room: string): Message {
  const retract = child(e, MUC.retract, 'retract')
  const body = text(e, NS.client, 'body')
  const subject = text(e, NS.client, 'subject')
  return {
    type: attr(e, 'type') || 'normal',
    body: body?.replace(/\r\n?/g, '\n').trimEnd() ?? '',
    at: readDelay(e),
    stanzaID: attr(children(e, MUC.stanzaID, 'stanza-id').find((s) => attr(s, 'by') === room), 'id'),
    subject: body === undefined && !child(e, NS.client, 'thread') ? subject : undefined, // XEP-0045#subject-mod
    replaces: attr(child(e, MUC.replace, 'replace'), 'id'),
    retracts: attr(retract, 'id'),
    moderated: attr(child(retract, MUC.moderate, 'moderated'), 'by'),
    reason: text(retract, MUC.retract, 'reason') ?? '',
    sealed: child(e, MUC.encryption, 'encryption') !== undefined, // the room keeps the rest of it from guests
    state: [...e.children].find((c) => c.namespaceURI === MUC.states)?.localName ?? '',
  }
}

function readDelay(e: Element): number {
  const stamp = Date.parse(attr(child(e, MUC.delay, 'delay'), 'stamp'))
  return Number.isNaN(stamp) ? Date.now() : stamp
}
