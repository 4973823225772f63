import type { Participant, Picture, Source } from '../call'

/** A Tile shows somebody, or the screen he shares. */
export interface Tile {
  readonly key: string
  readonly nick: string
  readonly media: Source
  readonly of: Participant
  readonly picture: Picture | undefined
}

export const keyOf = (what: { nick: string; media: Source }): string => `${what.media} ${what.nick}`

/** tilesOf makes a tile for everybody who takes part and for each screen of another, in the order of the list. */
export function tilesOf(people: readonly Participant[], pictures: readonly Picture[]): Tile[] {
  const tile = (of: Participant, media: Source): Tile => {
    const mine = pictures.filter((p) => p.nick === of.nick && p.media === media)
    return { key: keyOf({ nick: of.nick, media }), nick: of.nick, media, of, picture: mine.find((p) => !p.paused) ?? mine[0] }
  }
  const live = people.filter((p) => p.state === 'live')
  return [...live.filter((p) => p.screen && !p.self).map((p) => tile(p, 'screen')), ...live.map((p) => tile(p, 'camera'))]
}

/** What we want on the stage. shrunk are screens that we have put back among the tiles. */
export interface Wish {
  readonly pinned: { readonly nick: string; readonly media: Source } | undefined
  readonly shrunk: ReadonlySet<string>
}

/** onStage is the tile that is enlarged: the one we chose, else the first screen; undefined for none. */
export function onStage(tiles: readonly Tile[], { pinned, shrunk }: Wish): Tile | undefined {
  const chosen = pinned && tiles.find((t) => t.key === keyOf(pinned))
  return chosen ?? tiles.find((t) => t.media === 'screen' && !shrunk.has(t.key))
}

/**
 * seat chooses who is shown when there are more tiles than places, and where: whoever was seen keeps his place, whoever comes
 * takes a free one, oneself is last. before are the keys that were seen.
 */
export function seat(tiles: readonly Tile[], before: readonly string[], most: number, speaking: ReadonlySet<string>): Tile[] {
  const self = tiles.filter((t) => t.of.self)
  const others = tiles.filter((t) => !t.of.self)
  const room = Math.max(0, most - self.length)
  if (others.length > room) others.sort((a, b) => weight(b) - weight(a)) // a stable order otherwise
  const shown = new Map(others.slice(0, room).map((t) => [t.key, t]))
  const seats = before.map((key) => {
    const tile = shown.get(key)
    shown.delete(key)
    return tile
  })
  const coming = [...shown.values()]
  if (others.length <= room) return [...seats.filter((t) => t !== undefined), ...coming, ...self]
  return [...seats.map((t) => t ?? coming.shift()).filter((t) => t !== undefined), ...coming, ...self]

  function weight(t: Tile): number {
    return (t.media === 'screen' ? 8 : 0) + (speaking.has(t.nick) ? 4 : 0) + (t.picture ? 2 : 0) + (before.includes(t.key) ? 1 : 0)
  }
}

const tileSlots = 8 // beside the stage, which is the first

/**
 * heights tells for each slot how high what comes in it is shown, in device pixels. The stage has what is enlarged; while nothing
 * is, it is hidden, so that nobody changes his place because he speaks. There is a slot for each tile of another.
 */
export function heights(stage: number, tile: number, others: number): number[] {
  return [stage, ...Array.from({ length: tileSlots }, (_, i) => (i < others ? tile : 0))]
}
