import { useSignal } from '@preact/signals'
import type { ComponentChild } from 'preact'
import { useEffect } from 'preact/hooks'
import { lang } from '../shared/i18n'
import { place, route, startRouter } from '../shared/router'
import { Questions } from '../shared/ui/dialog'
import { LiveRegions } from '../shared/ui/live'
import { Failure } from '../shared/ui/states'
import { Toasts } from '../shared/ui/toast'
import { Account } from './account'
import { LiveCalls } from './calls/live'
import { Records } from './calls/records'
import { CallObjectDetails } from './callflow/details'
import { CallObjectList } from './callflow/list'
import { DeviceList } from './devices/list'
import { ForwardList } from './forwards/list'
import { GroupDetails } from './groups/details'
import { GroupList } from './groups/list'
import { LocationList } from './locations/list'
import { Log } from './log'
import { NoRight, NotFound } from './notfound'
import { OverviewPage } from './overview/page'
import { PermissionEditor } from './permissions/editor'
import { PermissionList } from './permissions/list'
import { ProfileDetails } from './profiles/details'
import { ProfileList } from './profiles/list'
import { Prompts } from './prompts'
import { Registrations } from './registrations'
import { expired, may, resume, session, type Right } from './session'
import { Services } from './services'
import { Sessions } from './sessions'
import { Shell } from './shell'
import { SignIn } from './signin'
import { TeamDetails } from './teams/details'
import { TeamList } from './teams/list'
import { t } from './texts/common'
import { TrunkDetails } from './trunks/details'
import { TrunkList } from './trunks/list'
import { UserBin } from './users/bin'
import { UserDetails } from './users/details'
import { UserList } from './users/list'

/** The page that the address names. */
function current(): ComponentChild {
  const [first = '', second] = route.value
  const behind = (right: Right, title: string, page: () => ComponentChild): ComponentChild => (may(right) ? page() : <NoRight title={title} right={right} />)
  switch (first) {
    case '':
      return may('overview') ? <OverviewPage /> : <Account />
    case 'users':
      return behind('organisation', t('users'), () => (second === undefined ? <UserList /> : second === 'bin' ? <UserBin /> : <UserDetails key={second} jid={second} />))
    case 'permissions':
      return behind('organisation', t('permissions'), () => (second === undefined ? <PermissionList /> : <PermissionEditor key={second} id={second} />))
    case 'profiles':
      return behind('organisation', t('profiles'), () => (second === undefined ? <ProfileList /> : <ProfileDetails key={second} id={second} />))
    case 'groups':
      return behind('organisation', t('groups'), () => (second === undefined ? <GroupList /> : <GroupDetails key={second} room={second} />))
    case 'devices':
      return behind('organisation', t('devices'), () => <DeviceList />)
    case 'locations':
      return behind('organisation', t('locations'), () => <LocationList />)
    case 'calls':
      return behind('organisation', t('calls'), () => <LiveCalls />)
    case 'records':
      return behind('organisation', t('records'), () => <Records />)
    case 'forwards':
      return behind('organisation', t('forwards'), () => <ForwardList />)
    case 'teams':
      return behind('organisation', t('teams'), () => (second === undefined ? <TeamList /> : <TeamDetails key={second} id={second} />))
    case 'ivr':
    case 'routers':
    case 'conditions':
    case 'templates':
      return behind('organisation', t(first), () => (second === undefined ? <CallObjectList key={first} page={first} /> : <CallObjectDetails key={second} page={first} id={second} />))
    case 'registrations':
      return behind('organisation', t('registrations'), () => <Registrations />)
    case 'trunks':
      return behind('trunks', t('trunks'), () => (second === undefined ? <TrunkList /> : <TrunkDetails key={second} id={second} />))
    case 'prompts':
      return behind('services', t('prompts'), () => <Prompts />)
    case 'services':
      return behind('services', t('services'), () => <Services />)
    case 'sessions':
      return behind('organisation', t('sessions'), () => <Sessions />)
    case 'log':
      return behind('organisation', t('log'), () => <Log />)
    case 'account':
      return <Account />
  }
  return <NotFound />
}

export function App() {
  const failed = useSignal<unknown>(undefined)
  const begin = (): void => {
    failed.value = undefined
    resume().catch((e: unknown) => (failed.value = e))
  }
  useEffect(() => {
    startRouter()
    begin()
  }, [])
  // What is said outside of any page follows the language too.
  void lang.value
  return (
    <>
      {failed.value !== undefined ? <main class="alone"><Failure error={failed.value} onRetry={begin} /></main> : <Screen />}
      <Questions />
      <Toasts />
      <LiveRegions />
    </>
  )
}

function Screen() {
  if (session.value === undefined) return null
  if (session.value === null) return <SignIn />
  return (
    <>
      <div class="screen" inert={expired.value}>
        <Shell key={session.value.user}>
          <div class="content" key={place.value.path}>{current()}</div>
        </Shell>
      </div>
      {expired.value && <SignIn again />}
    </>
  )
}

