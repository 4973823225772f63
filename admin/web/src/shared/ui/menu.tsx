import { useSignal } from '@preact/signals'
import { Fragment, type ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../icon'
import { check } from '../icons'

export interface MenuItem {
  label: string
  /** Tells items with the same label apart. */
  id?: string
  icon?: string
  /** Stands in place of an icon. */
  mark?: ComponentChildren
  /** It is one of several, and this tells whether it holds. */
  chosen?: boolean
  kbd?: string
  bad?: boolean
  /** A line stands above it. */
  apart?: boolean
  act(): void
}

export interface MenuProps {
  /** The button's name, where its content has none. */
  label?: string
  class: string
  items: MenuItem[]
  children: ComponentChildren
}

/** Puts a box of the top layer under (or over) the element that opened it, inside the window. */
export function settle(box: HTMLElement, by: Element, alignEnd: boolean): void {
  const b = by.getBoundingClientRect()
  const width = box.offsetWidth
  const height = box.offsetHeight
  const left = alignEnd ? b.right - width : b.left
  const below = b.bottom + 4 + height <= innerHeight || b.top < height
  box.style.left = Math.max(8, Math.min(left, innerWidth - width - 8)) + 'px'
  box.style.top = (below ? Math.min(b.bottom + 4, Math.max(8, innerHeight - height - 8)) : b.top - height - 4) + 'px'
}

/** A button that opens a menu: arrows, Home and End move, Enter picks, Esc closes and gives the focus back. */
export function Menu({ label, class: names, items, children }: MenuProps) {
  const open = useSignal(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const was = useRef(false) // a press on the button has closed an open menu before the click arrives
  const close = (refocus: boolean): void => {
    open.value = false
    if (refocus) button.current?.focus()
  }
  return (
    <>
      <button type="button" ref={button} class={names} aria-haspopup="menu" aria-expanded={open.value} aria-controls={open.value ? id : undefined}
        aria-label={label} title={label} onPointerDown={() => (was.current = open.value)} onClick={(e) => (open.value = e.detail > 0 ? !was.current : !open.value)}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown') {
            e.preventDefault()
            open.value = true
          }
        }}>
        {children}
      </button>
      {open.value && <Panel id={id} by={button.current!} name={label ?? button.current!.textContent ?? ''} items={items} close={close} />}
    </>
  )
}

function Panel({ id, by, name, items, close }: { id: string; by: Element; name: string; items: MenuItem[]; close(refocus: boolean): void }) {
  const panel = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const box = panel.current!
    box.showPopover()
    settle(box, by, true)
    const first = box.querySelector<HTMLElement>('[aria-checked=true]') ?? box.querySelector<HTMLElement>('[role^=menuitem]')
    first?.focus()
    const dismissed = (e: Event): void => {
      if ((e as ToggleEvent).newState === 'closed') close(false)
    }
    box.addEventListener('toggle', dismissed)
    return () => box.removeEventListener('toggle', dismissed)
  }, [])
  const move = (e: KeyboardEvent): void => {
    const all = [...panel.current!.querySelectorAll<HTMLElement>('[role^=menuitem]')]
    const now = all.indexOf(document.activeElement as HTMLElement)
    let next = -1
    if (e.key === 'ArrowDown') next = (now + 1) % all.length
    else if (e.key === 'ArrowUp') next = (now - 1 + all.length) % all.length
    else if (e.key === 'Home') next = 0
    else if (e.key === 'End') next = all.length - 1
    else if (e.key === 'Escape' || e.key === 'Tab') {
      e.preventDefault()
      e.stopPropagation()
      close(true)
      return
    } else return
    e.preventDefault()
    all[next]?.focus()
  }
  return (
    <div class="menu" id={id} ref={panel} role="menu" aria-label={name} popover="auto" onKeyDown={move}>
      {items.map((item) => (
        <Fragment key={item.id ?? item.label}>
          {item.apart && <hr />}
          <button type="button" role={item.chosen === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={item.chosen} tabIndex={-1} class={'menu-item' + (item.bad ? ' bad' : '')} onClick={() => {
            close(true)
            item.act()
          }}>
            {item.mark ?? (item.icon && <Icon of={item.icon} />)}
            {item.label}
            {item.chosen && <span class="end"><Icon of={check} /></span>}
            {item.kbd && <kbd>{item.kbd}</kbd>}
          </button>
        </Fragment>
      ))}
    </div>
  )
}
