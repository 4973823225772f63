import { Icon } from '../../shared/icon'
import { trunk } from '../../shared/icons'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import type { CallParty } from '../../shared/types'
import { t } from '../texts/calls'

/** What somebody in a call is called, whatever is known of him. */
export const callName = (p: CallParty, dialled = ''): string => p.name || p.number || dialled || t('anonymous')

/** One of the two: who, which number, by which telephone or trunk. */
export function Party({ of: p, dialled = '' }: { of: CallParty; dialled?: string }) {
  const name = callName(p, dialled)
  const more = [p.number !== name && p.number, p.trunk && t('by', { trunk: p.trunk }), p.device && t('at', { device: p.device })].filter(Boolean).join(' · ')
  const words = <span class="two-lines"><b class="clip" title={name}>{name}</b>{more && <small class="clip" title={more}>{more}</small>}</span>
  return p.user
    ? <a class="who" href={address('users', p.user)}><Avatar name={name} of={p.user} size="sm" />{words}</a>
    : <span class="who"><span class="glyph"><Icon of={trunk} /></span>{words}</span>
}
