import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { del, get, path, Problem, put, type Conflict } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { down, more, trash } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import type { Around } from '../../shared/profiles/actions'
import { ProfileCards, useEditing } from '../../shared/profiles/form'
import { Mark } from '../../shared/profiles/mark'
import { dataOf } from '../../shared/profiles/model'
import { t as profileTexts } from '../../shared/profiles/texts'
import { address, go } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Picker } from '../../shared/ui/picker'
import { Callout, Failure, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { DevicePage, LocationPage, PermissionPage, Permission, Profile, ProfilePage, TeamPage } from '../../shared/types'
import { ConflictCallout, conflictOf } from '../conflict'
import { focusFirstError, same } from '../form'
import { useGuard } from '../leave'
import { NotFound } from '../notfound'
import { findUsers } from '../people'
import { SaveBar } from '../savebar'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/profiles'
import { Offered } from './parts'

interface All {
  profile: Profile
  permissions: Permission[]
  zone: string
  around: Around
}

export function ProfileDetails({ id }: { id: string }) {
  const loaded = useLoad(async (signal) => {
    const [profile, permissions, list, teams, locations, devices] = await Promise.all([
      get<Profile>('/profiles' + path(id), {}, signal),
      get<PermissionPage>('/permissions', { limit: 500 }, signal),
      get<ProfilePage>('/profiles', { limit: 1 }, signal),
      get<TeamPage>('/teams', { limit: 500 }, signal),
      get<LocationPage>('/locations', { limit: 500 }, signal),
      get<DevicePage>('/devices', { limit: 500 }, signal),
    ])
    return { profile, permissions: permissions.items, zone: list.zone, around: { teams: teams.items, locations: locations.items, devices: devices.items } }
  }, [id])
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <NotFound />
  if (!loaded.data) {
    return (
      <Page title={t('title')} busy={loaded.loading}>
        {loaded.error !== undefined ? <Failure error={loaded.error} onRetry={loaded.reload} /> : loaded.slow && <section class="card"><Waiting lines={6} /></section>}
      </Page>
    )
  }
  return <Editor loaded={loaded as Loaded<All> & { data: All }} />
}

function Editor({ loaded }: { loaded: Loaded<All> & { data: All } }) {
  const { permissions, zone, around } = loaded.data
  const base = useSignal(loaded.data.profile) // what the form began with
  const profile = base.value
  const editing = useEditing('/profiles', profile.id, dataOf(profile), profile.warnings)
  const { form, warnings } = editing
  const user = useSignal({ id: '', name: '' })
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)
  const isChanged = (): boolean => !same(form.values, dataOf(base.value))
  const changed = isChanged()
  useGuard(() => changed)

  const save = async (revision = base.value.revision): Promise<void> => {
    if (busy.value || !isChanged()) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = await put<Profile>('/profiles' + path(profile.id), { revision, ...form.values })
      base.value = now
      warnings.value = now.warnings
      form.reset(dataOf(now))
      toast({ text: now.warnings.length ? profileTexts('savedOdd', { name: now.name, n: now.warnings.length }) : profileTexts('saved', { name: now.name }) })
    } catch (e) {
      conflict.value = conflictOf(e)
      if (form.refused(e)) focusFirstError(element.current)
      else if (e instanceof Problem && e.status === 404) failed.value = common('gone')
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const discard = (): void => {
    form.reset(dataOf(base.value))
    failed.value = ''
    conflict.value = undefined
  }
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: profileTexts('deleteTitle', { name: profile.name }), body: t('deleteText'), keep: profileTexts('deleteKeep'), act: profileTexts('deleteAct'), danger: true }))) return
    try {
      await del('/profiles' + path(profile.id))
      toast({ text: profileTexts('deleted', { name: profile.name }) })
      discard()
      await go(address('profiles'))
    } catch (e) {
      failed.value = reason(e)
    }
  }
  return (
    <Page title={profile.name} under={{ label: t('title'), href: address('profiles') }}
      note={
        <>
          <Mark of={form.values} />
          <span class="badge badge--line">{t(profile.builtIn ? 'system' : 'admin')}</span>
          {changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{common('notSaved')}</span>}
        </>
      }
      actions={!profile.builtIn && (
        <Menu class="btn btn--ghost btn--icon" label={common('moreFor', { name: profile.name })} items={[{ label: profileTexts('delete'), icon: trash, bad: true, act: () => void remove() }]}><Icon of={more} /></Menu>
      )}
      foot={<SaveBar changed={changed} busy={busy.value} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>{common('notSaved')}</SaveBar>}>
      {conflict.value && <ConflictCallout conflict={conflict.value} onOverwrite={() => void save(conflict.value?.current)} />}
      {failed.value && <Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout>}
      <form class="profile-page" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        <ProfileCards editing={editing} at="/profiles" id={profile.id} builtIn={profile.builtIn} look={profileTexts('lookNote')} around={around} user={user.value.id}
          triggersHint={t('triggersHint', { zone })} teamsCallHint={`${profileTexts('teamsCallHint')} ${t('teamsCallWhere')}`}
          who={
            <Picker class="btn btn--block" label={t('forUser')} find={findUsers((jid) => jid === user.value.id)} onPick={(c) => (user.value = { id: c.id, name: c.label })}>
              <span class="grow clip">{user.value.name || t('forUser')}</span><Icon of={down} size="s" />
            </Picker>
          }>
          <section class="card">
            <div class="card-head"><h2>{t('permissions')}</h2><span class="muted">{t('users', { n: profile.offered })}</span></div>
            <div class="card-body"><Offered form={form} permissions={permissions} builtIn={profile.builtIn} /></div>
          </section>
        </ProfileCards>
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Page>
  )
}
