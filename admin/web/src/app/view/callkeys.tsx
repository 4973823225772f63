import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { PeerCall } from '../../call'
import { typing } from '../../meeting/keys'
import { texts } from '../../shared/i18n'
import type { Calls } from '../model/calls'
import { digits } from './keypad'

const t = texts({
  en: { keys: 'Keys for {name}', sent: 'Sent: {keys}' },
  de: { keys: 'Tasten für {name}', sent: 'Gesendet: {keys}' },
})

const shown = 24 // of the keys that were pressed

/** Keys during a call, for menus and mailboxes; those of the keyboard too while nothing is typed elsewhere. */
export function CallKeys({ calls, call, name }: { calls: Calls; call: PeerCall; name: string }) {
  const pressed = useSignal('')
  const first = useRef<HTMLButtonElement>(null)
  const press = (key: string): void => {
    call.press(key)
    void calls.devices.key(key).catch(() => false)
    pressed.value = (pressed.value + key).slice(-shown)
  }
  useEffect(() => {
    first.current?.focus()
    const typed = (e: KeyboardEvent): void => {
      if (!/^[\d*#A-D]$/.test(e.key) || e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return
      e.preventDefault()
      press(e.key)
    }
    addEventListener('keydown', typed)
    return () => removeEventListener('keydown', typed)
  }, [call])
  return (
    <div class="call-keys">
      <p class="call-pressed num" role="status" dir="ltr">
        <span class="sr">{pressed.value && t('sent', { keys: '' })}</span>
        {pressed.value}
      </p>
      <div class="keypad-keys" role="group" aria-label={t('keys', { name })}>
        {digits.map((d, i) => <button type="button" key={d} ref={i === 0 ? first : undefined} class="key keypad-key num" onClick={() => press(d)}>{d}</button>)}
      </div>
    </div>
  )
}
