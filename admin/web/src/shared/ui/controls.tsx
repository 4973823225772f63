import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Icon } from '../icon'
import { check, copy, eye, key, minus, search } from '../icons'
import type { Aria } from './field'
import { announce } from './live'
import { t } from './texts'

/** A switch with words beside it and a smaller line under them. */
export function SwitchRow({ label, hint, on, onChange, full, disabled, name }: {
  label: string
  hint?: ComponentChildren
  on: boolean
  onChange(on: boolean): void
  full?: boolean
  disabled?: boolean
  name?: string
}) {
  return (
    <label class={'opt-row' + (full ? ' full' : '')}>
      <input class="switch" type="checkbox" role="switch" name={name} checked={on} disabled={disabled} onChange={(e) => onChange(e.currentTarget.checked)} />
      <span>
        <b>{label}</b>
        {hint && <small>{hint}</small>}
      </span>
    </label>
  )
}

export interface Segment<T extends string> {
  value: T
  label: string
}

/** One of a few, all in sight. */
export function Segments<T extends string>({ label, of, value, onChange, labelledby }: {
  label?: string
  labelledby?: string
  of: Segment<T>[]
  value: T
  onChange(value: T): void
}) {
  const group = useRef<HTMLDivElement>(null)
  const move = (e: KeyboardEvent): void => {
    const step = e.key === 'ArrowRight' || e.key === 'ArrowDown' ? 1 : e.key === 'ArrowLeft' || e.key === 'ArrowUp' ? -1 : 0
    if (!step) return
    e.preventDefault()
    const next = (of.findIndex((s) => s.value === value) + step + of.length) % of.length
    onChange(of[next]!.value)
    group.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div class="seg" role="radiogroup" aria-label={label} aria-labelledby={labelledby} ref={group} onKeyDown={move}>
      {of.map((s) => (
        <button type="button" role="radio" key={s.value} aria-checked={s.value === value} class={s.value === value ? 'on' : ''} tabIndex={s.value === value ? 0 : -1}
          onClick={() => onChange(s.value)}>
          {s.label}
        </button>
      ))}
    </div>
  )
}

export function SearchField({ label, value, onChange, inputRef, placeholder }: {
  label: string
  placeholder?: string
  value: string
  onChange(value: string): void
  inputRef?: { current: HTMLInputElement | null }
}) {
  return (
    <span class="with-icon search-field">
      <Icon of={search} />
      <input class="input" type="search" ref={inputRef} aria-label={label} placeholder={placeholder ?? label} value={value} spellcheck={false}
        onInput={(e) => onChange(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape' || !value) return
          e.preventDefault()
          e.stopPropagation()
          onChange('')
        }} />
    </span>
  )
}

/** Which rules of passwords one keeps. The server has the last word. */
export function passwordRules(password: string): { name: 'ruleLength' | 'ruleUpper' | 'ruleLower' | 'ruleDigit'; met: boolean }[] {
  return [
    { name: 'ruleLength', met: [...password].length >= 8 },
    { name: 'ruleUpper', met: /\p{Lu}/u.test(password) },
    { name: 'ruleLower', met: /\p{Ll}/u.test(password) },
    { name: 'ruleDigit', met: /\p{Nd}/u.test(password) },
  ]
}

/** A password that keeps the rules, without letters that look alike. */
export function makePassword(): string {
  const sets = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789']
  const all = sets.join('')
  const pick = (from: string): string => {
    const top = 256 - (256 % from.length) // what lies above would make the first letters likelier
    const byte = new Uint8Array(1)
    do crypto.getRandomValues(byte)
    while (byte[0]! >= top)
    return from[byte[0]! % from.length]!
  }
  for (;;) {
    const made = Array.from({ length: 16 }, () => pick(all)).join('')
    if (passwordRules(made).every((r) => r.met)) return made.replace(/(.{4})(?=.)/g, '$1-')
  }
}

export function Rules({ of }: { of: { label: string; met: boolean }[] }) {
  return (
    <ul class="rules">
      {of.map((r) => (
        <li key={r.label} class={r.met ? 'is-met' : ''}>
          <Icon of={r.met ? check : minus} />
          {r.label}
          {!r.met && <span class="sr">, {t('missing')}</span>}
        </li>
      ))}
    </ul>
  )
}

/** A new password: can be shown, and made. Its rules stand below, the met ones marked while one types. */
export function NewPassword({ aria, value, onChange, onLeave, make = true }: {
  aria: Aria
  value: string
  onChange(value: string): void
  onLeave?(): void
  make?: boolean
}) {
  const shown = useSignal(false)
  return (
    <div class={make ? 'pw' : ''}>
      <span class="with-end">
        <input class={'input' + (shown.value ? ' mono' : '')} type={(shown.value ? 'text' : 'password') as 'text'} autocomplete="new-password" spellcheck={false} {...aria}
          value={value} onInput={(e) => onChange(e.currentTarget.value)} onBlur={onLeave} />
        <span class="end-slot">
          <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-pressed={shown.value} aria-label={shown.value ? t('hide') : t('show')} title={shown.value ? t('hide') : t('show')}
            onClick={() => (shown.value = !shown.value)}>
            <Icon of={eye} />
          </button>
        </span>
      </span>
      {make && (
        <button type="button" class="btn" onClick={() => {
          shown.value = true
          onChange(makePassword())
        }}>
          <Icon of={key} />
          {t('make')}
        </button>
      )}
    </div>
  )
}

export function PasswordRules({ password }: { password: string }) {
  return <Rules of={passwordRules(password).map((r) => ({ label: t(r.name), met: r.met }))} />
}

/** Puts a text on the clipboard and says so for two seconds. Undefined: there is none, and why has been said. */
export function CopyButton({ text, label, icon = copy, class: names = 'btn btn--ghost btn--icon btn--sm', children }: {
  text: string | (() => Promise<string | undefined>)
  label: string
  icon?: string
  class?: string
  children?: ComponentChildren
}) {
  const done = useSignal(false)
  const act = async (): Promise<void> => {
    const copied = typeof text === 'string' ? text : await text()
    if (copied === undefined) return
    await navigator.clipboard.writeText(copied)
    done.value = true
    announce(t('copied'))
    setTimeout(() => (done.value = false), 2000)
  }
  return (
    <button type="button" class={names} aria-label={children ? undefined : label} title={label} onClick={() => void act()}>
      <Icon of={done.value ? check : icon} />
      {children && (done.value ? t('copied') : children)}
    </button>
  )
}
