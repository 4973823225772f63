import { signal, useComputed, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { lang } from '../../shared/i18n'
import { go, address, route } from '../../shared/router'
import type { Calls } from '../model/calls'
import type { Desk } from '../model/desk'
import { Banner } from './banner'
import { CallColumn } from './calls'
import { Contacts } from './contacts'
import { LargeMeeting } from './large'
import { Nothing } from './nothing'
import { Rail } from './rail'
import { Settings } from './settings'
import { Talk } from './talk'
import { t } from './texts'

/** Whether there is room for the list or for what is open of it alone: the width of app.css. */
const narrow = signal(false)

function watchWidth(): () => void {
  const query = matchMedia('(max-width: 700px)')
  const look = (): void => void (narrow.value = query.matches)
  look()
  query.addEventListener('change', look)
  return () => query.removeEventListener('change', look)
}

/** The app: rail, list, and what is open of it. */
export function Shell({ desk, calls }: { desk: Desk; calls: Calls }) {
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
    const n = desk.unread.value
    const name = route.value[0] === 'settings' ? t('settings') : desk.open.value?.name.value
    return (n ? `(${n}) ` : '') + [name, 'Plenum'].filter(Boolean).join(' · ')
  })
  useEffect(() => {
    document.title = title.value
  }, [title.value, lang.value])
  const joined = calls.joined.value
  if (joined && calls.large.value) {
    return (
      <>
        <LargeMeeting key={joined.group.jid} desk={desk} calls={calls} joined={joined} />
        <div class="calls-over"><CallColumn desk={desk} calls={calls} peersOnly /></div>
      </>
    )
  }
  const view = what === 'settings' ? 'settings' : what === 'g' || what === 'c' ? 'talk' : 'list'
  return (
    <div class="app" data-view={view}>
      <Rail desk={desk} />
      <Contacts desk={desk} calls={calls} alone={narrow.value && view === 'list'} />
      <main class="talk" id="content" tabIndex={-1}>
        <Banner desk={desk} />
        {view === 'settings' && <Settings desk={desk} calls={calls} />}
        {view !== 'settings' && open && <Talk key={open.jid} desk={desk} calls={calls} talk={open} />}
        {view !== 'settings' && !open && <Nothing desk={desk} missing={what === 'g' ? which : ''} onBack={() => void go(address())} />}
      </main>
      <CallColumn desk={desk} calls={calls} />
    </div>
  )
}
