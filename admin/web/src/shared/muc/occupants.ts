import { attr, child, children } from '../xmpp/xml'
import { MUC } from './ns'

/** An Occupant is somebody in the room. */
export interface Occupant {
  readonly nick: string
  readonly id: string // XEP-0421
  readonly moderator: boolean
  readonly guest: boolean // by a link, as oneself
  readonly voice: boolean // may speak
  readonly affiliation: string // owner, admin, member or none
  readonly jid: string // the real bare address; '' for guests, who are told none
  readonly self: boolean
}

/** What a presence from a room says besides that (XEP-0045). */
export interface About {
  readonly codes: ReadonlySet<number>
  readonly newNick: string
  readonly actor: string
  readonly reason: string
  readonly destroyed: string | undefined // the reason, '' when none is given
}

const guestHat = 'urn:plenum:hat:guest' // the room gives it to guests, and takes it from all others

/** readOccupant reads a presence of the room about nick. */
export function readOccupant(presence: Element, nick: string, self: boolean): Occupant {
  const item = child(child(presence, MUC.user, 'x'), MUC.user, 'item')
  const role = attr(item, 'role')
  const moderator = role === 'moderator'
  const worn = child(presence, MUC.hats, 'hats')
  const hats = worn ? children(worn, MUC.hats, 'hat') : []
  return {
    nick, self, moderator,
    id: attr(child(presence, MUC.occupantID, 'occupant-id'), 'id'),
    guest: hats.some((hat) => attr(hat, 'uri') === guestHat),
    voice: moderator || role === 'participant',
    affiliation: attr(item, 'affiliation') || 'none',
    jid: attr(item, 'jid').split('/')[0]!,
  }
}

export function readAbout(presence: Element): About {
  const x = child(presence, MUC.user, 'x')
  const item = child(x, MUC.user, 'item')
  const destroyed = child(x, MUC.user, 'destroy')
  return {
    codes: new Set(x ? children(x, MUC.user, 'status').map((s) => Number(attr(s, 'code'))) : []),
    newNick: attr(item, 'nick'),
    actor: attr(child(item, MUC.user, 'actor'), 'nick'),
    reason: child(item, MUC.user, 'reason')?.textContent ?? '',
    destroyed: destroyed && (child(destroyed, MUC.user, 'reason')?.textContent ?? ''),
  }
}

/** inOrder sorts for the list: oneself last, the others by name, moderators first. */
export function inOrder(occupants: Iterable<Occupant>, lang: string): Occupant[] {
  const names = new Intl.Collator(lang)
  const rank = (o: Occupant): number => (o.self ? 2 : o.moderator ? 0 : 1)
  return [...occupants].sort((a, b) => rank(a) - rank(b) || names.compare(a.nick, b.nick))
}
