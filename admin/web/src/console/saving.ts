import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { Problem, type Conflict } from '../shared/api'
import { reason } from '../shared/ui/states'
import { conflictOf } from './conflict'
import { focusFirstError } from './form'
import { t } from './texts/common'

/** Saving what is on a page: what it was refused with stands there until the next try, and nothing of what was typed goes. */
export interface Saving {
  readonly busy: boolean
  /** Why it was not saved, in words, where that is not about one field. */
  readonly failed: string
  /** Who was faster. */
  readonly conflict: Conflict | undefined
  /** The ref of what the fields are in: the first wrong one gets the focus. */
  readonly within: (element: HTMLElement | null) => void
  /** It was saved, and nothing is to be lost any more. */
  readonly saved: boolean
  /** Saves, one at a time, and gives what the server answers; undefined when it was not saved. */
  run<T>(send: () => Promise<T>): Promise<T | undefined>
  /** Something else about it failed. */
  fail(cause: unknown): void
  /** Forgets what came of the last try. */
  clear(): void
}

export interface Refusals {
  /** Brings a field that is wrong into view. */
  show?: ((field: string) => void) | undefined
  /** Looks first at what a save was refused with; what it says stands on the page in place of other words. */
  refused?: ((cause: unknown) => string | undefined) | undefined
}

export function useSaving(form: { refused(cause: unknown): boolean }, { show, refused }: Refusals = {}): Saving {
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const saved = useSignal(false)
  const element = useRef<HTMLElement | null>(null)
  const clear = (): void => {
    failed.value = ''
    saved.value = false
    conflict.value = undefined
  }
  return {
    get busy() {
      return busy.value
    },
    get failed() {
      return failed.value
    },
    get conflict() {
      return conflict.value
    },
    get saved() {
      return saved.value
    },
    within: (of) => (element.current = of),
    run: async (send) => {
      if (busy.peek()) return undefined
      busy.value = true
      clear()
      try {
        const answer = await send()
        saved.value = true
        return answer
      } catch (e) {
        const words = refused?.(e)
        conflict.value = conflictOf(e)
        if (words) failed.value = words
        else if (form.refused(e)) {
          show?.((e as Problem).errors[0]!.field)
          focusFirstError(element.current ?? document.body)
        } else if (e instanceof Problem && e.status === 404) failed.value = t('gone')
        else if (!conflict.peek()) failed.value = reason(e)
        return undefined
      } finally {
        busy.value = false
      }
    },
    fail: (cause) => (failed.value = reason(cause)),
    clear,
  }
}
