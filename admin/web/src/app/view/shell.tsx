import { signal, useComputed, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { lang } from '../../shared/i18n'
import { go, address, route } from '../../shared/router'
import type { Work } from '../model/work'
import { Banner } from './banner'
import { CallColumn } from './calls'
import { Contacts } from './contacts'
import { DevicesPage } from './devices'
import { Journal } from './journal'
import { Keypad } from './keypad'
import { LargeMeeting } from './large'
import { Nothing } from './nothing'
import { Rail } from './rail'
import { ringing, Rings } from './rings'
import { Settings } from './settings'
import { Talk } from './talk'
import { ProfilesPage } from './profiles'
import { TeamPage } from './team'
import { t } from './texts'
import { VoicemailPage } from './voicemail'

/** Whether there is room for the list or for what is open of it alone: the width of app.css. */
const narrow = signal(false)

function watchWidth(): () => void {
  const query = matchMedia('(max-width: 700px)')
  const look = (): void => void (narrow.value = query.matches)
  look()
  query.addEventListener('change', look)
  return () => query.removeEventListener('change', look)
}

/** What stands in the place of a conversation. */
const pages = ['settings', 'devices', 'profiles', 'keypad', 'journal', 'voicemail'] as const
type Place = (typeof pages)[number]

function pageOf(what: string): Place | undefined {
  return pages.find((p) => p === what)
}

/** The app: rail, list, and what is open of it. */
export function Shell({ work }: { work: Work }) {
  const { desk, calls, tel } = work
  const [what = '', which = ''] = route.value
  useSignalEffect(() => {
    const [kind, jid = ''] = route.value
    if (kind === 'g') desk.pick(desk.groups.value.get(jid))
    else if (kind === 'c' && jid.includes('@')) desk.pick(desk.direct(jid))
    else desk.pick(undefined)
  })
  useEffect(watchWidth, [])
  const open = desk.open.value
  const title = useComputed(() => {
    if (ringing.value) return ringing.value
    const n = desk.unread.value
    const [kind = '', id = ''] = route.value
    const page = pageOf(kind)
    const name = page ? t(page) : kind === 't' ? tel.teams.value.get(id)?.name : desk.open.value?.name.value
    return (n ? `(${n}) ` : '') + [name, 'Plenum'].filter(Boolean).join(' · ')
  })
  useEffect(() => {
    document.title = title.value
  }, [title.value, lang.value])
  const joined = calls.joined.value
  if (joined && calls.large.value) {
    return (
      <>
        <Rings work={work} />
        <LargeMeeting key={joined.group.jid} desk={desk} calls={calls} joined={joined} />
        <div class="calls-over"><CallColumn work={work} callsOnly /></div>
      </>
    )
  }
  const page = pageOf(what)
  const view = page ?? (what === 'g' || what === 'c' || what === 't' ? 'talk' : 'list')
  return (
    <div class="app" data-view={view}>
      <Rings work={work} />
      <Rail work={work} />
      <Contacts work={work} alone={narrow.value && view === 'list'} />
      <main class="talk" id="content" tabIndex={-1}>
        <Banner desk={desk} />
        {page === 'settings' && <Settings desk={desk} calls={calls} />}
        {page === 'devices' && <DevicesPage work={work} />}
        {page === 'profiles' && <ProfilesPage work={work} which={which} />}
        {page === 'keypad' && <Keypad work={work} />}
        {page === 'journal' && <Journal work={work} />}
        {page === 'voicemail' && <VoicemailPage work={work} />}
        {what === 't' && <TeamPage key={which} work={work} id={which} />}
        {open && <Talk key={open.jid} work={work} talk={open} />}
        {!page && what !== 't' && !open && <Nothing desk={desk} missing={what === 'g' ? which : ''} onBack={() => void go(address())} />}
      </main>
      <CallColumn work={work} team={what === 't' ? which : ''} />
    </div>
  )
}
