import { get, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { moon, right } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { Mark } from '../../shared/profiles/mark'
import { newProfile, triggerText } from '../../shared/profiles/model'
import { t as profileTexts } from '../../shared/profiles/texts'
import { address, go, place, setQuery } from '../../shared/router'
import { Field } from '../../shared/ui/field'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Profile, ProfilePage } from '../../shared/types'
import { fieldText } from '../errors'
import { useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { AddButton, ListPage } from '../list'
import { useSaving } from '../saving'
import { t as common } from '../texts/common'
import { t } from '../texts/profiles'

export function ProfileList() {
  const view = useView()
  const page = useLoad((signal) => get<ProfilePage>('/profiles', view.query, signal), [view.key])
  const add = <AddButton>{t('add')}</AddButton>
  const columns: Column<Profile>[] = [
    {
      head: profileTexts('name'), class: 'c-first',
      cell: (p) => (
        <a class="who" href={address('profiles', p.id)}>
          <Mark of={p} />
          <span class="two-lines">
            <b class="clip">{p.name}</b>
            {p.triggers.length > 0 && <small class="clip">{p.triggers.map(triggerText).join(' · ')}</small>}
          </span>
        </a>
      ),
    },
    { head: t('assignment'), cell: (p) => <span class="badge badge--line">{t(p.builtIn ? 'system' : 'admin')}</span> },
    {
      head: t('effect'), class: 'hide-sm',
      cell: (p) => (
        <span class="badges">
          <span class={'badge' + (p.silent ? ' badge--warn' : '')}>{p.silent ? profileTexts('silent') : t('rings')}</span>
          {p.show && <span class="badge">{profileTexts(`show_${p.show}`)}</span>}
          {p.sticky && <span class="badge">{profileTexts('sticky')}</span>}
        </span>
      ),
    },
    { head: t('offered'), class: 'c-num hide-md', cell: (p) => number(p.offered) },
    { head: t('inIt'), class: 'c-num', cell: (p) => number(p.users) },
    { head: common('actions'), mute: true, class: 'c-act hide-sm', cell: () => <Icon of={right} size="s" class="muted" /> },
  ]
  return (
    <ListPage title={t('title')} find={t('find')} view={view} page={page} columns={columns} id={(p) => p.id} actions={add} empty={<Empty icon={moon} title={t('empty')} action={add} />}>
      {place.value.query.get('add') === '1' && <NewProfile onClose={() => setQuery({ add: '' })} />}
    </ListPage>
  )
}

/** The name; then the page of the profile has the rest. */
function NewProfile({ onClose }: { onClose(): void }) {
  const form = useForm({ name: '' })
  const saving = useSaving(form)
  const save = async (): Promise<void> => {
    const made = await saving.run(() => post<Profile>('/profiles', newProfile(form.values.name)))
    if (!made) return
    toast({ text: profileTexts('created', { name: made.name }) })
    await go(address('profiles', made.id))
  }
  return (
    <FormDrawer title={t('new')} note={t('newNote')} of={saving} unsaved={() => form.values.name !== ''} onSave={() => void save()} onClose={onClose}>
      <Field name="name" label={profileTexts('name')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
        {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
      </Field>
    </FormDrawer>
  )
}
