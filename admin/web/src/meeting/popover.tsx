import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { settle } from '../shared/ui/menu'

interface Props {
  class: string
  label: string
  button: ComponentChildren
  children: ComponentChildren
}

/** A button that opens a box with a few fields above or below it. Escape and a press elsewhere close it; the focus goes back. */
export function Popover({ class: names, label, button, children }: Props) {
  const open = useSignal(false)
  const by = useRef<HTMLButtonElement>(null)
  const was = useRef(false) // a press on the button has closed it before the click arrives
  const id = useId()
  return (
    <>
      <button
        type="button"
        ref={by}
        class={names}
        aria-haspopup="dialog"
        aria-expanded={open.value}
        aria-controls={open.value ? id : undefined}
        aria-label={label}
        title={label}
        onPointerDown={() => (was.current = open.value)}
        onClick={(e) => (open.value = e.detail > 0 ? !was.current : !open.value)}
      >
        {button}
      </button>
      {open.value && (
        <Box id={id} label={label} by={by.current!} onClose={() => (open.value = false)}>
          {children}
        </Box>
      )}
    </>
  )
}

function Box({ id, label, by, onClose, children }: { id: string; label: string; by: HTMLElement; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const it = box.current!
    it.showPopover()
    settle(it, by, false)
    it.querySelector<HTMLElement>('select, input, button')?.focus()
    const toggled = (e: Event): void => {
      if ((e as ToggleEvent).newState === 'closed') onClose()
    }
    it.addEventListener('toggle', toggled)
    return () => {
      it.removeEventListener('toggle', toggled)
      if (it.contains(document.activeElement)) by.focus()
    }
  }, [])
  const key = (e: KeyboardEvent): void => {
    if (e.key !== 'Escape') return
    e.preventDefault()
    e.stopPropagation()
    by.focus()
    onClose()
  }
  return (
    <div class="menu pop" id={id} ref={box} role="dialog" aria-label={label} popover="auto" onKeyDown={key}>
      {children}
    </div>
  )
}
