import { describe, expect, it } from 'vitest'
import type { Participant, Picture, Source } from '../call'
import { heights, onStage, seat, tilesOf, type Tile } from './tiles'

const someone = (nick: string, more: Partial<Participant> = {}): Participant => ({
  nick, id: nick, state: 'live', moderator: false, guest: true, audio: 'on', video: 'on', screen: false, hand: 0, phone: false, quality: 'good', self: false,
  ...more,
})
const me = someone('Me', { self: true })
const picture = (slot: number, nick: string, media: Source = 'camera', paused = false): Picture => ({ slot, nick, media, paused, track: {} as MediaStreamTrack })
const keys = (tiles: readonly Tile[]): string[] => tiles.map((t) => t.key)
const nobody = new Set<string>()

describe('tiles', () => {
  it('are of everybody who takes part, screens of others first', () => {
    const people = [someone('Anna', { screen: true }), someone('Ben', { state: 'knocking' }), someone('Carl', { state: 'connecting' }), { ...me, screen: true }]
    expect(keys(tilesOf(people, []))).toEqual(['screen Anna', 'camera Anna', 'camera Me'])
  })

  it('have the picture that comes in some slot, one that is not paused when there are two', () => {
    const [anna, ben] = tilesOf([someone('Anna'), someone('Ben')], [picture(0, 'Anna', 'camera', true), picture(3, 'Anna'), picture(4, 'Ben', 'screen')])
    expect([anna!.picture?.slot, ben!.picture]).toEqual([3, undefined])
  })
})

describe('the stage', () => {
  const tiles = tilesOf([someone('Anna', { screen: true }), someone('Ben'), me], [])
  it('shows a screen by itself, until that is shrunk', () => {
    expect(onStage(tiles, { pinned: undefined, shrunk: nobody })?.key).toBe('screen Anna')
    expect(onStage(tiles, { pinned: undefined, shrunk: new Set(['screen Anna']) })).toBe(undefined)
  })
  it('shows who was chosen, as long as he is there', () => {
    expect(onStage(tiles, { pinned: { nick: 'Ben', media: 'camera' }, shrunk: nobody })?.key).toBe('camera Ben')
    expect(onStage(tiles, { pinned: { nick: 'Gone', media: 'camera' }, shrunk: nobody })?.key).toBe('screen Anna')
  })
})

describe('seats', () => {
  const all = (...nicks: string[]): Tile[] => tilesOf([...nicks.map((n) => someone(n)), me], [])
  it('are kept when somebody comes or goes, and oneself is last', () => {
    expect(keys(seat(all('A', 'B', 'C'), ['camera C', 'camera A'], 9, nobody))).toEqual(['camera C', 'camera A', 'camera B', 'camera Me'])
    expect(keys(seat(all('A', 'C'), ['camera A', 'camera B', 'camera C', 'camera Me'], 9, nobody))).toEqual(['camera A', 'camera C', 'camera Me'])
  })
  it('go to who speaks when there are too few, in the place of one who does not', () => {
    const before = ['camera A', 'camera B', 'camera C', 'camera Me']
    expect(keys(seat(all('A', 'B', 'C', 'D'), before, 4, new Set(['D'])))).toEqual(['camera A', 'camera B', 'camera D', 'camera Me'])
    expect(keys(seat(all('A', 'B', 'C', 'D'), before, 4, nobody))).toEqual(before)
  })
})

describe('heights', () => {
  it('are those of as many slots as there are tiles of others', () => {
    expect(heights(0, 200, 2)).toEqual([0, 200, 200, 0, 0, 0, 0, 0, 0])
    expect(heights(900, 120, 12)).toEqual([900, 120, 120, 120, 120, 120, 120, 120, 120])
  })
})
