import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, post } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { plus, right, shield } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Drawer } from '../../shared/ui/drawer'
import { Field } from '../../shared/ui/field'
import { useKey } from '../../shared/ui/keys'
import { Callout, Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Permission, PermissionPage } from '../../shared/types'
import { fieldText } from '../errors'
import { focusFirstError, useForm } from '../form'
import { ListPage } from '../list'
import { recount } from '../shell'
import { t as common } from '../texts/common'
import { t, typeWords } from '../texts/permissions'

export function PermissionList() {
  const view = useView()
  const page = useLoad((signal) => get<PermissionPage>('/permissions', view.query, signal), [view.key])
  const add = (
    <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
  )
  const empty = <Empty icon={shield} title={t('empty')} action={add}>{t('emptyText')}</Empty>
  const columns: Column<Permission>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (p) => (
        <a class="who" href={address('permissions', p.id)}>
          <span class="glyph"><Icon of={shield} /></span>
          <span class="two-lines">
            <b class="clip">{p.name}{p.builtIn && <span class="badge badge--line">{t('builtIn')}</span>}</b>
            {p.description && <small class="clip" title={p.description}>{p.description}</small>}
          </span>
        </a>
      ),
    },
    { head: t('types'), cell: (p) => <span class="badges">{p.types.map((type) => <span key={type} class="badge" title={type}>{typeWords(type)}</span>)}</span> },
    { head: t('members'), class: 'c-num', cell: (p) => (p.auto.users ? <span class="badge badge--accent">{t('allUsers')}</span> : number(p.members.users)) },
    { head: t('changed'), class: 'hide-md', cells: 'second', title: (p) => dateTime(p.changed), cell: (p) => ago(p.changed) },
    { head: common('actions'), mute: true, class: 'c-act hide-sm', cell: () => <Icon of={right} size="s" class="muted" /> },
  ]
  return (
    <ListPage title={t('title')} find={t('find')} view={view} page={page} columns={columns} id={(p) => p.id} actions={add} empty={empty}
      more={!view.q && page.data?.total === 1 && empty}>
      {place.value.query.get('add') === '1' && <NewPermission onClose={() => setQuery({ add: '' })} />}
    </ListPage>
  )
}

/** Name and description; then the page of the permission has the rest. */
function NewPermission({ onClose }: { onClose(): void }) {
  const form = useForm({ name: '', description: '' })
  const busy = useSignal(false)
  const failed = useSignal('')
  const element = useRef<HTMLFormElement>(null)
  const save = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    try {
      const made = await post<Permission>('/permissions', { ...form.values, types: [], auto: { users: false, devices: false, teams: false, locations: false } })
      toast({ text: t('created', { name: made.name }) })
      recount()
      await go(address('permissions', made.id))
    } catch (e) {
      if (form.refused(e)) focusFirstError(element.current)
      else failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  useKey('Ctrl+s', () => void save())
  return (
    <Drawer title={t('new')} note={t('newNote')} onClose={onClose}
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
        <Field name="name" label={t('name')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
          {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
        </Field>
        <Field name="description" label={t('description')} optional full error={form.error('description')} errorText={fieldText(form.error('description'), '', () => {})}>
          {(aria) => <textarea class="input" rows={3} {...aria} value={form.values.description} onInput={(e) => form.set('description', e.currentTarget.value)} />}
        </Field>
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
