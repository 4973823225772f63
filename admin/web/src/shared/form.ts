import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Problem, type FieldProblem } from './api'

/** A form's values, what is wrong with them, and when it may be said. What it has is of this moment, not of the last painting. */
export interface Form<T extends object> {
  readonly values: T
  readonly errors: Record<string, FieldProblem>
  /** What is wrong with a field, once it has been left or saved. */
  error(name: string): FieldProblem | undefined
  /** Sets a value. Where it is made of parts, the part that was edited is named as errors name it: accounts.0.host. */
  set<K extends keyof T>(name: K, value: T[K], part?: string): void
  /** A field was left: whether it is right may be asked now. */
  leave(name: string): void
  reset(values: T): void
  /** The stored values have changed from before to now: fields that were left as before follow, edited ones stay. */
  rebase(before: T, now: T): void
  /** Takes the errors of a refused save; false when it was refused for another reason. */
  refused(cause: unknown): boolean
}

/** How long after a field was left its errors are asked for: one may come straight from the next field. */
const restBefore = 60

/** One error for each field: the first that was found. */
function byField(found: FieldProblem[]): Record<string, FieldProblem> {
  return Object.fromEntries([...found].reverse().map((e) => [e.field, e]))
}

export function useForm<T extends object>(first: T, check?: (values: T, signal: AbortSignal) => Promise<FieldProblem[]>): Form<T> {
  const values: Signal<T> = useSignal(first)
  const errors: Signal<Record<string, FieldProblem>> = useSignal({})
  const left = useRef(new Set<string>())
  const asking = useRef<AbortController | undefined>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const forget = (): void => {
    asking.current?.abort()
    clearTimeout(timer.current)
  }
  useEffect(() => forget, [])
  const ask = (): void => {
    if (!check) return
    clearTimeout(timer.current)
    timer.current = setTimeout(async () => {
      asking.current?.abort()
      const control = (asking.current = new AbortController())
      try {
        const found = await check(values.peek(), control.signal)
        if (!control.signal.aborted) errors.value = byField(found.filter((e) => left.current.has(e.field)))
      } catch {
        // Saving asks again, and says why it cannot.
      }
    }, restBefore)
  }
  return {
    get values() {
      return values.value
    },
    get errors() {
      return errors.value
    },
    error: (name) => errors.value[name],
    set: (name, value, part = name as string) => {
      values.value = { ...values.peek(), [name]: value }
      if (errors.peek()[part]) {
        const { [part]: _, ...others } = errors.peek()
        errors.value = others
      }
    },
    leave: (name) => {
      left.current.add(name)
      ask()
    },
    reset: (next) => {
      forget()
      left.current.clear()
      values.value = next
      errors.value = {}
    },
    rebase: (before, now) => {
      const edited = values.peek()
      const next = { ...now }
      for (const name of Object.keys(now) as (keyof T)[]) {
        if (JSON.stringify(edited[name]) !== JSON.stringify(before[name])) next[name] = edited[name]
      }
      values.value = next
    },
    refused: (cause) => {
      if (!(cause instanceof Problem) || !cause.errors.length) return false
      forget()
      for (const e of cause.errors) left.current.add(e.field)
      errors.value = byField(cause.errors)
      return true
    },
  }
}

/** Moves to the first field that is wrong, in the order of the page. */
export function focusFirstError(within: Element | null): void {
  requestAnimationFrame(() => within?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}

/** Whether two sets of values are the same. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
