import { Icon } from '../../shared/icon'
import { globe, lock, people } from '../../shared/icons'
import type { GroupRow } from '../../shared/types'
import { t } from '../texts/groups'

/** Who may enter a group beside its members: guests, whoever has an account, or nobody. */
export function AccessBadges({ group: g }: { group: GroupRow }) {
  return (
    <span class="badges">
      {g.public && <span class="badge badge--accent"><Icon of={globe} />{t('publicState')}</span>}
      {!g.membersOnly && <span class="badge badge--line" title={t('openHint')}><Icon of={people} />{t('openState')}</span>}
      {!g.public && g.membersOnly && <span class="badge"><Icon of={lock} />{t('privateState')}</span>}
    </span>
  )
}
