import { useSignal } from '@preact/signals'
import { path, post, put } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { down, x } from '../../shared/icons'
import { Segments } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Picker } from '../../shared/ui/picker'
import { Callout } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Device } from '../../shared/types'
import { fieldText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { findUsers } from '../people'
import { useSaving } from '../saving'
import { t } from '../texts/devices'

interface Values {
  kind: 'phone' | 'softphone'
  name: string
  owner: string
  encryption: Device['encryption']
}

/** A new device, or one that is there. */
export function DeviceForm({ of: d, onClose, onSaved }: { of?: Device; onClose(): void; onSaved(d: Device): void }) {
  const first: Values = d ? { kind: d.kind === 'softphone' ? 'softphone' : 'phone', name: d.name, owner: d.owner, encryption: d.encryption } : { kind: 'phone', name: '', owner: '', encryption: '' }
  const form = useForm<Values>(first)
  const ownerName = useSignal(d?.ownerName ?? '')
  const saving = useSaving(form)
  const save = async (revision = d?.revision ?? 0): Promise<void> => {
    const { kind, ...data } = form.values
    const now = await saving.run(() => (d ? put<Device>('/devices' + path(d.id), { revision, ...data }) : post<Device>('/devices', { kind, ...data })))
    if (!now) return
    toast({ text: t(d ? 'saved' : 'created', { name: now.name }) })
    onSaved(now)
  }
  const ownerError = form.error('owner')
  return (
    <FormDrawer title={t(d ? 'edit' : 'add')} of={saving} unsaved={() => !same(form.values, first)} onSave={() => void save()} onOverwrite={(revision) => void save(revision)} onClose={onClose}>
      {d?.bySwitch && <div class="full"><Callout>{t('bySwitchHint')}</Callout></div>}
      {!d && (
        <div class="field full">
          <span class="label" id="device-kind">{t('kind')}</span>
          <Segments<Values['kind']> labelledby="device-kind" value={form.values.kind} onChange={(kind) => form.set('kind', kind)}
            of={[{ value: 'phone', label: t('kind_phone') }, { value: 'softphone', label: t('kind_softphone') }]} />
          <p class="hint">{t(form.values.kind === 'phone' ? 'phoneHint' : 'softphoneHint')}</p>
        </div>
      )}
      <Field name="name" label={t('name')} hint={t('nameHint')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
        {(aria) => <input class="input" autocomplete="off" readOnly={d?.bySwitch} {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
      </Field>
      <div class={'field full' + (ownerError ? ' is-bad' : '')} role="group" aria-label={t('owner')}>
        <span class="label">{t('owner')}</span>
        <div class="row wrap">
          {form.values.owner && (
            <span class="chip">
              {ownerName.value || form.values.owner}
              {!d?.bySwitch && <button type="button" aria-label={t('removeOwner', { name: ownerName.value })} onClick={() => form.set('owner', '')}><Icon of={x} /></button>}
            </span>
          )}
          {!d?.bySwitch && (
            <Picker class="btn btn--sm" label={t('chooseOwner')} find={findUsers((jid) => jid === form.values.owner)} onPick={(c) => {
              ownerName.value = c.label
              form.set('owner', c.id)
            }}>
              {t('chooseOwner')}<Icon of={down} size="s" />
            </Picker>
          )}
        </div>
        {ownerError && <p class="err" role="alert">{fieldText(ownerError, '', () => {})}</p>}
        <p class="hint">{t('ownerHint')}</p>
      </div>
      <Field name="encryption" label={t('encryption')} hint={t('encryptionHint')} full error={form.error('encryption')}>
        {(aria) => (
          <select class="select" {...aria} value={form.values.encryption} onChange={(e) => form.set('encryption', e.currentTarget.value as Device['encryption'])}>
            <option value="">{t('encryptionAny')}</option>
            <option value="required">{t('encryptionRequired')}</option>
          </select>
        )}
      </Field>
    </FormDrawer>
  )
}
