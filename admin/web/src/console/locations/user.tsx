import { get, path, put } from '../../shared/api'
import { useLoad } from '../../shared/load'
import { Field } from '../../shared/ui/field'
import { Callout, Failure, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Place, UserLocation } from '../../shared/types'
import { t } from '../texts/locations'

/** Where a user works now, and where he is put. It is done at once, not with the form. */
export function UserPlace({ jid, name }: { jid: string; name: string }) {
  const at = '/users' + path(jid, 'location')
  const loaded = useLoad((signal) => get<UserLocation>(at, {}, signal), [jid], 10_000)
  if (loaded.error !== undefined) return <Failure error={loaded.error} onRetry={loaded.reload} />
  const u = loaded.data
  if (!u) return null
  const move = async (location: string): Promise<void> => {
    try {
      const now = await put<UserLocation>(at, { location })
      loaded.set(now)
      const place = now.open.find((p) => p.id === now.location)
      toast({ text: place ? t('moved', { name, place: place.name }) : t('roams', { name }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
      loaded.reload()
    }
  }
  const option = (p: Place) => <option key={p.id} value={p.id}>{p.user && p.user !== jid ? t('taken', { place: p.name }) : p.name}</option>
  const others = u.open.filter((p) => !u.recent.some((r) => r.id === p.id))
  return (
    <>
      {!u.open.length && <div class="full"><Callout>{t('noneOpen')}</Callout></div>}
      <Field name="location" label={t('choose', { name })} hint={t('chooseHint')} full>
        {(aria) => (
          <select class="select" {...aria} value={u.location} onChange={(e) => void move(e.currentTarget.value)}>
            <option value="">{t('roaming')}</option>
            {u.recent.length > 0 && <optgroup label={t('recent')}>{u.recent.map(option)}</optgroup>}
            {others.length > 0 && <optgroup label={t('all', { name })}>{others.map(option)}</optgroup>}
          </select>
        )}
      </Field>
    </>
  )
}
