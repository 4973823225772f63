import { get, post } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { right, shield } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Field } from '../../shared/ui/field'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Permission, PermissionPage } from '../../shared/types'
import { fieldText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { AddButton, ListPage } from '../list'
import { useSaving } from '../saving'
import { recount } from '../shell'
import { t as common } from '../texts/common'
import { t, typeWords } from '../texts/permissions'

export function PermissionList() {
  const view = useView()
  const page = useLoad((signal) => get<PermissionPage>('/permissions', view.query, signal), [view.key])
  const add = <AddButton>{t('add')}</AddButton>
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
  const first = { name: '', description: '' }
  const form = useForm(first)
  const saving = useSaving(form)
  const save = async (): Promise<void> => {
    const made = await saving.run(() => post<Permission>('/permissions', { ...form.values, types: [], auto: { users: false, devices: false, teams: false, locations: false } }))
    if (!made) return
    toast({ text: t('created', { name: made.name }) })
    recount()
    await go(address('permissions', made.id))
  }
  return (
    <FormDrawer title={t('new')} note={t('newNote')} of={saving} unsaved={() => !same(form.values, first)} onSave={() => void save()} onClose={onClose}>
      <Field name="name" label={t('name')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
        {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
      </Field>
      <Field name="description" label={t('description')} optional full error={form.error('description')} errorText={fieldText(form.error('description'), '', () => {})}>
        {(aria) => <textarea class="input" rows={3} {...aria} value={form.values.description} onInput={(e) => form.set('description', e.currentTarget.value)} />}
      </Field>
    </FormDrawer>
  )
}
