import type { Participant } from '../call'

/** News is what happened between two lists of participants, that those who do not look at the list want to know. */
export interface News {
  readonly came: readonly string[]
  readonly left: readonly string[]
  readonly hands: readonly string[]
  readonly waiting: readonly string[] // would like to be let in
  readonly served: readonly string[] // do not wait any more
  readonly sharing: readonly string[]
}

/** news compares two lists. One's own doings are none. */
export function news(before: readonly Participant[], now: readonly Participant[]): News {
  const was = new Map(before.map((p) => [p.nick, p]))
  const is = new Map(now.map((p) => [p.nick, p]))
  const others = now.filter((p) => !p.self)
  const live = (p: Participant | undefined): boolean => p?.state === 'live'
  const waits = (p: Participant | undefined): boolean => p?.state === 'knocking' // who only waits comes in by himself
  const nicks = (of: readonly Participant[]): string[] => of.map((p) => p.nick)
  return {
    came: nicks(others.filter((p) => live(p) && !live(was.get(p.nick)))),
    left: nicks(before.filter((p) => !p.self && live(p) && !is.has(p.nick))),
    hands: nicks(others.filter((p) => live(p) && p.hand > 0 && !was.get(p.nick)?.hand)),
    waiting: nicks(others.filter((p) => waits(p) && !waits(was.get(p.nick)))),
    served: nicks(before.filter((p) => waits(p) && !waits(is.get(p.nick)))),
    sharing: nicks(others.filter((p) => live(p) && p.screen && !was.get(p.nick)?.screen)),
  }
}
