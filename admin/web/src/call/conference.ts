// The words of urn:plenum:conference:0.
import { attr, children, el, type Markup } from '../shared/xmpp/xml'
import { J } from './ns'
import type { Conference, Grade, Order, Participant, Port, Source } from './types'

export const noConference: Conference = {
  state: 'idle', since: 0, locked: false, you: 'none', moderator: false, reason: '', people: 0, waiting: 0,
}

/** one reads an attribute that has one of some values; the first is what is taken for anything else. */
function one<T extends string>(e: Element, name: string, ...values: [T, ...T[]]): T {
  return values.find((v) => v === attr(e, name)) ?? values[0]
}

function time(s: string): number {
  const ms = Date.parse(s)
  return Number.isNaN(ms) ? 0 : ms
}

export function readConference(e: Element): Conference {
  return {
    state: one(e, 'state', 'idle', 'waiting', 'live', 'hold', 'ended'),
    since: time(attr(e, 'since')),
    locked: attr(e, 'locked') === 'true',
    you: one(e, 'you', 'none', 'waiting', 'knocking', 'live'),
    moderator: attr(e, 'moderator') === 'true',
    reason: one(e, 'reason', '', 'no-moderator', 'moderator-left', 'ended', 'restarted'),
    people: Number(attr(e, 'people')) || 0,
    waiting: Number(attr(e, 'waiting')) || 0,
  }
}

export function readParticipants(e: Element, self: string): Participant[] {
  return children(e, J.conference, 'participant').map((p) => ({
    nick: attr(p, 'nick'),
    id: attr(p, 'id'),
    state: one(p, 'state', 'live', 'connecting', 'waiting', 'knocking'),
    moderator: attr(p, 'moderator') === 'true',
    guest: attr(p, 'guest') === 'true',
    audio: one(p, 'audio', 'none', 'on', 'muted'),
    video: one(p, 'video', 'none', 'on', 'off'),
    screen: attr(p, 'screen') === 'on',
    hand: time(attr(p, 'hand')),
    phone: attr(p, 'phone') === 'true',
    quality: one<Grade>(p, 'quality', 'good', 'fair', 'poor'),
    self: attr(p, 'nick') === self,
  }))
}

/** learn takes over what a state says of participants: everything, or, of many people, those of whom there is news. */
export function learn(known: readonly Participant[], e: Element, self: string): Participant[] {
  const said = readParticipants(e, self)
  if (attr(e, 'part') !== 'true') return said
  const news = new Map<string, Participant[]>()
  children(e, J.conference, 'participant').forEach((p, i) => {
    const nick = attr(p, 'nick')
    news.set(nick, [...(news.get(nick) ?? []), ...(attr(p, 'state') === 'gone' ? [] : said.slice(i, i + 1))])
  })
  const done = new Set<string>()
  const now = (nick: string): Participant[] => (done.has(nick) ? [] : (done.add(nick), news.get(nick) ?? []))
  const kept = known.flatMap((p) => (news.has(p.nick) ? now(p.nick) : [p]))
  return [...kept, ...[...news.keys()].flatMap(now)]
}

/** What comes in a slot, by its number among all slots: 0 to 2 are sound, 3 to 11 are pictures. */
export interface Slot {
  readonly n: number
  readonly nick: string
  readonly media: string // mic, screen-audio, camera, screen
  readonly paused: boolean
}

export function readSlots(e: Element): Slot[] {
  return children(e, J.conference, 'slot').map((s) => ({
    n: Number(attr(s, 'n')), nick: attr(s, 'nick'), media: attr(s, 'media'), paused: attr(s, 'paused') === 'true',
  }))
}

export function writeView(heights: readonly number[], firstPicture: number, pin: { nick: string; media: Source } | undefined): Markup {
  const slots = heights.map((h, i) => (h > 0 ? el('slot', { n: String(firstPicture + i), height: String(Math.round(h)) }) : undefined))
  return el('view', { xmlns: J.conference }, ...slots, pin && el('pin', { nick: pin.nick, media: pin.media }))
}

export interface Status {
  readonly audio: 'on' | 'muted' | 'none'
  readonly video: 'on' | 'off' | 'none'
  readonly screen: boolean
  readonly hand: boolean
}

/** askCode asks the conference of a room for the code that joins a telephone to this page; undefined where there is no telephone. */
export async function askCode(port: Pick<Port, 'iq'>, room: string): Promise<string | undefined> {
  const answer = await port.iq('set', `${room}/Conference`, el('phone', { xmlns: J.conference }))
  const phone = answer.ok ? children(answer.value, J.conference, 'phone')[0] : undefined
  return (phone && attr(phone, 'code')) || undefined
}

export function writeStatus(s: Status): Markup {
  return el('status', { xmlns: J.conference, audio: s.audio, video: s.video, screen: s.screen ? 'on' : 'off', hand: String(s.hand) })
}

export function writeOrder(o: Order): Markup {
  const nick = 'nick' in o ? o.nick : undefined
  const media = 'media' in o ? o.media : undefined
  return el(o.do, { xmlns: J.conference, nick, media })
}
