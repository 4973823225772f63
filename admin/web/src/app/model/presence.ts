import { signal } from '@preact/signals'
import { NS } from '../../shared/xmpp/ns'
import { bare } from '../../shared/xmpp/jid'
import { attr, child, is, text } from '../../shared/xmpp/xml'
import type { Presence as Show } from '../../shared/ui/avatar'
import { APP } from './ns'

/** The profile that somebody lets others see. */
export interface Mark {
  readonly name: string
  readonly icon: string
  readonly colour: string
}

/** What somebody's telephones do (docs/apps.md, "Phone state of others"). */
export interface PhoneState {
  readonly is: 'none' | 'free' | 'ringing' | 'talking' // none: no telephone of his is there
  readonly with: string // whom he talks to, where that may be seen
}

/** What is shown of somebody. */
export interface Seen {
  readonly show: Show
  readonly status: string // in his own words
  readonly mark: Mark | undefined
}

interface One extends Seen {
  readonly priority: number
  readonly at: number
}

const nobody: Seen = { show: 'offline', status: '', mark: undefined }
const noPhone: PhoneState = { is: 'none', with: '' }
const rank: Record<Show, number> = { available: 3, dnd: 2, away: 1, offline: 0 }

/** readShow is how available a presence says that somebody is (RFC 6121 §4.7.2.1). */
export function readShow(presence: Element): Show {
  if (attr(presence, 'type') === 'unavailable') return 'offline'
  switch (text(presence, NS.client, 'show')) {
    case 'away':
    case 'xa':
      return 'away'
    case 'dnd':
      return 'dnd'
  }
  return 'available'
}

function readMark(presence: Element): Mark | undefined {
  const e = child(presence, APP.profile, 'profile')
  return e && { name: attr(e, 'name'), icon: attr(e, 'icon'), colour: attr(e, 'colour') }
}

function readPhone(e: Element): PhoneState {
  const state = attr(e, 'state')
  const other = child(e, APP.phone, 'with')
  return { is: state === 'ringing' || state === 'talking' ? state : 'free', with: attr(other, 'name') || attr(other, 'number') }
}

/** Presences knows who of the contacts is there. A list of thousands does not paint for each one that changes. */
export class Presences {
  /** grows with each change, some of them at once. */
  readonly version = signal(0)
  private readonly known = new Map<string, Map<string, One>>()
  private readonly phones = new Map<string, { readonly from: string; readonly state: PhoneState; readonly mark: Mark | undefined }>()
  private pending = false
  private serial = 0

  constructor(private readonly later: (fn: () => void) => void = (fn) => void setTimeout(fn, 30)) {}

  /** of is what is shown of a bare address: his client of the highest priority, of several the one where he is most available. */
  of(jid: string): Seen {
    void this.version.value
    let best: One | undefined
    for (const one of this.known.get(jid)?.values() ?? []) {
      if (!best || before(one, best)) best = one
    }
    return best ?? nobody
  }

  /** phone is what the telephones of a bare address do. */
  phone(jid: string): PhoneState {
    void this.version.value
    return this.phones.get(jid)?.state ?? noPhone
  }

  /** mark is the profile that somebody shows, by his clients or else by his telephone. */
  mark(jid: string): Mark | undefined {
    return this.of(jid).mark ?? this.phones.get(jid)?.mark
  }

  /** stanza takes a presence of a user's client, or of his telephones. */
  stanza(e: Element): void {
    if (!is(e, NS.client, 'presence') || !['', 'unavailable'].includes(attr(e, 'type'))) return
    const from = attr(e, 'from')
    const who = bare(from)
    const phone = child(e, APP.phone, 'phone')
    if (phone && attr(e, 'type') === '') this.phones.set(who, { from, state: readPhone(phone), mark: readMark(e) })
    else if (this.phones.get(who)?.from === from || from === who) this.phones.delete(who)
    if (phone) return this.changed()
    const show = readShow(e)
    const status = text(e, NS.client, 'status')?.trim() ?? ''
    let of = this.known.get(who)
    if (!of) this.known.set(who, (of = new Map()))
    if (show !== 'offline') of.set(from, { show, status, mark: readMark(e), priority: Number(text(e, NS.client, 'priority')) || 0, at: ++this.serial })
    else if (from === who) of.clear()
    else of.delete(from)
    if (of.size === 0) this.known.delete(who)
    this.changed()
  }

  /** clear forgets all: a new session is told anew. */
  clear(): void {
    this.known.clear()
    this.phones.clear()
    this.changed()
  }

  private changed(): void {
    if (this.pending) return
    this.pending = true
    this.later(() => {
      this.pending = false
      this.version.value++
    })
  }
}

function before(a: One, b: One): boolean {
  return (a.priority - b.priority || rank[a.show] - rank[b.show] || a.at - b.at) > 0
}
