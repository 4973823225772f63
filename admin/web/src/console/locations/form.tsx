import { useSignal } from '@preact/signals'
import { get, path, post, put } from '../../shared/api'
import { useLoad } from '../../shared/load'
import { Field } from '../../shared/ui/field'
import { toast } from '../../shared/ui/toast'
import type { Location, LocationDevices } from '../../shared/types'
import { DeviceColumns } from '../devices/columns'
import { FollowMeTable } from '../devices/followme'
import { fieldText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { useSaving } from '../saving'
import { t } from '../texts/locations'

const idsOf = (d: LocationDevices | undefined): string[] => (d?.assigned ?? []).map((i) => i.id).sort()

/** A new location, or one that is there with its devices. */
export function LocationForm({ of: l, onClose, onSaved }: { of?: Location; onClose(): void; onSaved(): void }) {
  const first = { name: l?.name ?? '' }
  const form = useForm(first)
  const saving = useSaving(form)
  const devices = useLoad(async (signal) => (l ? get<LocationDevices>('/locations' + path(l.id, 'devices'), {}, signal) : { assigned: [], available: [] }), [l?.id])
  const chosen = useSignal<string[] | undefined>(undefined)
  const held = chosen.value ?? idsOf(devices.data)
  const save = async (): Promise<void> => {
    const saved = await saving.run(async () => {
      const now = l ? await put<Location>('/locations' + path(l.id), { revision: l.revision, ...form.values }) : await post<Location>('/locations', form.values)
      const before = idsOf(devices.data)
      if (l && !same(held, before)) {
        await put('/locations' + path(l.id, 'devices'), { assign: held.filter((id) => !before.includes(id)), unassign: before.filter((id) => !held.includes(id)) })
      }
      return now
    })
    if (!saved) return
    toast({ text: t(l ? 'saved' : 'created', { name: saved.name }) })
    onSaved()
  }
  return (
    <FormDrawer title={t(l ? 'edit' : 'new')} {...(l && { note: l.name })} of={saving} unsaved={() => !same(form.values, first) || !same(held, idsOf(devices.data))} onSave={() => void save()} onClose={onClose}>
      <Field name="name" label={t('name')} hint={t('nameHint')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
        {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
      </Field>
      {l && devices.data && (
        <>
          <DeviceColumns all={[...devices.data.assigned, ...devices.data.available]} chosen={held} name={l.name} onChange={(ids) => (chosen.value = ids)} />
          <FollowMeTable at={'/locations' + path(l.id, 'followme')} of={idsOf(devices.data).join()} rings={t('whoIsThere')} />
        </>
      )}
    </FormDrawer>
  )
}
