import { good, type Result } from '../../shared/xmpp/fault'
import { NS } from '../../shared/xmpp/ns'
import { attr, child, el, is, text, type Content } from '../../shared/xmpp/xml'
import { MUC } from '../../shared/muc/ns'
import type { Stored } from '../../shared/muc'
import { APP } from './ns'

/** The connection as the archive uses it. */
export interface Asking {
  readonly jid: string
  iq(type: 'get' | 'set', to: string, payload: Content, ms?: number): Promise<Result<Element>>
  newID(): string
}

/** What is asked for: the newest messages, or those before one. */
export interface Question {
  readonly with?: string // in one's own archive: the other
  readonly before?: string // id of the oldest message that one has; '' for the newest
  readonly max: number
}

export interface Page {
  readonly messages: readonly Stored[] // the oldest first
  readonly complete: boolean // there is nothing before them
  readonly first: string // id of the oldest; '' when there is none
}

/** readForwarded is the message in a forward (XEP-0297), and when it was sent. */
export function readForwarded(holder: Element | undefined): { message: Element; at: number } | undefined {
  const forwarded = child(holder, APP.forward, 'forwarded')
  const message = child(forwarded, NS.client, 'message')
  const at = Date.parse(attr(child(forwarded, MUC.delay, 'delay'), 'stamp'))
  return message && { message, at: Number.isNaN(at) ? Date.now() : at }
}

/** Archive reads message archives, one's own and those of rooms (XEP-0313). */
export class Archive {
  private readonly asked = new Map<string, { of: string; got: Stored[] }>()

  constructor(private readonly port: Asking) {}

  /** page asks the archive of a bare address. */
  async page(of: string, q: Question): Promise<Result<Page>> {
    const id = this.port.newID()
    const asked = { of, got: [] as Stored[] }
    this.asked.set(id, asked)
    const filter = q.with && field('with', q.with)
    const form = filter && el('x', { xmlns: APP.form, type: 'submit' }, field('FORM_TYPE', APP.mam), filter)
    const set = el('set', { xmlns: APP.rsm }, el('max', {}, String(q.max)), el('before', {}, q.before ?? ''))
    const answer = await this.port.iq('set', of, el('query', { xmlns: APP.mam, queryid: id }, form || undefined, set), 30_000)
    this.asked.delete(id)
    if (!answer.ok) return answer
    const fin = child(answer.value, APP.mam, 'fin')
    const first = text(child(fin, APP.rsm, 'set'), APP.rsm, 'first') ?? ''
    return good({ messages: asked.got, complete: attr(fin, 'complete') === 'true' || asked.got.length === 0, first })
  }

  /** stanza takes a message if it is part of an answer: of the archive that was asked, and of no other sender. */
  stanza(e: Element): boolean {
    const result = child(e, APP.mam, 'result')
    if (!result || !is(e, NS.client, 'message')) return false
    const asked = this.asked.get(attr(result, 'queryid'))
    if (asked && attr(e, 'from') === asked.of) {
      const found = readForwarded(result)
      if (found) asked.got.push({ id: attr(result, 'id'), ...found })
    }
    return true
  }
}

export function field(name: string, ...values: string[]) {
  return el('field', { var: name }, ...values.map((v) => el('value', {}, v)))
}
