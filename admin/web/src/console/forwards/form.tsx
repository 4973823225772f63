import { useSignal } from '@preact/signals'
import { path, put } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { down } from '../../shared/icons'
import { SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Picker } from '../../shared/ui/picker'
import { toast } from '../../shared/ui/toast'
import type { Forward } from '../../shared/types'
import { fieldText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { findUsers } from '../people'
import { useSaving } from '../saving'
import { t } from '../texts/forwards'

interface Values {
  target: string
  active: boolean
}

/** A new forward for some user, or one that is there. */
export function ForwardForm({ of: f, onClose, onSaved }: { of?: Forward; onClose(): void; onSaved(): void }) {
  const first: Values = { target: f?.target ?? '', active: f?.active ?? true }
  const form = useForm<Values>(first)
  const user = useSignal(f ? { id: f.user, name: f.userName } : { id: '', name: '' })
  const unchosen = useSignal(false)
  const saving = useSaving(form)
  const save = async (revision = f?.revision ?? 0): Promise<void> => {
    unchosen.value = !user.value.id
    if (unchosen.value) return
    const now = await saving.run(() => put<Forward>('/users' + path(user.value.id, 'forward'), { revision, ...form.values }))
    if (!now) return
    toast({ text: now.active ? t('saved', { name: now.userName, target: now.target }) : t('kept', { name: now.userName }) })
    onSaved()
  }
  return (
    <FormDrawer title={t(f ? 'edit' : 'add')} of={saving} unsaved={() => !same(form.values, first)} onSave={() => void save()} onOverwrite={(revision) => void save(revision)} onClose={onClose}>
      <div class={'field full' + (unchosen.value ? ' is-bad' : '')} role="group" aria-label={t('user')}>
        <span class="label">{t('user')}</span>
        <div class="row wrap">
          {user.value.id && <span class="chip">{user.value.name || user.value.id}</span>}
          {!f && (
            <Picker class="btn btn--sm" label={t('chooseUser')} find={findUsers((jid) => jid === user.value.id)} onPick={(c) => {
              user.value = { id: c.id, name: c.label }
              unchosen.value = false
            }}>
              {t('chooseUser')}<Icon of={down} size="s" />
            </Picker>
          )}
        </div>
        {unchosen.value && <p class="err" role="alert">{t('userMissing')}</p>}
        <p class="hint">{t('userHint')}</p>
      </div>
      <Field name="target" label={t('targetLabel')} hint={t('targetHint')} full error={form.error('target')} errorText={fieldText(form.error('target'), form.values.target, (s) => form.set('target', s))}>
        {(aria) => <input class="input" inputMode="tel" autocomplete="off" {...aria} value={form.values.target} onInput={(e) => form.set('target', e.currentTarget.value)} />}
      </Field>
      <SwitchRow name="active" label={t('activeLabel')} hint={t('activeHint')} on={form.values.active} onChange={(on) => form.set('active', on)} full />
    </FormDrawer>
  )
}
