import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, path, post, put } from '../../shared/api'
import { useLoad } from '../../shared/load'
import { Drawer } from '../../shared/ui/drawer'
import { Field } from '../../shared/ui/field'
import { useKey } from '../../shared/ui/keys'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Location, LocationDevices } from '../../shared/types'
import { DeviceColumns } from '../devices/columns'
import { FollowMeTable } from '../devices/followme'
import { fieldText } from '../errors'
import { focusFirstError, same, useForm } from '../form'
import { t as common } from '../texts/common'
import { t } from '../texts/locations'

const idsOf = (d: LocationDevices | undefined): string[] => (d?.assigned ?? []).map((i) => i.id).sort()

/** A new location, or one that is there with its devices. */
export function LocationForm({ of: l, onClose, onSaved }: { of?: Location; onClose(): void; onSaved(): void }) {
  const form = useForm({ name: l?.name ?? '' })
  const devices = useLoad(async (signal) => (l ? get<LocationDevices>('/locations' + path(l.id, 'devices'), {}, signal) : { assigned: [], available: [] }), [l?.id])
  const chosen = useSignal<string[] | undefined>(undefined)
  const held = chosen.value ?? idsOf(devices.data)
  const busy = useSignal(false)
  const failed = useSignal('')
  const element = useRef<HTMLFormElement>(null)
  const save = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    try {
      const saved = l
        ? await put<Location>('/locations' + path(l.id), { revision: l.revision, ...form.values })
        : await post<Location>('/locations', form.values)
      const before = idsOf(devices.data)
      if (l && !same(held, before)) {
        await put('/locations' + path(l.id, 'devices'), { assign: held.filter((id) => !before.includes(id)), unassign: before.filter((id) => !held.includes(id)) })
      }
      toast({ text: t(l ? 'saved' : 'created', { name: saved.name }) })
      onSaved()
    } catch (e) {
      if (form.refused(e)) focusFirstError(element.current)
      else failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  useKey('Ctrl+s', () => void save())
  return (
    <Drawer title={t(l ? 'edit' : 'new')} {...(l && { note: l.name })} onClose={onClose}
      foot={
        <span class="end row">
          <button type="button" class="btn" onClick={onClose}>{common('cancel')}</button>
          <button type="button" class="btn btn--primary" aria-busy={busy.value} onClick={() => void save()}>{busy.value && <span class="spin" aria-hidden="true" />}{common('save')}</button>
        </span>
      }>
      <form class="form" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        {failed.value && <div class="full"><Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout></div>}
        <Field name="name" label={t('name')} hint={t('nameHint')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
          {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
        </Field>
        {l && devices.data && (
          <>
            <DeviceColumns all={[...devices.data.assigned, ...devices.data.available]} chosen={held} name={l.name} onChange={(ids) => (chosen.value = ids)} />
            <FollowMeTable at={'/locations' + path(l.id, 'followme')} of={idsOf(devices.data).join()} rings={t('whoIsThere')} />
          </>
        )}
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
