import type { Participant } from '../call'
import type { Occupant } from '../shared/muc'

/** A Row is one person in the list: who takes part in the conference, or only in the chat. */
export interface Row {
  readonly nick: string
  readonly moderator: boolean
  readonly self: boolean
  readonly mute: boolean // may not write
  readonly part: Participant | undefined
}

export interface Lists {
  readonly waiting: readonly Row[]
  readonly members: readonly Row[]
  readonly guests: readonly Row[]
  readonly chat: readonly Row[]
}

/** The nickname of the conference itself in the room. It is nobody. */
export const conferenceNick = 'Conference'

/**
 * listed puts all who are there in their lists; where there is no conference (undefined) they are in the chat, as what they are. Raised hands first, in their order, then moderators, then by name, oneself
 * last.
 */
export function listed(parts: readonly Participant[] | undefined, occupants: readonly Occupant[], lang: string): Lists {
  const names = new Intl.Collator(lang)
  const of = new Map(occupants.map((o) => [o.nick, o]))
  const taking = new Set(parts?.map((p) => p.nick))
  const rank = (r: Row): number => (r.self ? 3 : r.part?.hand ? 0 : r.moderator ? 1 : 2)
  const order = (rows: Row[]): Row[] =>
    rows.sort((a, b) => rank(a) - rank(b) || (a.part?.hand ?? 0) - (b.part?.hand ?? 0) || names.compare(a.nick, b.nick))
  const row = (p: Participant): Row => ({ nick: p.nick, moderator: p.moderator, self: p.self, mute: of.get(p.nick)?.voice === false, part: p })
  const others = (which: (o: Occupant) => boolean): Row[] =>
    order(
      occupants
        .filter((o) => which(o) && !taking.has(o.nick) && o.nick !== conferenceNick)
        .map((o) => ({ nick: o.nick, moderator: o.moderator, self: o.self, mute: !o.voice, part: undefined })),
    )
  if (!parts) return { waiting: [], members: others((o) => !o.guest), guests: others((o) => o.guest), chat: [] }
  const inside = parts.filter((p) => p.state === 'live' || p.state === 'connecting')
  return {
    waiting: order(parts.filter((p) => p.state === 'waiting' || p.state === 'knocking').map(row)),
    members: order(inside.filter((p) => !p.guest).map(row)),
    guests: order(inside.filter((p) => p.guest).map(row)),
    chat: others(() => true),
  }
}
