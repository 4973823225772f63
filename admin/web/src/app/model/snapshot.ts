import { attr, children, is } from '../../shared/xmpp/xml'
import { APP } from './ns'

// What the namespace urn:plenum:app:0 says (docs/apps.md), as values.

export interface Self {
  readonly jid: string
  readonly name: string
  readonly extension: string // '' for none
  readonly permissions: ReadonlySet<string>
}

export interface Profile {
  readonly id: string
  readonly name: string
  readonly icon: string
  readonly colour: string
  readonly silent: boolean
}

export interface Profiles {
  readonly active: string
  readonly triggered: boolean // a time or a call in Microsoft Teams has chosen it
  readonly list: readonly Profile[]
}

export const ringClasses = ['internal', 'external', 'queue'] as const
export type RingClass = (typeof ringClasses)[number]

export interface Timer {
  readonly enabled: boolean
  readonly delay: number // seconds
  readonly ring: number | undefined // seconds; undefined: as long as others
}

export interface Device {
  readonly id: string // xmpp stands for all XMPP clients
  readonly holder: string // the user, or the ID of the location
  readonly kind: string // phone, softphone, mobile, xmpp
  readonly name: string
  readonly number: string
  readonly online: boolean
  readonly configurable: boolean
  readonly gsm: boolean // GSM mode of a mobile: it alone rings
  readonly revision: string
  readonly timers: Readonly<Record<RingClass, Timer>>
}

export interface Devices {
  readonly outgoing: string // ID of the device that rings first when one dials, or auto
  readonly list: readonly Device[]
}

export interface Place {
  readonly id: string
  readonly name: string
  readonly recent: number // 1 is where he was last, 0 for not lately
  readonly user: string // who is there
}

export interface Places {
  readonly at: string // ID; '' for nowhere
  readonly list: readonly Place[]
}

export interface Forward {
  readonly target: string // '' when none was ever set
  readonly active: boolean
  readonly revision: string
}

export interface Member {
  readonly jid: string
  readonly name: string
  readonly in: boolean
  readonly dynamic: boolean
  readonly paused: string // code of the reason
  readonly doing: string // out, paused, absent, free, ringing, talking, busy, wrapup
  readonly since: number
  readonly calls: number
}

export interface Caller {
  readonly call: string
  readonly number: string
  readonly name: string
  readonly since: number
  readonly rings: readonly string[] // addresses
}

export interface Team {
  readonly id: string
  readonly name: string
  readonly extension: string
  readonly reasons: readonly { readonly code: string; readonly title: string }[]
  readonly members: readonly Member[]
  readonly callers: readonly Caller[]
}

/** A Pickup is who waits for a team that wants one to know it. */
export interface Pickup extends Caller {
  readonly team: string // ID
  readonly teamName: string
  readonly extension: string
}

/** A Switch is on or off, for actions of calls; whoever sees it may turn it. */
export interface Switch {
  readonly id: string
  readonly name: string
  readonly extension: string // '' for none
  readonly on: boolean
}

/** Counts are how many messages are in a box. */
export interface Counts {
  readonly fresh: number
  readonly old: number
}

export interface Voicemail extends Counts {
  readonly teams: ReadonlyMap<string, Counts> // of the teams in which one is that have a box, by ID
}

export interface Party {
  readonly leg: string
  readonly caller: boolean
  readonly user: string
  readonly device: string
  readonly number: string
  readonly name: string
  readonly doing: string // ringing, calling, talking
  readonly holds: boolean
  readonly own: boolean
}

export interface Call {
  readonly id: string
  readonly dialled: string
  readonly began: number
  readonly answered: number // 0 before
  readonly parties: readonly Party[]
}

const flag = (e: Element, name: string): boolean => attr(e, name) === 'true'
const time = (e: Element, name: string): number => Date.parse(attr(e, name)) || 0
const count = (e: Element, name: string): number => Math.max(0, Math.trunc(Number(attr(e, name)))) || 0
const all = (e: Element, local: string): Element[] => children(e, APP.app, local)

export function readSelf(e: Element): Self {
  return { jid: attr(e, 'jid'), name: attr(e, 'name'), extension: attr(e, 'extension'), permissions: new Set(all(e, 'permission').map((p) => attr(p, 'type'))) }
}

