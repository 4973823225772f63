import { useSignal } from '@preact/signals'
import { get, path, put } from '../../shared/api'
import { useLoad } from '../../shared/load'
import { Field } from '../../shared/ui/field'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { UserProfile } from '../../shared/types'
import { Steps } from '../../shared/profiles/dryrun'
import { t } from '../texts/profiles'

/** How often it is looked whether the user has changed his profile himself. */
const refresh = 10_000

/** The profile that a user is in. It is no part of the form: another one takes effect at once. */
export function ProfileField({ jid, name }: { jid: string; name: string }) {
  const loaded = useLoad((signal) => get<UserProfile>('/users' + path(jid, 'profile'), {}, signal), [jid], refresh)
  const failed = useSignal('')
  const now = loaded.data
  if (!now || !now.offered.length) return null
  const choose = (profile: string): void => {
    failed.value = ''
    put<UserProfile>('/users' + path(jid, 'profile'), { profile }).then((set) => {
      loaded.set(set)
      toast({ text: t('chosen', { name, profile: set.offered.find((p) => p.id === set.profile)?.name ?? '' }) })
    }, (e: unknown) => {
      failed.value = reason(e)
      loaded.reload()
    })
  }
  return (
    <>
      <Field name="profile" label={t('profile')} hint={now.triggered ? t('profileBy') : t('profileHint')} error={undefined} errorText={undefined}>
        {(aria) => (
          <select class="select" {...aria} value={now.profile} onChange={(e) => choose(e.currentTarget.value)}>
            {now.offered.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
          </select>
        )}
      </Field>
      {now.steps.length > 0 && (
        <details class="full" open={now.steps.some((s) => s.outcome === 'failed')}>
          <summary>{t('stepsOf', { n: now.steps.length })}</summary>
          <Steps of={now.steps} />
        </details>
      )}
      {failed.value && <div class="full"><Callout kind="bad" role="alert">{failed.value}</Callout></div>}
    </>
  )
}
