import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { lang, texts } from '../shared/i18n'
import { startRouter } from '../shared/router'
import { Questions } from '../shared/ui/dialog'
import { LiveRegions } from '../shared/ui/live'
import { SignInForm } from '../shared/ui/signin'
import { Failure } from '../shared/ui/states'
import { Toasts } from '../shared/ui/toast'
import { ended, expired, forget, resume, session, signIn, work } from './session'
import { Shell } from './view/shell'

const t = texts({
  en: { lead: 'Colleagues, groups and conferences at {host}', refused: 'Login name or password is wrong.' },
  de: { lead: 'Kollegen, Gruppen und Konferenzen auf {host}', refused: 'Anmeldename oder Passwort ist falsch.' },
})

/** The users' app. */
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
  useEffect(() => work.value?.desk.watch(), [work.value])
  useSignalEffect(() => {
    if (work.value?.desk.connection.value.is === 'ended') ended()
  })
  // What is said outside of any view follows the language too.
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
  const way = { lead: t('lead', { host: location.hostname }), refused: t('refused'), signIn, forget }
  if (session.value === undefined) return null
  if (session.value === null || !work.value) return <SignInForm {...way} />
  return (
    <>
      <div class="app-screen" inert={expired.value}>
        <Shell key={session.value.user} work={work.value} />
      </div>
      {expired.value && <SignInForm {...way} again={session.value.user} />}
    </>
  )
}
