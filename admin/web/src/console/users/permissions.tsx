import { useSignal } from '@preact/signals'
import { SearchField } from '../../shared/ui/controls'
import { Empty, NoHits } from '../../shared/ui/states'
import { shield } from '../../shared/icons'
import type { UserPermission } from '../../shared/types'
import { typeWords } from '../texts/permissions'
import { t } from '../texts/users'

/** Which permissions a user has: those for everybody stand fast, the others are ticked. */
export function PermissionChoice({ of, chosen, onChange }: { of: UserPermission[]; chosen: string[]; onChange(ids: string[]): void }) {
  const q = useSignal('')
  const wanted = q.value.trim().toLowerCase()
  const shown = of.filter((p) => p.name.toLowerCase().includes(wanted))
  const has = new Set(chosen)
  return (
    <div class="full col">
      <p class="hint">{t('permissionsHint')}</p>
      {of.length > 8 && <SearchField label={t('findPermission')} value={q.value} onChange={(text) => (q.value = text)} />}
      <ul class="choices">
        {shown.map((p) => (
          <li key={p.id}>
            <label class="choice">
              <input class="check" type="checkbox" checked={p.automatic || has.has(p.id)} disabled={p.automatic}
                onChange={(e) => onChange(e.currentTarget.checked ? [...chosen, p.id] : chosen.filter((id) => id !== p.id))} />
              <span class="grow">
                <b>{p.name}</b>
                {p.types.length > 0 && <small>{p.types.map(typeWords).join(' · ')}</small>}
              </span>
              {p.automatic && <span class="badge badge--line">{t('automatic')}</span>}
            </label>
          </li>
        ))}
      </ul>
      {!of.length && <Empty icon={shield} title={t('noneToAssign')} />}
      {of.length > 0 && !shown.length && <NoHits q={q.value} onClear={() => (q.value = '')} />}
    </div>
  )
}
