import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, post, Problem, put, type Conflict, type FieldProblem } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { bell, cog, flow, fwd, gauge, more, pause, people, trash, vm } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Callout, Failure, reason, Waiting } from '../../shared/ui/states'
import { Tabs } from '../../shared/ui/tabs'
import { toast } from '../../shared/ui/toast'
import type { Checked, Team } from '../../shared/types'
import { FlowPanel } from '../callflow/flow'
import { ConflictCallout, conflictOf } from '../conflict'
import { focusFirstError, same, useForm } from '../form'
import { useGuard } from '../leave'
import { NotFound } from '../notfound'
import { SaveBar } from '../savebar'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t as actions } from '../texts/callflow'
import { t } from '../texts/teams'
import { Live } from './live'
import { dataOf, type TeamData } from './model'
import { After, Box, Members, Pickup, Reasons, Settings } from './parts'

const tabs = ['live', 'settings', 'members', 'reasons', 'pickup', 'actions', 'after', 'box'] as const
type TabName = (typeof tabs)[number]

const inAfter = ['afterTarget', 'internalTimeout', 'externalTimeout']

const tabOf = (field: string): TabName => (field.startsWith('members') || field === 'loginCode' ? 'members' : field.startsWith('pauseReasons') ? 'reasons' : inAfter.includes(field) ? 'after' : field.startsWith('box') ? 'box' : field === 'notify' || field === 'pickupGroup' ? 'pickup' : 'settings')

export function TeamDetails({ id }: { id: string }) {
  const loaded = useLoad((signal) => get<Team>('/teams' + path(id), {}, signal), [id])
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <NotFound />
  if (!loaded.data) {
    return (
      <Page title={t('title')} busy={loaded.loading}>
        {loaded.error !== undefined ? <Failure error={loaded.error} onRetry={loaded.reload} /> : loaded.slow && <section class="card"><Waiting lines={6} /></section>}
      </Page>
    )
  }
  return <Editor loaded={loaded as Loaded<Team> & { data: Team }} />
}

function Editor({ loaded }: { loaded: Loaded<Team> & { data: Team } }) {
  const base = useSignal(loaded.data) // what the form began with
  const team = base.value
  const check = async (values: TeamData): Promise<FieldProblem[]> => (await post<Checked>('/teams/check', { id: team.id, ...values })).errors
  const form = useForm<TeamData>(dataOf(team), check)
  const names = useSignal<Record<string, string>>(Object.fromEntries(team.agents.map((a) => [a.user, a.name])))
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)
  const asked = place.value.query.get('tab') as TabName
  const tab = tabs.includes(asked) ? asked : 'live'
  const seen = useSignal(false) // the actions, which are kept as they are edited while other tabs are looked at
  if (tab === 'actions' && !seen.peek()) seen.value = true
  const isChanged = (): boolean => !same(form.values, dataOf(base.value))
  const changed = isChanged()
  useGuard(changed)
  useEffect(() => {
    // Somebody else's changes are followed as long as there are none of one's own.
    if (isChanged() || loaded.data.revision === base.value.revision) return
    base.value = loaded.data
    form.reset(dataOf(loaded.data))
  }, [loaded.data])
  const inBad = (name: TabName): boolean => Object.keys(form.errors).some((f) => tabOf(f) === name)
  const show = (id: TabName): void => setQuery({ tab: id === 'live' ? '' : id })

  const save = async (revision = base.value.revision): Promise<void> => {
    if (busy.value || !isChanged()) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = await put<Team>('/teams' + path(team.id), { revision, ...form.values })
      base.value = now
      form.reset(dataOf(now))
      toast({ text: t('saved', { name: now.name }) })
    } catch (e) {
      conflict.value = conflictOf(e)
      if (form.refused(e)) {
        show(tabOf((e as Problem).errors[0]!.field))
        focusFirstError(document.body)
      } else if (e instanceof Problem && e.status === 404) failed.value = common('gone')
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
    if (!(await ask({ title: t('deleteTitle', { name: team.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct'), danger: true }))) return
    try {
      await del('/teams' + path(team.id))
      toast({ text: t('deleted', { name: team.name }) })
      discard()
      await go(address('teams'))
    } catch (e) {
      failed.value = reason(e)
    }
  }
  return (
    <Page title={team.name} under={{ label: t('title'), href: address('teams') }}
      note={
        <>
          {team.extension && <span class="badge badge--line">{team.extension}</span>}
          {changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{common('notSaved')}</span>}
        </>
      }
      actions={<Menu class="btn btn--ghost btn--icon" label={common('moreFor', { name: team.name })} items={[{ label: common('delete'), icon: trash, bad: true, act: () => void remove() }]}><Icon of={more} /></Menu>}
      foot={tab !== 'actions' && <SaveBar changed={changed} busy={busy.value} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>{common('notSaved')}</SaveBar>}>
      {conflict.value && <ConflictCallout conflict={conflict.value} onOverwrite={() => void save(conflict.value?.current)} />}
      {failed.value && <Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout>}
      <section class="card tabbed">
        <Tabs<TabName> label={team.name} now={tab} onChange={show}
          of={[
            { id: 'live', label: t('live'), icon: gauge },
            { id: 'settings', label: t('settings'), icon: cog, bad: inBad('settings') },
            { id: 'members', label: t('members'), icon: people, count: form.values.members.length, bad: inBad('members') },
            { id: 'reasons', label: t('reasons'), icon: pause, count: form.values.pauseReasons.length, bad: inBad('reasons') },
            { id: 'pickup', label: t('pickup'), icon: bell, bad: inBad('pickup') },
            { id: 'actions', label: actions('tab'), icon: flow },
            { id: 'after', label: t('after'), icon: fwd, bad: inBad('after') },
            { id: 'box', label: t('box'), icon: vm, bad: inBad('box') },
          ]}>
          {seen.value && <div hidden={tab !== 'actions'}><FlowPanel at={'/teams' + path(team.id, 'actions')} owner="team" /></div>}
          {tab === 'live' ? <Live team={team} /> : tab !== 'actions' && (
            <form class="form form--page" ref={element} noValidate
              onSubmit={(e) => {
                e.preventDefault()
                void save()
              }}>
              {tab === 'settings' && <Settings form={form} />}
              {tab === 'members' && <Members form={form} nameOf={(user) => names.value[user] || user} onNamed={(user, name) => (names.value = { ...names.value, [user]: name })} />}
              {tab === 'reasons' && <Reasons form={form} />}
              {tab === 'pickup' && <Pickup form={form} />}
              {tab === 'after' && <After form={form} />}
              {tab === 'box' && <Box form={form} hasPin={team.hasBoxPin} />}
              <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
            </form>
          )}
        </Tabs>
      </section>
    </Page>
  )
}
