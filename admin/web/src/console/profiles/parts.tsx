import type { Permission } from '../../shared/types'
import type { ProfileData } from '../../shared/profiles/model'
import { partText } from '../errors'
import type { Form } from '../form'
import { t } from '../texts/profiles'

/** Who may choose the profile. */
export function Offered({ form, permissions, builtIn }: { form: Form<ProfileData>; permissions: Permission[]; builtIn: boolean }) {
  if (builtIn) return <p class="hint">{t('everybody')}</p>
  // A permission that was deleted since is left out of what is saved.
  const chosen = form.values.permissions.filter((id) => permissions.some((p) => p.id === id))
  const set = (id: string, on: boolean): void => form.set('permissions', (on ? [...chosen, id] : chosen.filter((c) => c !== id)).sort())
  return (
    <div class="col">
      <p class="hint">{t('permissionsHint')}</p>
      <ul class="choices">
        {permissions.map((p) => (
          <li key={p.id}>
            <label class="choice">
              <input class="check" type="checkbox" checked={chosen.includes(p.id)} onChange={(e) => set(p.id, e.currentTarget.checked)} />
              <span class="grow"><b>{p.name}</b>{p.description && <small>{p.description}</small>}</span>
            </label>
          </li>
        ))}
      </ul>
      {form.error('permissions') && <p class="err" role="alert">{partText(form.error('permissions'))}</p>}
    </div>
  )
}
