import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { path, Problem, put, type Conflict } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { down } from '../../shared/icons'
import { SwitchRow } from '../../shared/ui/controls'
import { ask } from '../../shared/ui/dialog'
import { Drawer } from '../../shared/ui/drawer'
import { Field } from '../../shared/ui/field'
import { useKey } from '../../shared/ui/keys'
import { Picker } from '../../shared/ui/picker'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Forward } from '../../shared/types'
import { ConflictCallout, conflictOf } from '../conflict'
import { fieldText } from '../errors'
import { focusFirstError, same, useForm } from '../form'
import { findUsers } from '../people'
import { t as common } from '../texts/common'
import { t } from '../texts/forwards'

interface Values {
  target: string
  active: boolean
}

/** A new forward for some user, or one that is there. */
export function ForwardForm({ of: f, onClose, onSaved }: { of?: Forward; onClose(): void; onSaved(f: Forward): void }) {
  const first: Values = { target: f?.target ?? '', active: f?.active ?? true }
  const form = useForm<Values>(first)
  const user = useSignal(f ? { id: f.user, name: f.userName } : { id: '', name: '' })
  const unchosen = useSignal(false)
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)

  const save = async (revision = f?.revision ?? 0): Promise<void> => {
    unchosen.value = !user.value.id
    if (busy.value || unchosen.value) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = await put<Forward>('/users' + path(user.value.id, 'forward'), { revision, ...form.values })
      toast({ text: now.active ? t('saved', { name: now.userName, target: now.target }) : t('kept', { name: now.userName }) })
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
  return (
    <Drawer title={t(f ? 'edit' : 'add')} onClose={() => void close()}
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
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
