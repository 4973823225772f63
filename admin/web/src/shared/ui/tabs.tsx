import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { number } from '../i18n'
import { Icon } from '../icon'

export interface Tab<T extends string> {
  id: T
  label: string
  icon?: string
  count?: number | undefined
  /** A field in it is wrong. */
  bad?: boolean
}

/** fit leaves the icons out where the strip is too narrow for them, and marks the sides to which it can still be scrolled. */
function fit(strip: HTMLElement): void {
  strip.toggleAttribute('data-tight', false)
  strip.toggleAttribute('data-tight', strip.scrollWidth > strip.clientWidth)
  edges(strip)
}

function edges(strip: HTMLElement): void {
  strip.toggleAttribute('data-before', strip.scrollLeft > 1)
  strip.toggleAttribute('data-after', strip.scrollLeft + strip.clientWidth < strip.scrollWidth - 1)
}

/** Tabs over one panel: arrows, Home and End move, as for any tablist. */
export function Tabs<T extends string>({ label, of, now, onChange, children }: {
  label: string
  of: Tab<T>[]
  now: T
  onChange(id: T): void
  children: ComponentChildren
}) {
  const list = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const strip = list.current
    if (!strip) return
    const watch = new ResizeObserver(() => fit(strip))
    watch.observe(strip)
    return () => watch.disconnect()
  }, [])
  useLayoutEffect(() => {
    const strip = list.current!
    fit(strip)
    // Where there is no room for all of them, the one that is open is seen.
    const tab = strip.querySelector<HTMLElement>('[aria-selected=true]')
    if (tab && (tab.offsetLeft < strip.scrollLeft || tab.offsetLeft + tab.offsetWidth > strip.scrollLeft + strip.clientWidth)) {
      strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2
    }
  }, [now, of.map((tab) => tab.label + (tab.count ?? '')).join()])
  const move = (e: KeyboardEvent): void => {
    const at = of.findIndex((tab) => tab.id === now)
    let next: number
    if (e.key === 'ArrowRight') next = (at + 1) % of.length
    else if (e.key === 'ArrowLeft') next = (at - 1 + of.length) % of.length
    else if (e.key === 'Home') next = 0
    else if (e.key === 'End') next = of.length - 1
    else return
    e.preventDefault()
    onChange(of[next]!.id)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move} onScroll={(e) => edges(e.currentTarget)}>
        {of.map((tab) => (
          <button type="button" role="tab" class="tab" key={tab.id} id={'tab-' + tab.id} aria-selected={tab.id === now} aria-controls="tab-panel" tabIndex={tab.id === now ? 0 : -1}
            onClick={() => onChange(tab.id)}>
            {tab.icon && <Icon of={tab.icon} size="m" />}
            {tab.label}
            {tab.count !== undefined && <span class="count">{number(tab.count)}</span>}
            {tab.bad && <i class="dot dot--bad" />}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={'tab-' + now}>{children}</div>
    </>
  )
}
