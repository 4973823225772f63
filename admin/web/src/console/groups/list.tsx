import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { get, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { group, plus, x } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Segments } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Picker } from '../../shared/ui/picker'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Group, GroupPage, GroupRow } from '../../shared/types'
import { fieldText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { AddButton, ListPage } from '../list'
import { findUsers } from '../people'
import { useSaving } from '../saving'
import { session } from '../session'
import { recount } from '../shell'
import { AccessBadges } from './access'
import { t } from '../texts/groups'

type Shown = '' | 'true' | 'false'

/** How often who is in a group is looked for. */
const refresh = 15_000

export function GroupList() {
  const view = useView()
  const shown = (place.value.query.get('public') ?? '') as Shown
  const page = useLoad((signal) => get<GroupPage>('/groups', { ...view.query, public: shown }, signal), [view.key, shown], refresh)
  const add = <AddButton>{t('add')}</AddButton>
  const columns: Column<GroupRow>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (g) => <a class="who" href={address('groups', g.room)} title={g.name}><Avatar name={g.name} of={g.room} size="sm" square /><b class="clip">{g.name}</b></a>,
    },
    { head: t('address'), class: 'hide-md', cells: 'second', cell: (g) => <span class="clip mono" title={g.room}>{g.room}</span> },
    { head: t('members'), class: 'c-num', cell: (g) => number(g.members) },
    { head: t('presentNow'), class: 'c-num hide-sm', cell: (g) => number(g.occupants) },
    { head: t('guests'), class: 'c-num', cell: (g) => (g.guests > 0 ? <span class="badge badge--ok">{number(g.guests)}</span> : <span class="muted">0</span>) },
    { head: t('access'), class: 'hide-sm', cell: (g) => <AccessBadges group={g} /> },
  ]
  return (
    <ListPage title={t('title')} find={t('find')} view={view} page={page} columns={columns} id={(g) => g.room} actions={add}
      tools={
        <Segments<Shown> label={t('guests')} value={shown} onChange={(value) => setQuery({ public: value, offset: '' })}
          of={[{ value: '', label: t('all') }, { value: 'true', label: t('onlyPublic') }, { value: 'false', label: t('onlyPrivate') }]} />
      }
      empty={shown ? <Empty icon={group} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={() => setQuery({ public: '' })}>{t('showAll')}</button>} />
        : <Empty icon={group} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {place.value.query.get('add') === '1' && <NewGroup onClose={() => setQuery({ add: '' })} />}
    </ListPage>
  )
}

interface Person {
  jid: string
  name: string
}

/** People who are chosen one after the other. */
function People({ label, hint, add, people, onChange, error }: { label: string; hint?: string; add: string; people: Person[]; onChange(people: Person[]): void; error?: ComponentChildren }) {
  return (
    <div class={'field full' + (error ? ' is-bad' : '')} role="group" aria-label={label}>
      <span class="label">{label}</span>
      <div class="row wrap">
        {people.map((p) => (
          <span class="chip" key={p.jid}>
            {p.name}
            <button type="button" aria-label={t('remove', { name: p.name })} onClick={() => onChange(people.filter((o) => o.jid !== p.jid))}><Icon of={x} /></button>
          </span>
        ))}
        <Picker class="btn btn--sm" label={add} placeholder={t('findUser')} find={findUsers((jid) => people.some((p) => p.jid === jid))}
          onPick={(c) => onChange([...people, { jid: c.id, name: c.label }])}>
          <Icon of={plus} />{add}
        </Picker>
      </div>
      {error && <p class="err" role="alert">{error}</p>}
      {hint && <p class="hint">{hint}</p>}
    </div>
  )
}

function NewGroup({ onClose }: { onClose(): void }) {
  const me = session.value!
  const first = { name: '', local: '', description: '' }
  const form = useForm(first)
  const owners = useSignal<Person[]>([{ jid: me.user, name: me.displayName }])
  const members = useSignal<Person[]>([])
  const saving = useSaving(form)
  const save = async (): Promise<void> => {
    const made = await saving.run(() => post<Group>('/groups', {
      name: form.values.name, description: form.values.description, ...(form.values.local && { local: form.values.local }),
      owners: owners.value.map((p) => p.jid), members: members.value.map((p) => p.jid),
    }))
    if (!made) return
    toast({ text: t('created', { name: made.name }) })
    recount()
    await go(address('groups', made.room))
  }
  const text = (name: 'name' | 'local' | 'description') => ({
    error: form.error(name), errorText: fieldText(form.error(name), form.values[name], (s) => form.set(name, s)),
  })
  const ownersError = form.errors.owners
  return (
    <FormDrawer title={t('add')} of={saving} unsaved={() => !same(form.values, first) || members.value.length > 0} onSave={() => void save()} onClose={onClose}>
      <Field name="name" label={t('name')} hint={t('nameHint')} full {...text('name')}>
        {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
      </Field>
      <Field name="local" label={t('address')} optional hint={t('addressHint')} full {...text('local')}>
        {(aria) => (
          <span class="joined">
            <input class="input" autocomplete="off" autocapitalize="none" spellcheck={false} {...aria} value={form.values.local} onInput={(e) => form.set('local', e.currentTarget.value)} />
            <span class="muted mono clip">@{me.groupDomain}</span>
          </span>
        )}
      </Field>
      <Field name="description" label={t('description')} optional full {...text('description')}>
        {(aria) => <textarea class="input" rows={2} {...aria} value={form.values.description} onInput={(e) => form.set('description', e.currentTarget.value)} />}
      </Field>
      <People label={t('owners')} hint={t('ownersHint')} add={t('addOwner')} people={owners.value} error={fieldText(ownersError, '', () => {})} onChange={(p) => (owners.value = p)} />
      <People label={t('members')} add={t('addMember')} people={members.value} onChange={(p) => (members.value = p)} />
    </FormDrawer>
  )
}