export function readProfiles(e: Element): Profiles {
  return {
    active: attr(e, 'active'), triggered: flag(e, 'triggered'),
    list: all(e, 'profile').map((p) => ({ id: attr(p, 'id'), name: attr(p, 'name'), icon: attr(p, 'icon'), colour: attr(p, 'colour'), silent: flag(p, 'silent') })),
  }
}

function readTimer(device: Element, kind: RingClass): Timer {
  const e = all(device, 'timer').find((t) => attr(t, 'class') === kind)
  if (!e) return { enabled: false, delay: 0, ring: undefined }
  return { enabled: flag(e, 'enabled'), delay: count(e, 'delay'), ring: count(e, 'ring') || undefined }
}

export function readDevices(e: Element): Devices {
  return {
    outgoing: attr(e, 'outgoing') || 'auto',
    list: all(e, 'device').map((d) => ({
      id: attr(d, 'id'), holder: attr(d, 'holder'), kind: attr(d, 'kind'), name: attr(d, 'name'), number: attr(d, 'number'), online: flag(d, 'online'),
      configurable: flag(d, 'configurable'), gsm: flag(d, 'gsm'), revision: attr(d, 'revision'),
      timers: { internal: readTimer(d, 'internal'), external: readTimer(d, 'external'), queue: readTimer(d, 'queue') },
    })),
  }
}

export function readPlaces(e: Element): Places {
  const list = all(e, 'location').map((p) => ({ id: attr(p, 'id'), name: attr(p, 'name'), recent: count(p, 'recent'), user: attr(p, 'user') }))
  return { at: attr(e, 'at'), list }
}

export function readForward(e: Element): Forward {
  return { target: attr(e, 'target'), active: flag(e, 'active'), revision: attr(e, 'revision') }
}

export function readTeam(e: Element): Team {
  return {
    id: attr(e, 'id'), name: attr(e, 'name'), extension: attr(e, 'extension'),
    reasons: all(e, 'reason').map((r) => ({ code: attr(r, 'code'), title: attr(r, 'title') })),
    members: all(e, 'member').map((m) => ({
      jid: attr(m, 'jid'), name: attr(m, 'name') || attr(m, 'jid'), in: flag(m, 'in'), dynamic: flag(m, 'dynamic'), paused: attr(m, 'paused'), doing: attr(m, 'doing'),
      since: time(m, 'since'), calls: count(m, 'calls'),
    })),
    callers: all(e, 'caller').map(readCaller),
  }
}

function readCaller(c: Element): Caller {
  return { call: attr(c, 'call'), number: attr(c, 'number'), name: attr(c, 'name'), since: time(c, 'since'), rings: all(c, 'rings').map((r) => attr(r, 'jid')) }
}

export function readPickups(e: Element): Pickup[] {
  return all(e, 'caller').map((c) => ({ ...readCaller(c), team: attr(c, 'team'), teamName: attr(c, 'team-name'), extension: attr(c, 'extension') }))
}

export function readSwitches(e: Element): Switch[] {
  return all(e, 'switch').map((s) => ({ id: attr(s, 'id'), name: attr(s, 'name'), extension: attr(s, 'extension'), on: flag(s, 'on') }))
}

export function readVoicemail(e: Element): Voicemail {
  const counts = (box: Element): Counts => ({ fresh: count(box, 'new'), old: count(box, 'old') })
  return { ...counts(e), teams: new Map(all(e, 'team').map((x) => [attr(x, 'id'), counts(x)])) }
}

export function readMissed(e: Element): number {
  return count(e, 'calls')
}

export function readCall(e: Element): Call {
  return {
    id: attr(e, 'id'), dialled: attr(e, 'dialled'), began: time(e, 'began'), answered: time(e, 'answered'),
    parties: all(e, 'party').map((p) => ({
      leg: attr(p, 'leg'), caller: attr(p, 'role') === 'caller', user: attr(p, 'user'), device: attr(p, 'device'), number: attr(p, 'number'), name: attr(p, 'name'),
      doing: attr(p, 'doing'), holds: flag(p, 'holds'), own: flag(p, 'own'),
    })),
  }
}

/** isOver tells that what a part is about is gone. */
export function isOver(e: Element): boolean {
  return flag(e, 'over')
}

/** part is a child of a snapshot or event by its name; undefined when it is missing or of something else. */
export function part(e: Element, local: string): Element | undefined {
  return [...e.children].find((c) => is(c, APP.app, local))
}
