import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, Problem, put, type FieldProblem } from '../shared/api'
import type { Loaded } from '../shared/load'
import { go } from '../shared/router'
import type { Question } from '../shared/ui/dialog'
import { askAndAct } from './act'
import { same, useForm, type Form } from './form'
import { useGuard } from './leave'
import { useSaving, type Refusals, type Saving } from './saving'
import { recount } from './shell'

/** A page on which a stored object is edited: a form, what it began with, and who changed the object meanwhile. */
export interface Editing<S, V extends object> {
  form: Form<V>
  saving: Saving
  /** What is stored, as far as the form knows. */
  stored: S
  changed: boolean
  /** It was deleted while it was edited. */
  gone: boolean
  save(): Promise<void>
  discard(): void
  /** What somebody else has stored, while it is compared with what is here. */
  theirs: S | undefined
  compare(): Promise<void>
  uncompare(): void
  takeTheirs(): void
  overwrite(): Promise<void>
  /** Deletes the object and goes to another page. */
  remove(question: Omit<Question, 'danger'>, done: string, to: string): Promise<void>
}

export interface Edited<S, V extends object> extends Refusals {
  /** The object as it is now; what it becomes by saving is put in there. */
  loaded: Pick<Loaded<S>, 'set' | 'error'> & { data: S }
  /** Its place in the API. */
  at: string
  /** What can be edited of it. */
  values(of: S): V
  check?(values: V, signal: AbortSignal): Promise<FieldProblem[]>
  /** How a change names what it began with; its revision when nothing else is told. */
  began?(stored: S): object
  /** What goes to the server, where that is not the form's values as they are. */
  sent?(values: V): object
  /** What is edited beside the form, of which a change by somebody else takes nothing away. */
  beside?: {
    changed(values: V): boolean
    discard(): void
  }
  /** It is saved: time to tell. */
  saved(now: S): void
}

const byRevision = (stored: object): object => ({ revision: (stored as { revision?: number }).revision ?? 0 })

export function useEditing<S extends object, V extends object>(e: Edited<S, V>): Editing<S, V> {
  const base = useSignal(e.loaded.data)
  const theirs = useSignal<S | undefined>(undefined)
  const deleted = useRef(false)
  const latest = useRef(e)
  latest.current = e
  const form = useForm<V>(e.values(base.peek()), e.check && (async (values, signal) => (await latest.current.check?.(values, signal)) ?? []))
  const saving = useSaving(form, e)
  const began = e.began ?? byRevision
  const formChanged = (): boolean => !same(form.values, e.values(base.value))
  const isChanged = (): boolean => formChanged() || (e.beside?.changed(form.values) ?? false)
  useGuard(() => !deleted.current && isChanged())
  useEffect(() => {
    const now = e.loaded.data
    if (same(began(now), began(base.peek()))) base.value = now
    else if (!formChanged() && !saving.busy) {
      // Somebody else's changes are followed as long as there are none of one's own.
      base.value = now
      form.reset(e.values(now))
    }
  }, [e.loaded.data])

  const saveFrom = async (from: object): Promise<void> => {
    if (!isChanged()) return
    const sent = form.values
    const now = await saving.run(() => put<S>(e.at, { ...from, ...(e.sent ? e.sent(sent) : sent) }))
    if (!now) return
    base.value = now
    if (same(form.values, sent)) form.reset(e.values(now))
    else form.rebase(sent, e.values(now)) // what was typed meanwhile stays
    e.loaded.set(now)
    e.saved(now)
  }
  const take = (now: S): void => {
    base.value = now
    theirs.value = undefined
    form.reset(e.values(now))
    saving.clear()
    e.loaded.set(now)
  }
  const fetched = (): Promise<S | undefined> => get<S>(e.at).catch((cause: unknown) => void saving.fail(cause))
  return {
    form,
    saving,
    stored: base.value,
    changed: isChanged(),
    gone: e.loaded.error instanceof Problem && e.loaded.error.status === 404,
    theirs: theirs.value,
    save: () => saveFrom(began(base.peek())),
    discard: () => {
      form.reset(e.values(base.peek()))
      e.beside?.discard()
      saving.clear()
    },
    compare: async () => {
      theirs.value = await fetched()
    },
    uncompare: () => (theirs.value = undefined),
    takeTheirs: () => {
      if (theirs.value) take(theirs.value)
    },
    overwrite: async () => {
      const revision = saving.conflict?.current
      const now = revision === undefined ? (theirs.peek() ?? (await fetched())) : undefined
      theirs.value = undefined
      if (revision !== undefined) await saveFrom({ revision })
      else if (now) await saveFrom(began(now))
    },
    remove: async (question, done, to) => {
      if (!(await askAndAct(question, () => del(e.at), done))) return
      deleted.current = true
      recount()
      await go(to)
    },
  }
}
