import { useSignal } from '@preact/signals'
import { get, path, post } from '../../shared/api'
import { bell, cog, flow, fwd, gauge, pause, people, trash, vm } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { Tabs } from '../../shared/ui/tabs'
import { toast } from '../../shared/ui/toast'
import type { Checked, Team } from '../../shared/types'
import { FlowPanel } from '../callflow/flow'
import { useEditing } from '../editing'
import { EditingPage, LoadedPage } from '../editingpage'
import { t as common } from '../texts/common'
import { t as actions } from '../texts/callflow'
import { t } from '../texts/teams'
import { Live } from './live'
import { dataOf, type TeamData } from './model'
import { After, Box, Members, Pickup, Reasons, Settings } from './parts'

const tabs = ['live', 'settings', 'members', 'reasons', 'pickup', 'actions', 'after', 'box'] as const
type TabName = (typeof tabs)[number]

const inAfter = ['afterTarget', 'internalTimeout', 'externalTimeout', 'timeoutLabel']

const tabOf = (field: string): TabName => (field.startsWith('members') || field === 'loginCode' ? 'members' : field.startsWith('pauseReasons') ? 'reasons' : inAfter.includes(field) ? 'after' : field.startsWith('box') ? 'box' : field === 'notify' || field === 'pickupGroup' ? 'pickup' : 'settings')

export function TeamDetails({ id }: { id: string }) {
  const loaded = useLoad((signal) => get<Team>('/teams' + path(id), {}, signal), [id])
  return <LoadedPage title={t('title')} loaded={loaded}>{(now) => <Editor loaded={now} />}</LoadedPage>
}

function Editor({ loaded }: { loaded: Loaded<Team> & { data: Team } }) {
  const page = useEditing<Team, TeamData>({
    loaded, at: '/teams' + path(loaded.data.id), values: dataOf,
    check: async (values) => (await post<Checked>('/teams/check', { id: loaded.data.id, ...values })).errors,
    saved: (now) => toast({ text: t('saved', { name: now.name }) }),
    show: (field) => show(tabOf(field)),
  })
  const { form, stored: team } = page
  const names = useSignal<Record<string, string>>(Object.fromEntries(team.agents.map((a) => [a.user, a.name])))
  const asked = place.value.query.get('tab') as TabName
  const tab = tabs.includes(asked) ? asked : 'live'
  const seen = useSignal(false) // the actions, which are kept as they are edited while other tabs are looked at
  if (tab === 'actions' && !seen.peek()) seen.value = true
  const inBad = (name: TabName): boolean => Object.keys(form.errors).some((f) => tabOf(f) === name)
  const show = (id: TabName): void => setQuery({ tab: id === 'live' ? '' : id })
  const remove = (): Promise<void> =>
    page.remove({ title: t('deleteTitle', { name: team.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct') }, t('deleted', { name: team.name }), address('teams'))
  return (
    <EditingPage of={page} title={team.name} under={{ label: t('title'), href: address('teams') }} bar={tab !== 'actions'}
      note={team.extension && <span class="badge badge--line">{team.extension}</span>} menu={[{ label: common('delete'), icon: trash, bad: true, act: () => void remove() }]}>
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
            <form class="form form--page" ref={page.saving.within} noValidate
              onSubmit={(e) => {
                e.preventDefault()
                void page.save()
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
    </EditingPage>
  )
}
