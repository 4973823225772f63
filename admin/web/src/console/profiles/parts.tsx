import type { Permission } from '../../shared/types'
import type { ProfileData } from '../../shared/profiles/model'
import type { Form } from '../form'
import { Permissions } from '../permissions/choose'
import { t } from '../texts/profiles'

/** Who may choose the profile. */
export function Offered({ form, permissions, builtIn }: { form: Form<ProfileData>; permissions: Permission[]; builtIn: boolean }) {
  if (builtIn) return <p class="hint">{t('everybody')}</p>
  return <Permissions list={permissions} hint={t('permissionsHint')} chosen={form.values.permissions} error={form.error('permissions')} onChange={(next) => form.set('permissions', next)} />
}
