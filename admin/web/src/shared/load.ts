import { effect, signal, useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { NoConnection, online } from './api'

/** What a page has of the data that it asked for. Old data stays while newer is on its way. */
export interface Loaded<T> {
  data: T | undefined
  error: unknown
  /** It takes longer than an eye notices: time for a skeleton. */
  slow: boolean
  loading: boolean
  reload(): void
  /** Puts in what an answer to a change already said. */
  set(data: T): void
}

/** Under this many milliseconds nothing shows that something loads. */
const slowAfter = 200

/** Polling stops when nobody has touched the page for so long, so that a forgotten window does not keep a session alive. */
const restAfter = 5 * 60_000

let touched = Date.now()
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel']) {
  globalThis.addEventListener?.(kind, () => (touched = Date.now()), { passive: true, capture: true })
}

/** Whether the page is looked at, as far as a browser can tell. */
export function attended(): boolean {
  return !document.hidden && Date.now() - touched < restAfter
}

/** Grows each time the connection came back: whatever was loaded may be old. */
export const reconnects = signal(0)
let was = true
effect(() => {
  if (online.value && !was) reconnects.value = reconnects.peek() + 1
  was = online.value
})

interface State<T> {
  data?: T | undefined
  error?: unknown
  loading: boolean
  slow: boolean
}

/** Loads when the component is first seen, when deps change, after a reload, and every so many milliseconds. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, deps: unknown[] = [], every = 0): Loaded<T> {
  const state: Signal<State<T>> = useSignal<State<T>>({ loading: true, slow: false })
  const round = useSignal(0)
  useEffect(() => {
    const control = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const once = async (): Promise<void> => {
      try {
        const data = await load(control.signal)
        if (!control.signal.aborted) state.value = { data, loading: false, slow: false }
      } catch (error) {
        if (control.signal.aborted) return
        // What is there stays readable without a connection; the callout above it says the rest.
        const keeps = error instanceof NoConnection && state.peek().data !== undefined
        state.value = { data: state.peek().data, error: keeps ? undefined : error, loading: false, slow: false }
      }
    }
    const poll = (): void => {
      timer = setTimeout(async () => {
        if (attended() && online.peek()) await once()
        if (!control.signal.aborted) poll()
      }, every)
    }
    state.value = { ...state.peek(), loading: true }
    const slow = setTimeout(() => {
      if (state.peek().loading) state.value = { ...state.peek(), slow: true }
    }, slowAfter)
    void once().then(() => {
      clearTimeout(slow)
      if (every && !control.signal.aborted) poll()
    })
    return () => {
      control.abort()
      clearTimeout(slow)
      clearTimeout(timer)
    }
  }, [...deps, round.value, reconnects.value])
  const { data, error, loading, slow } = state.value
  return {
    data,
    error,
    loading,
    slow,
    reload: () => round.value++,
    set: (next) => (state.value = { data: next, loading: false, slow: false }),
  }
}

/** A value that follows its source when it has rested for some milliseconds: what is typed, before it is searched for. */
export function useRested<T>(value: T, milliseconds: number): T {
  const rested = useSignal(value)
  useEffect(() => {
    const timer = setTimeout(() => (rested.value = value), milliseconds)
    return () => clearTimeout(timer)
  }, [value])
  return rested.value
}
