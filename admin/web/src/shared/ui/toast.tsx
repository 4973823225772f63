import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from '../icon'
import { alert, ok, undo, x } from '../icons'
import { t } from './texts'

export interface Toast {
  text: string
  bad?: boolean
  act?: { label: string; do(): void }
}

interface Shown extends Toast {
  id: number
}

const shown = signal<Shown[]>([])
let last = 0

/** Says at the edge what has been done, with a way back where there is one. What it gives takes it away before its time. */
export function toast(what: Toast): () => void {
  const id = ++last
  shown.value = [...shown.peek().slice(-2), { ...what, id }]
  return () => remove(id)
}

export function toastUndo(text: string, back: () => void): void {
  toast({ text, act: { label: t('undo'), do: back } })
}

const remove = (id: number): void => {
  shown.value = shown.peek().filter((s) => s.id !== id)
}

/** Long enough to read and to reach the button; it stays while it is pointed at or has the focus. */
const lasts = { plain: 6_000, withButton: 20_000 }

function One({ it }: { it: Shown }) {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const again = (): void => {
      timer = setTimeout(() => (document.querySelector('.toasts:hover, .toasts:focus-within') ? again() : remove(it.id)), it.act ? lasts.withButton : lasts.plain)
    }
    again()
    return () => clearTimeout(timer)
  }, [])
  return (
    <div class="toast">
      <Icon of={it.bad ? alert : ok} class={it.bad ? 'lead-bad' : 'lead-ok'} />
      <span class="grow">{it.text}</span>
      {it.act && (
        <button type="button" class="btn btn--sm" onClick={() => {
          remove(it.id)
          it.act!.do()
        }}>
          {it.act.label === t('undo') && <Icon of={undo} />}
          {it.act.label}
        </button>
      )}
      <button type="button" class="btn btn--sm btn--icon" aria-label={t('dismiss')} onClick={() => remove(it.id)}><Icon of={x} /></button>
    </div>
  )
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {shown.value.map((s) => <One key={s.id} it={s} />)}
    </div>
  )
}
