import type { Gone } from '../../shared/muc'
import type { Fault } from '../../shared/xmpp'

/** What the options page says about how the last stay ended, or why there was none. */
export type Notice =
  | { readonly is: 'left' | 'full' | 'closed' | 'banned' | 'destroyed' | 'busy' | 'elsewhere' | 'ended' | 'failed' | 'over' | 'rejected' | 'nobody' }
  | { readonly is: 'removed'; readonly by: string; readonly reason: string }
  | { readonly is: 'keptOut'; readonly minutes: number }

/** outcome turns an end into what is said about it; 'name' is said beside the name. */
export function outcome({ refused, gone }: { refused?: Fault; gone?: Gone }): Notice | { is: 'name'; problem: 'refused' | 'taken' } {
  if (gone) return ended(gone)
  switch (refused?.is) {
    case 'sasl':
      return { is: refused.condition === 'not-authorized' ? 'closed' : 'busy' }
    case 'stream':
      return { is: ends[refused.condition] ?? 'failed' }
    case 'stanza':
      if (refused.detail?.localName === 'taken') return { is: 'name', problem: 'taken' }
      if (refused.detail?.localName === 'removed') return { is: 'keptOut', minutes: Number(refused.detail.getAttribute('minutes')) }
      return refused.type === 'wait' && refused.condition === 'policy-violation' ? { is: 'busy' } : (entering[refused.condition] ?? { is: 'failed' })
  }
  return { is: 'failed' }
}

function ended(gone: Gone): Notice {
  switch (gone.why) {
    case 'removed':
      return { is: 'removed', by: gone.by, reason: gone.reason }
    case 'banned':
    case 'destroyed':
    case 'closed':
      return { is: gone.why }
  }
}

/** How the server ends a guest's stream. */
const ends: Readonly<Record<string, 'elsewhere' | 'ended' | 'closed'>> = {
  conflict: 'elsewhere',
  'policy-violation': 'ended', // put out, or the link is not valid any more: what is asked next says so
  'not-authorized': 'closed',
}

/** Why a room does not let a guest in (XEP-0045#enter-errorcodes). */
const entering: Readonly<Record<string, Notice | { is: 'name'; problem: 'refused' }>> = {
  'service-unavailable': { is: 'full' },
  'resource-constraint': { is: 'full' },
  forbidden: { is: 'banned' },
  'registration-required': { is: 'closed' },
  'item-not-found': { is: 'destroyed' },
  conflict: { is: 'name', problem: 'refused' },
  'jid-malformed': { is: 'name', problem: 'refused' },
  'policy-violation': { is: 'name', problem: 'refused' },
}
