import type { Automatic, Member, MembersChange } from '../../shared/types'

export type Kind = Member['kind']
export type Plural = keyof Automatic

/** Each kind with its name in the API's objects, in the order of the tabs. */
export const plurals: { kind: Kind; plural: Plural }[] = [
  { kind: 'user', plural: 'users' },
  { kind: 'team', plural: 'teams' },
  { kind: 'device', plural: 'devices' },
  { kind: 'location', plural: 'locations' },
]

/** What was moved and is not saved, by ID. */
export interface Moves {
  add: Map<string, Member>
  remove: Map<string, Member>
}

export type AllMoves = Record<Kind, Moves>

export const noMoves = (): Moves => ({ add: new Map(), remove: new Map() })
export const noneMoved = (): AllMoves => ({ user: noMoves(), team: noMoves(), device: noMoves(), location: noMoves() })

/** What saving asks for; nothing of kinds that are assigned automatically. */
export function toSend(moves: AllMoves, auto: Automatic): MembersChange[] {
  return plurals
    .filter((k) => !auto[k.plural] && moves[k.kind].add.size + moves[k.kind].remove.size > 0)
    .map((k) => ({ kind: k.kind, add: [...moves[k.kind].add.keys()], remove: [...moves[k.kind].remove.keys()] }))
}

/** What is left of the moves once those that were sent are saved: whoever was moved meanwhile, back or on. */
export function rest(now: AllMoves, sent: AllMoves): AllMoves {
  const without = (all: Map<string, Member>, saved: Map<string, Member>): [string, Member][] => [...all].filter(([id]) => !saved.has(id))
  const of = (kind: Kind): Moves => ({
    add: new Map([...without(now[kind].add, sent[kind].add), ...without(sent[kind].remove, now[kind].remove)]),
    remove: new Map([...without(now[kind].remove, sent[kind].remove), ...without(sent[kind].add, now[kind].add)]),
  })
  return { user: of('user'), team: of('team'), device: of('device'), location: of('location') }
}

/** The moves without those whom a refused save calls gone, by fields such as members.0.add.3; and who that is. */
export function withoutGone(moves: AllMoves, sent: MembersChange[], fields: string[]): { moves: AllMoves; gone: Member[] } {
  const left = { ...moves }
  const gone: Member[] = []
  for (const field of fields) {
    const [, part, place] = /^members\.(\d+)\.add\.(\d+)$/.exec(field) ?? []
    const change = sent[Number(part)]
    const id = change?.add[Number(place)]
    const member = change && id !== undefined ? left[change.kind].add.get(id) : undefined
    if (!change || !member) continue
    gone.push(member)
    const add = new Map(left[change.kind].add)
    add.delete(member.id)
    left[change.kind] = { ...left[change.kind], add }
  }
  return { moves: left, gone }
}
