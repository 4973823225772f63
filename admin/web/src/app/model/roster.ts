import { signal } from '@preact/signals'
import { attr, child, children, is } from '../../shared/xmpp/xml'
import { localpart } from '../../shared/xmpp/jid'
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

/** Roster is the list of contacts, kept up to date by the server's pushes. */
export class Roster {
  readonly contacts = signal<ReadonlyMap<string, Contact>>(new Map())
  /** whether it has come; before, an empty list says nothing. */
  readonly loaded = signal(false)

  /** load takes the whole list. */
  load(iq: Element): void {
    const query = child(iq, APP.roster, 'query')
    const next = new Map<string, Contact>()
    for (const item of query ? children(query, APP.roster, 'item') : []) {
      const { jid, contact } = readItem(item)
      if (contact) next.set(jid, contact)
    }
    this.contacts.value = next
    this.loaded.value = true
  }

  /** push takes one change (RFC 6121 §2.1.6). It reports whether the request was one. */
  push(iq: Element): boolean {
    const query = child(iq, APP.roster, 'query')
    if (attr(iq, 'type') !== 'set' || !is(query, APP.roster, 'query')) return false
    const next = new Map(this.contacts.value)
    for (const item of children(query!, APP.roster, 'item')) {
      const { jid, contact } = readItem(item)
      if (contact) next.set(jid, contact)
      else next.delete(jid)
    }
    this.contacts.value = next
    return true
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
