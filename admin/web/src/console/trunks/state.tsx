import { ago, dateTime } from '../../shared/format'
import type { AccountState, Trunk } from '../../shared/types'
import { t } from '../texts/trunks'

/** How an account does: shape and words beside the colour. */
export function StateBadge({ of: s }: { of: AccountState | undefined }) {
  if (!s) return <span class="badge" title={t('unknown')}>{t('unknown')}</span>
  return s.up
    ? <span class="badge badge--ok" title={s.since && t('upSince', { when: ago(s.since) })}><i class="dot dot--ok" />{t('up')}</span>
    : <span class="badge badge--bad" title={[s.error, s.since && dateTime(s.since)].filter(Boolean).join(' · ')}><i class="dot dot--bad" />{t('down')}</span>
}

export const stateOf = (trunk: Trunk, account: string): AccountState | undefined => trunk.states.find((s) => s.account === account)
