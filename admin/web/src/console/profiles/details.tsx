import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, post, Problem, put, type Conflict, type FieldProblem } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { clock, more, trash } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, go } from '../../shared/router'
import { SwitchRow } from '../../shared/ui/controls'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Callout, Empty, Failure, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { DevicePage, LocationPage, PermissionPage, Permission, Profile, ProfileChecked, ProfilePage, TeamPage } from '../../shared/types'
import { ConflictCallout, conflictOf } from '../conflict'
import { focusFirstError, same, useForm } from '../form'
import { useGuard } from '../leave'
import { NotFound } from '../notfound'
import { SaveBar } from '../savebar'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/profiles'
import { Chain, type Around } from './actions'
import { DryRun } from './dryrun'
import { Mark } from './mark'
import { dataOf, newTrigger, type ProfileData } from './model'
import { General, Offered, Trigger } from './parts'

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
  const warnings = useSignal(profile.warnings)
  const asked = useRef(0)
  const check = async (values: ProfileData): Promise<FieldProblem[]> => {
    const turn = ++asked.current
    const found = await post<ProfileChecked>('/profiles/check', { id: profile.id, ...values })
    if (turn === asked.current) warnings.value = found.warnings
    return found.errors
  }
  const form = useForm<ProfileData>(dataOf(profile), check)
  const acts = JSON.stringify([form.values.enter, form.values.leave, form.values.silent])
  const actsBefore = useRef(acts)
  useEffect(() => {
    if (actsBefore.current === acts) return
    actsBefore.current = acts
    // What is odd is said at once, also of steps that nobody has left yet; when it cannot be asked for, saving says so.
    const timer = setTimeout(() => void check(form.values).catch(() => {}), 300)
    return () => clearTimeout(timer)
  }, [acts])
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)
  const isChanged = (): boolean => !same(form.values, dataOf(base.value))
  const changed = isChanged()
  useGuard(changed)

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
      toast({ text: now.warnings.length ? t('savedOdd', { name: now.name, n: now.warnings.length }) : t('saved', { name: now.name }) })
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
    if (!(await ask({ title: t('deleteTitle', { name: profile.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct'), danger: true }))) return
    try {
      await del('/profiles' + path(profile.id))
      toast({ text: t('deleted', { name: profile.name }) })
      discard()
      await go(address('profiles'))
    } catch (e) {
      failed.value = reason(e)
    }
  }
  const triggers = form.values.triggers
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
        <Menu class="btn btn--ghost btn--icon" label={common('moreFor', { name: profile.name })} items={[{ label: t('delete'), icon: trash, bad: true, act: () => void remove() }]}><Icon of={more} /></Menu>
      )}
      foot={<SaveBar changed={changed} busy={busy.value} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>{common('notSaved')}</SaveBar>}>
      {conflict.value && <ConflictCallout conflict={conflict.value} onOverwrite={() => void save(conflict.value?.current)} />}
      {failed.value && <Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout>}
      <form class="profile-page" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        <div class="col">
          <section class="card" aria-label={t('look')}>
            <div class="card-head look"><Mark of={form.values} large /><span class="two-lines"><b class="clip">{form.values.name}</b><small>{t('lookNote')}</small></span></div>
            <div class="card-body form"><General form={form} builtIn={profile.builtIn} /></div>
          </section>
          <section class="card">
            <div class="card-head"><h2>{t('permissions')}</h2><span class="muted">{t('users', { n: profile.offered })}</span></div>
            <div class="card-body"><Offered form={form} permissions={permissions} builtIn={profile.builtIn} /></div>
          </section>
        </div>
        <div class="col">
        <section class="card">
          <div class="card-head">
            <h2>{t('triggers')}</h2>
            <button type="button" class="btn btn--sm end" onClick={() => form.set('triggers', [...triggers, newTrigger()])}>{t('addTrigger')}</button>
          </div>
          <div class="card-body form">
            <SwitchRow full label={t('teamsCall')} hint={t('teamsCallHint')} on={form.values.teamsCall} onChange={(on) => form.set('teamsCall', on)} />
            <p class="hint full">{t('triggersHint', { zone })}</p>
            {triggers.map((_, i) => <Trigger key={i} form={form} i={i} />)}
            {!triggers.length && <div class="full"><Empty icon={clock} title={t('noTriggers')} /></div>}
          </div>
        </section>
        <section class="card">
          <div class="card-head"><h2>{t('actions')}</h2><span class="muted">{t('actionsHint')}</span></div>
          <div class="chains">
            {(['enter', 'leave'] as const).map((list) => <Chain key={list} form={form} list={list} around={around} warnings={warnings.value} />)}
          </div>
        </section>
        </div>
        <DryRun id={profile.id} values={form.values} />
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Page>
  )
}
