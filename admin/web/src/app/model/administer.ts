import { effect } from '@preact/signals'
import { bad, good, type Fault, type Result } from '../../shared/xmpp/fault'
import { attr, child, children, el, text, type Content } from '../../shared/xmpp/xml'
import { field } from './archive'
import type { Desk } from './desk'
import type { Group } from './group'
import { APP } from './ns'

// What owners and moderators can do with a group: its configuration form, its lists (XEP-0045), and the access of guests.

export interface Asks {
  iq(type: 'get' | 'set', to: string, payload: Content, ms?: number): Promise<Result<Element>>
}

/** Setup is what a group's owner sees of it. */
export interface Setup {
  readonly name: string
  readonly description: string
  readonly guests: boolean
  readonly link: string // '' unless guests are let in; so are the others
  readonly number: string
  readonly pin: string
}

const ours = (name: string): string => `{${APP.group}}${name}`

/** readSetup asks for the owner's form. */
export async function readSetup(port: Asks, room: string): Promise<Result<Setup>> {
  const answer = await port.iq('get', room, el('query', { xmlns: APP.mucOwner }))
  if (!answer.ok) return answer
  const form = child(child(answer.value, APP.mucOwner, 'query'), APP.form, 'x')
  const of = (name: string): string => {
    const f = form && children(form, APP.form, 'field').find((c) => attr(c, 'var') === name)
    return text(f, APP.form, 'value')?.trim() ?? ''
  }
  return good({
    name: of('muc#roomconfig_roomname'), description: of('muc#roomconfig_roomdesc'), guests: ['1', 'true'].includes(of(ours('allow_guests'))),
    link: of(ours('guest_link')), number: of(ours('guest_number')), pin: of(ours('guest_pin')),
  })
}

/** change submits some fields of the form; the others stay as they are. */
async function change(port: Asks, room: string, fields: Record<string, string>): Promise<Fault | undefined> {
  const values = Object.entries(fields).map(([name, value]) => field(name, value))
  const form = el('x', { xmlns: APP.form, type: 'submit' }, field('FORM_TYPE', APP.mucConfig), ...values)
  const answer = await port.iq('set', room, el('query', { xmlns: APP.mucOwner }, form))
  return answer.ok ? undefined : answer.fault
}

export function allowGuests(port: Asks, room: string, on: boolean): Promise<Fault | undefined> {
  return change(port, room, { [ours('allow_guests')]: on ? '1' : '0' })
}

export function rename(port: Asks, room: string, name: string, description: string): Promise<Fault | undefined> {
  return change(port, room, { 'muc#roomconfig_roomname': name, 'muc#roomconfig_roomdesc': description })
}

export type Affiliation = 'owner' | 'admin' | 'member' | 'none'

export interface Member {
  readonly jid: string
  readonly affiliation: Affiliation
}

const lists = ['owner', 'admin', 'member'] as const

/** readMembers asks for all who belong to a group. */
export async function readMembers(port: Asks, room: string): Promise<Result<readonly Member[]>> {
  const answers = await Promise.all(lists.map((affiliation) => port.iq('get', room, el('query', { xmlns: APP.mucAdmin }, el('item', { affiliation })))))
  const out: Member[] = []
  for (const [i, answer] of answers.entries()) {
    if (!answer.ok) return answer
    const query = child(answer.value, APP.mucAdmin, 'query')
    for (const item of query ? children(query, APP.mucAdmin, 'item') : []) out.push({ jid: attr(item, 'jid'), affiliation: lists[i]! })
  }
  return good(out)
}

/** affiliate makes people members, or takes that from them: all or none. */
export async function affiliate(port: Asks, room: string, jids: readonly string[], affiliation: Affiliation): Promise<Fault | undefined> {
  const items = jids.map((jid) => el('item', { affiliation, jid }))
  const answer = await port.iq('set', room, el('query', { xmlns: APP.mucAdmin }, ...items))
  return answer.ok ? undefined : answer.fault
}

/** kick puts somebody out of the room; a guest may come back with his link. */
export async function kick(port: Asks, room: string, nick: string): Promise<Fault | undefined> {
  const answer = await port.iq('set', room, el('query', { xmlns: APP.mucAdmin }, el('item', { nick, role: 'none' })))
  return answer.ok ? undefined : answer.fault
}

/** destroy ends a group for all, with its history. */
export async function destroy(port: Asks, room: string): Promise<Fault | undefined> {
  const answer = await port.iq('set', room, el('query', { xmlns: APP.mucOwner }, el('destroy')))
  return answer.ok ? undefined : answer.fault
}

/** address makes one for a new group out of its name; the end keeps it from meeting another. */
export function address(name: string, random = crypto.getRandomValues(new Uint32Array(1))[0]!): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ß/g, 'ss')
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 30).replace(/-+$/, '')
  return `${slug || 'group'}-${random.toString(36).padStart(7, '0').slice(-6)}`
}

/** make makes a group, with its members. */
export async function make(desk: Desk, name: string, members: readonly string[]): Promise<Result<Group>> {
  const room = `${address(name)}@${desk.me.groupDomain}`
  const group = desk.adopt(room, name)
  const fault = await entered(group)
  if (fault) return bad(fault)
  const config = await change(desk, room, {
    'muc#roomconfig_roomname': name, 'muc#roomconfig_persistentroom': '1', 'muc#roomconfig_membersonly': '1', 'muc#roomconfig_whois': 'anyone',
  })
  if (config) return bad(config)
  const rest = members.length ? await affiliate(desk, room, members, 'member') : undefined
  return rest ? bad(rest) : good(group)
}

/** entered waits until one is in a group, or not let in. */
function entered(group: Group): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    let end = (): void => {}
    let over = false
    end = effect(() => {
      const place = group.place.value
      if (over || place.is === 'entering' || place.is === 'out') return
      over = true
      queueMicrotask(() => end())
      resolve(place.is === 'refused' ? place.fault : place.is === 'gone' ? { is: 'lost' } : undefined)
    })
  })
}

const invitations = {
  en: { head: 'You are invited to “{name}”.', browser: 'Join in your browser:', phone: 'Or by telephone:', pin: 'PIN: {pin}' },
  de: { head: 'Sie sind eingeladen: „{name}“.', browser: 'Im Browser teilnehmen:', phone: 'Oder mit dem Telefon:', pin: 'PIN: {pin}' },
}

/** invitation is all that a guest needs, to be sent to him. */
export function invitation(lang: 'de' | 'en', name: string, access: Pick<Setup, 'link' | 'number' | 'pin'>): string {
  const t = invitations[lang]
  const lines = [t.head.replace('{name}', () => name), '', t.browser, access.link]
  if (access.number) lines.push('', t.phone, access.number, t.pin.replace('{pin}', () => access.pin))
  return lines.join('\n') + '\n'
}
