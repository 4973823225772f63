import type { ComponentChildren } from 'preact'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from '../../shared/icon'
import { left } from '../../shared/icons'
import { attended } from '../../shared/load'
import { address } from '../../shared/router'
import { toast } from '../../shared/ui/toast'
import type { Outcome } from '../model/telephony'
import { say, t as common } from './texts'

/** A place of the app beside the list: its name, what one can do there, and what it shows. */
export function Page({ title, aside, children }: { title: ComponentChildren; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="settings">
      <header class="talk-head">
        <a class="btn btn--ghost btn--icon talk-back" href={address()} aria-label={common('back')}><Icon of={left} /></a>
        <div class="grow">{typeof title === 'string' ? <h1>{title}</h1> : title}</div>
        {aside}
      </header>
      <div class="settings-body" tabIndex={-1}>{children}</div>
    </div>
  )
}

/** tell says what is wrong where a command was not carried out. It gives whether it was. */
export async function tell(outcome: Promise<Outcome>): Promise<boolean> {
  const o = await outcome
  if (!o.ok) toast({ bad: true, text: say(o.fault) })
  return o.ok
}

/** useNow is the time, each second. */
export function useNow(): number {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (attended()) now.value = Date.now()
    }, 1000)
    return () => clearInterval(timer)
  }, [])
  return now.value
}
