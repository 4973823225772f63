import { batch, signal } from '@preact/signals'
import { attr, child, children, is } from '../../shared/xmpp/xml'
import { domain, localpart } from '../../shared/xmpp/jid'
import { APP } from './ns'

/** A Contact is somebody in the roster (RFC 6121 §2). */
export interface Contact {
  readonly jid: string
  readonly name: string // the address's local part where the roster has none
  readonly groups: readonly string[] // as the roster names them
  readonly subscription: string
}

/** readItem is what a roster item says; undefined for one that is to go. */
export function readItem(item: Element): { jid: string; contact: Contact | undefined } {
  const jid = attr(item, 'jid')
  const subscription = attr(item, 'subscription') || 'none'
  if (subscription === 'remove') return { jid, contact: undefined }
  const groups = children(item, APP.roster, 'group').map((g) => g.textContent?.trim() ?? '').filter(Boolean)
  return { jid, contact: { jid, name: attr(item, 'name').trim() || localpart(jid), groups, subscription } }
}

/** isTeam reports whether an address is one of a team: at the domain of numbers, and no number. */
export function isTeam(jid: string, numberDomain: string): boolean {
  return domain(jid) === numberDomain && jid.includes('@') && !/^\+?[\d*#]+$/.test(localpart(jid))
}

/** Roster is the list of contacts, kept up to date by the server's pushes. */
export class Roster {
  /** people, and what else somebody has as a contact. */
  readonly contacts = signal<ReadonlyMap<string, Contact>>(new Map())
  /** teams, which are shown by themselves. */
  readonly teams = signal<ReadonlyMap<string, Contact>>(new Map())
  /** whether it has come; before, an empty list says nothing. */
  readonly loaded = signal(false)

  constructor(private readonly numberDomain: string) {}

  /** load takes the whole list. */
  load(iq: Element): void {
    const query = child(iq, APP.roster, 'query')
    this.take(query ? children(query, APP.roster, 'item') : [], new Map(), new Map())
    this.loaded.value = true
  }

  /** push takes one change (RFC 6121 §2.1.6). It reports whether the request was one. */
  push(iq: Element): boolean {
    const query = child(iq, APP.roster, 'query')
    if (attr(iq, 'type') !== 'set' || !is(query, APP.roster, 'query')) return false
    this.take(children(query!, APP.roster, 'item'), new Map(this.contacts.peek()), new Map(this.teams.peek()))
    return true
  }

  private take(items: readonly Element[], contacts: Map<string, Contact>, teams: Map<string, Contact>): void {
    for (const item of items) {
      const { jid, contact } = readItem(item)
      const list = isTeam(jid, this.numberDomain) ? teams : contacts
      if (contact) list.set(jid, contact)
      else list.delete(jid)
    }
    batch(() => {
      this.contacts.value = contacts
      this.teams.value = teams
    })
  }
}

/** Section is a part of the list of colleagues. */
export interface Section {
  readonly name: string // '' for those who are in no group
  readonly contacts: readonly Contact[]
}

/** inSections sorts colleagues into the roster's groups, by name; one who is in several stands in each. */
export function inSections(contacts: Iterable<Contact>, lang: string): Section[] {
  const names = new Intl.Collator(lang)
  const groups = new Map<string, Contact[]>()
  for (const c of contacts) {
    for (const g of c.groups.length ? c.groups : ['']) {
      const list = groups.get(g)
      if (list) list.push(c)
      else groups.set(g, [c])
    }
  }
  return [...groups]
    .map(([name, list]) => ({ name, contacts: list.sort((a, b) => names.compare(a.name, b.name) || (a.jid < b.jid ? -1 : 1)) }))
    .sort((a, b) => (a.name === '' ? 1 : b.name === '' ? -1 : names.compare(a.name, b.name)))
}
