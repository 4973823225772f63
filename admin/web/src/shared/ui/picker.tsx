import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../icon'
import { check, search } from '../icons'
import { useRested } from '../load'
import { settle } from './menu'
import { t } from './texts'

export interface Choice {
  id: string
  label: string
  detail?: string | undefined
  mark?: ComponentChildren
}

/** Finds choices for a text: at once from a list, or later from the server. */
export type Find = (q: string, signal: AbortSignal) => Choice[] | Promise<Choice[]>

export interface FinderProps {
  /** What is looked for: the name of field and list. */
  label: string
  find: Find
  onPick(choice: Choice): void
  chosen?: string | undefined
  placeholder?: string
}

/** A field with a list under it: arrows move through the list while one types, Enter picks. */
export function Finder({ label, find, onPick, chosen, placeholder }: FinderProps) {
  const q = useSignal('')
  const rested = useRested(q.value, 120)
  const found = useSignal<Choice[] | null>(null)
  const active = useSignal(0)
  const list = useRef<HTMLDivElement>(null)
  const picksFirst = useRef(false) // Enter was pressed before the choices for what was typed were there
  const id = useId()
  useEffect(() => {
    const control = new AbortController()
    void (async () => {
      try {
        const choices = await find(rested.trim(), control.signal)
        if (control.signal.aborted) return
        found.value = choices
        active.value = Math.max(0, rested ? 0 : choices.findIndex((c) => c.id === chosen))
        if (picksFirst.current && rested === q.peek() && choices[0]) onPick(choices[0])
      } catch {
        if (!control.signal.aborted) found.value = []
      }
    })()
    return () => control.abort()
  }, [rested])
  useEffect(() => {
    list.current?.children[active.value]?.scrollIntoView({ block: 'nearest' })
  }, [active.value, found.value])
  const choices = found.value ?? []
  const move = (e: KeyboardEvent): void => {
    if (e.key === 'ArrowDown') active.value = Math.min(active.value + 1, choices.length - 1)
    else if (e.key === 'ArrowUp') active.value = Math.max(active.value - 1, 0)
    else if (e.key === 'Enter') {
      const choice = choices[active.value]
      if (rested !== q.value) picksFirst.current = true
      else if (choice) onPick(choice)
    } else return
    e.preventDefault()
  }
  return (
    <div class="finder">
      <span class="with-icon">
        <Icon of={search} />
        <input class="input" type="text" role="combobox" autofocus aria-label={label} placeholder={placeholder ?? t('find')} autocomplete="off" spellcheck={false}
          aria-expanded="true" aria-controls={id} aria-autocomplete="list" aria-activedescendant={choices.length ? `${id}-${active.value}` : undefined}
          value={q.value} onInput={(e) => {
            picksFirst.current = false
            q.value = e.currentTarget.value
          }} onKeyDown={move} />
      </span>
      <div class="finder-list" id={id} ref={list} role="listbox" aria-label={label} tabIndex={-1}>
        {choices.map((choice, i) => (
          <div key={choice.id} id={`${id}-${i}`} role="option" class={'menu-item' + (i === active.value ? ' is-active' : '')} aria-selected={i === active.value}
            onPointerDown={(e) => e.preventDefault()} onClick={() => onPick(choice)}>
            {choice.mark}
            <span class="clip">{choice.label}</span>
            {choice.id === chosen && <Icon of={check} />}
            {choice.detail && <span class="end muted num clip">{choice.detail}</span>}
          </div>
        ))}
      </div>
      <p class={found.value && !choices.length ? 'finder-none muted' : 'sr'} role="status">
        {found.value && (choices.length ? t('hitsOf', { n: choices.length }) : t('nobodyCalled', { q: rested }))}
      </p>
    </div>
  )
}

export interface PickerProps extends FinderProps {
  class: string
  children: ComponentChildren
  disabled?: boolean
}

/** A button that opens a finder. */
export function Picker({ class: names, children, disabled, onPick, ...finder }: PickerProps) {
  const open = useSignal(false)
  const button = useRef<HTMLButtonElement>(null)
  const was = useRef(false)
  const close = (refocus: boolean): void => {
    open.value = false
    if (refocus) button.current?.focus()
  }
  return (
    <>
      <button type="button" ref={button} class={names} disabled={disabled} aria-haspopup="dialog" aria-expanded={open.value}
        onPointerDown={() => (was.current = open.value)} onClick={(e) => (open.value = e.detail > 0 ? !was.current : !open.value)}>
        {children}
      </button>
      {open.value && (
        <Pop by={button.current!} label={finder.label} close={close}>
          <Finder {...finder} onPick={(choice) => {
            close(true)
            onPick(choice)
          }} />
        </Pop>
      )}
    </>
  )
}

function Pop({ by, label, close, children }: { by: Element; label: string; close(refocus: boolean): void; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const b = box.current!
    b.showPopover()
    settle(b, by, false)
    b.querySelector('input')?.focus()
    const dismissed = (e: Event): void => {
      if ((e as ToggleEvent).newState === 'closed') close(false)
    }
    b.addEventListener('toggle', dismissed)
    return () => b.removeEventListener('toggle', dismissed)
  }, [])
  return (
    <div class="menu pop" ref={box} role="dialog" aria-label={label} popover="auto"
      onKeyDown={(e) => {
        if (e.key !== 'Escape' && e.key !== 'Tab') return
        e.preventDefault()
        e.stopPropagation()
        close(true)
      }}>
      {children}
    </div>
  )
}
