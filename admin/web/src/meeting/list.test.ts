import { describe, expect, it } from 'vitest'
import { nobody } from '../call/fake'
import type { Participant } from '../call'
import type { Occupant } from '../shared/muc'
import { conferenceNick, listed } from './list'

const part = (nick: string, more: Partial<Participant> = {}): Participant => ({ ...nobody, nick, id: nick, ...more })
const occupant = (nick: string, more: Partial<Occupant> = {}): Occupant => ({ nick, id: nick, jid: '', affiliation: 'none', moderator: false, guest: false, voice: true, self: false, ...more })

describe('the list of participants', () => {
  const parts = [
    part('Zoe', { moderator: true }), part('Anna'), part('Ülkü', { hand: 2 }), part('Mara', { hand: 1 }),
    part('Sofia', { guest: true, self: true }), part('Jonas', { guest: true }), part('Door', { state: 'knocking', guest: true }), part('Tom', { state: 'connecting', guest: true }),
  ]
  const room = [occupant('Anna'), occupant('Reader', { voice: false }), occupant(conferenceNick), occupant('Admin', { moderator: true }), occupant('Jonas', { voice: false })]
  const lists = listed(parts, room, 'en')
  const nicks = Object.fromEntries(Object.entries(lists).map(([name, rows]) => [name, rows.map((r: { nick: string }) => r.nick)]))

  it('has hands first, then moderators, oneself last; who waits and who only chats apart, and not the conference itself', () => {
    expect(nicks).toEqual({
      waiting: ['Door'], members: ['Mara', 'Ülkü', 'Zoe', 'Anna'], guests: ['Jonas', 'Tom', 'Sofia'], chat: ['Admin', 'Reader'],
    })
  })
  it('says who may not write', () => {
    expect([...lists.guests, ...lists.chat].filter((r) => r.mute).map((r) => r.nick)).toEqual(['Jonas', 'Reader'])
  })
  it('is of the room where there is no conference', () => {
    const { members, guests, chat } = listed(undefined, [...room, occupant('Gast', { guest: true, self: true })], 'en')
    expect([members, guests, chat].map((rows) => rows.map((r) => r.nick))).toEqual([['Admin', 'Anna', 'Jonas', 'Reader'], ['Gast'], []])
  })
})
