import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../icon'
import { x } from '../icons'
import { t } from './texts'

/** A form at the side: the list behind it stays usable. Esc closes it; the focus goes back to where it came from. */
export function Drawer({ title, note, onClose, children, foot }: {
  title: string
  note?: string
  onClose(): void
  children: ComponentChildren
  foot?: ComponentChildren
}) {
  const box = useRef<HTMLElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const before = document.activeElement
    const first = box.current?.querySelector<HTMLElement>('.drawer-body :is(input, select, textarea, button)') ?? box.current?.querySelector('button')
    first?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <section class="drawer" ref={box} role="dialog" aria-modal="false" aria-labelledby={id}
      onKeyDown={(e) => {
        if (e.key !== 'Escape' || e.defaultPrevented) return
        e.preventDefault()
        onClose()
      }}>
      <header class="drawer-head">
        <h2 id={id}>{title}</h2>
        {note && <span class="muted">{note}</span>}
        <span class="end row">
          <span class="muted hide-sm" aria-hidden="true">{t('close')} <kbd>Esc</kbd></span>
          <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('close')} onClick={onClose}><Icon of={x} /></button>
        </span>
      </header>
      <div class="drawer-body">{children}</div>
      {foot && <footer class="drawer-foot">{foot}</footer>}
    </section>
  )
}
