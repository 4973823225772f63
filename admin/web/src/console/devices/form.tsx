import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { path, post, Problem, put, type Conflict } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { down, x } from '../../shared/icons'
import { Segments } from '../../shared/ui/controls'
import { ask } from '../../shared/ui/dialog'
import { Drawer } from '../../shared/ui/drawer'
import { Field } from '../../shared/ui/field'
import { useKey } from '../../shared/ui/keys'
import { Picker } from '../../shared/ui/picker'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Device } from '../../shared/types'
import { ConflictCallout, conflictOf } from '../conflict'
import { fieldText } from '../errors'
import { focusFirstError, same, useForm } from '../form'
import { findUsers } from '../people'
import { t as common } from '../texts/common'
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
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)

  const save = async (revision = d?.revision ?? 0): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    const { kind, ...data } = form.values
    try {
      const now = d ? await put<Device>('/devices' + path(d.id), { revision, ...data }) : await post<Device>('/devices', { kind, ...data })
      toast({ text: t(d ? 'saved' : 'created', { name: now.name }) })
      onSaved(now)
    } catch (e) {
      conflict.value = conflictOf(e)
      if (form.refused(e)) focusFirstError(element.current)
      else if (e instanceof Problem && e.status === 404) failed.value = common('gone')
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  useKey('Ctrl+s', () => void save())
  const close = async (): Promise<void> => {
    if (!same(form.values, first) && !(await ask({ title: common('leaveTitle'), body: common('leave'), keep: common('stay'), act: common('discard'), danger: true }))) return
    onClose()
  }
  const ownerError = form.error('owner')
  return (
    <Drawer title={t(d ? 'edit' : 'add')} onClose={() => void close()}
      foot={
        <span class="end row">
          <button type="button" class="btn" onClick={() => void close()}>{common('cancel')}</button>
          <button type="button" class="btn btn--primary" aria-busy={busy.value} onClick={() => void save()}>{busy.value && <span class="spin" aria-hidden="true" />}{common('save')}</button>
        </span>
      }>
      <form class="form" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        {conflict.value && (
          <div class="full"><ConflictCallout conflict={conflict.value} onOverwrite={() => void save(conflict.value!.current)} /></div>
        )}
        {failed.value && <div class="full"><Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout></div>}
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
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
