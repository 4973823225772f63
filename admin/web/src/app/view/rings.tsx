import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { texts } from '../../shared/i18n'
import { announce } from '../../shared/ui/live'
import type { Work } from '../model/work'
import { whoIn } from './who'

export const t = texts({
  en: { incoming: 'Call from {name}', incomingVideo: 'Video call from {name}' },
  de: { incoming: 'Anruf von {name}', incomingVideo: 'Videoanruf von {name}' },
})

const ringEvery = 3_000 // ms
const knockEvery = 4_000

/** ringing is what the window is called while somebody calls; '' for nobody. */
export const ringing = signal('')

/** Tells of who calls: by sound (who talks hears a knock), the window's name, and a notification when the window is not seen. */
export function Rings({ work }: { work: Work }) {
  const { devices, peers } = work.calls
  const under = peers.under.value
  const call = under.find((c) => !c.agreed.value && c.state.value === 'ringing')
  const talks = under.some((c) => c.agreed.value) || work.calls.joined.value !== undefined
  const name = call ? whoIn(work, call).name : ''
  const text = call ? t(call.video ? 'incomingVideo' : 'incoming', { name }) : ''
  useEffect(() => {
    ringing.value = text
  }, [text])
  useEffect(() => {
    if (!call) return
    announce(text, true)
    const sound = (): void => void (talks ? devices.knock() : devices.tone()).catch(() => false) // a browser that was not touched yet stays silent
    sound()
    const timer = setInterval(sound, talks ? knockEvery : ringEvery)
    return () => clearInterval(timer)
  }, [call?.sid, talks])
  useEffect(() => (call && document.hidden ? notify(text, call.sid) : undefined), [call?.sid])
  return null
}

/** notify lets the system show who calls, where the user has allowed it; it returns what takes that back. */
function notify(text: string, tag: string): (() => void) | undefined {
  if (!('Notification' in window) || Notification.permission !== 'granted') return undefined
  const shown = new Notification(text, { tag, requireInteraction: true })
  shown.onclick = () => {
    focus()
    shown.close()
  }
  return () => shown.close()
}
