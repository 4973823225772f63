import { describe, expect, it } from 'vitest'
import type { Member } from '../../shared/types'
import { toSend, noneMoved, rest, withoutGone, type AllMoves } from './moves'

const off = { users: false, devices: false, teams: false, locations: false }
const of = (...ids: string[]): Map<string, Member> => new Map(ids.map((id) => [id, { kind: 'user', id, name: id.toUpperCase(), detail: '', assigned: false }]))
const users = (add: string[], remove: string[] = []): AllMoves => ({ ...noneMoved(), user: { add: of(...add), remove: of(...remove) } })
const ids = (m: AllMoves): string[][] => [[...m.user.add.keys()], [...m.user.remove.keys()]]

describe('toSend', () => {
  it('is one change for each kind that was moved by hand', () => {
    const moves = { ...users(['a', 'b'], ['c']), team: { add: of(), remove: of('t') } }
    expect(toSend(moves, off)).toEqual([
      { kind: 'user', add: ['a', 'b'], remove: ['c'] },
      { kind: 'team', add: [], remove: ['t'] },
    ])
    expect(toSend(moves, { ...off, users: true })).toEqual([{ kind: 'team', add: [], remove: ['t'] }])
    expect(toSend(noneMoved(), off)).toEqual([])
  })
})

describe('rest', () => {
  it('is nothing when nobody was moved while it was saved', () => {
    expect(ids(rest(users(['a'], ['b']), users(['a'], ['b'])))).toEqual([[], []])
  })
  it('keeps whoever was moved meanwhile', () => {
    expect(ids(rest(users(['a', 'c'], ['b', 'd']), users(['a'], ['b'])))).toEqual([['c'], ['d']])
  })
  it('moves back whoever was moved back meanwhile', () => {
    expect(ids(rest(users([]), users(['a'], ['b'])))).toEqual([['b'], ['a']])
  })
})

describe('withoutGone', () => {
  it('takes those off the list who are not there any more, and names them', () => {
    const moves = users(['a', 'b', 'c'], ['d'])
    const { moves: left, gone } = withoutGone(moves, toSend(moves, off), ['members.0.add.0', 'members.0.add.2'])
    expect(gone.map((m) => m.name)).toEqual(['A', 'C'])
    expect(ids(left)).toEqual([['b'], ['d']])
    expect(ids(moves)).toEqual([['a', 'b', 'c'], ['d']])
  })
  it('leaves other errors alone', () => {
    const moves = users(['a'])
    expect(withoutGone(moves, toSend(moves, off), ['name', 'members.3.add.0', 'members.0.add.7']).gone).toEqual([])
  })
})
