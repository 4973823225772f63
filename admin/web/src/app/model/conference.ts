import { conferenceNick } from '../../shared/muc'
import { MUC } from '../../shared/muc/ns'
import { resource } from '../../shared/xmpp/jid'
import { attr, child } from '../../shared/xmpp/xml'

/** What a room's conference says of itself in its presence, for the list of groups. */
export interface Conference {
  readonly state: 'idle' | 'waiting' | 'live' | 'hold' | 'ended'
  readonly people: number
  readonly waiting: number
  readonly isPublic: boolean
}

export const quiet: Conference = { state: 'idle', people: 0, waiting: 0, isPublic: false }

/** readConference reads the presence of a room's resident; undefined when it is of somebody else. */
export function readConference(presence: Element): Conference | undefined {
  if (attr(presence, 'type') === 'unavailable') return resource(attr(presence, 'from')) === conferenceNick ? quiet : undefined
  const c = child(presence, MUC.conference, 'conference')
  if (!c) return undefined
  const state = attr(c, 'state')
  return {
    state: state === 'waiting' || state === 'live' || state === 'hold' || state === 'ended' ? state : 'idle',
    people: count(attr(c, 'people')),
    waiting: count(attr(c, 'waiting')),
    isPublic: ['true', '1'].includes(attr(c, 'public')),
  }
}

function count(s: string): number {
  return /^\d{1,6}$/.test(s) ? Number(s) : 0
}
