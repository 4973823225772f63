import type { ComponentChildren } from 'preact'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { post, type FieldProblem } from '../api'
import { useForm, type Form } from '../form'
import { clock } from '../icons'
import { SwitchRow } from '../ui/controls'
import { Empty } from '../ui/states'
import type { FieldError, ProfileChecked } from '../types'
import { Chain, type Around } from './actions'
import { DryRun } from './dryrun'
import { Mark } from './mark'
import { newTrigger, type ProfileData } from './model'
import { General, Trigger } from './parts'
import './profiles.css'
import { t } from './texts'

/** What is edited of a profile, and what is odd about it. */
export interface Editing {
  form: Form<ProfileData>
  warnings: Signal<FieldError[]>
}

/** The form of a profile, by the address where forms of its kind are checked; a new one has no ID. */
export function useEditing(at: string, id: string, first: ProfileData, odd: FieldError[]): Editing {
  const warnings = useSignal(odd)
  const asked = useRef(0)
  const check = async (values: ProfileData): Promise<FieldProblem[]> => {
    const turn = ++asked.current
    const found = await post<ProfileChecked>(`${at}/check`, { id, ...values })
    if (turn === asked.current) warnings.value = found.warnings
    return found.errors
  }
  const form = useForm<ProfileData>(first, check)
  const acts = JSON.stringify([form.values.enter, form.values.leave, form.values.silent])
  const actsBefore = useRef(acts)
  useEffect(() => {
    if (actsBefore.current === acts) return
    actsBefore.current = acts
    // What is odd is said at once, also of steps that nobody has left yet; when it cannot be asked for, saving says so.
    const timer = setTimeout(() => void check(form.values).catch(() => {}), 300)
    return () => clearTimeout(timer)
  }, [acts])
  return { form, warnings }
}

/** The cards of a profile: how it looks, when it begins, what it does, and what it would do to somebody. */
export function ProfileCards({ editing: { form, warnings }, at, id, builtIn = false, look, triggersHint, teamsCallHint, around, user, who, children }: {
  editing: Editing; at: string; id: string; builtIn?: boolean; look: string; triggersHint: string; teamsCallHint: string; around: Around
  /** For whom it is tried; and by what he is chosen. */
  user: string; who?: ComponentChildren
  /** Below how it looks: for whom it is. */
  children?: ComponentChildren
}) {
  const triggers = form.values.triggers
  return (
    <>
      <div class="col">
        <section class="card" aria-label={t('look')}>
          <div class="card-head look"><Mark of={form.values} large /><span class="two-lines"><b class="clip">{form.values.name || t('name')}</b><small>{look}</small></span></div>
          <div class="card-body form"><General form={form} builtIn={builtIn} /></div>
        </section>
        {children}
      </div>
      <div class="col">
        <section class="card">
          <div class="card-head">
            <h2>{t('triggers')}</h2>
            <button type="button" class="btn btn--sm end" onClick={() => form.set('triggers', [...triggers, newTrigger()])}>{t('addTrigger')}</button>
          </div>
          <div class="card-body form">
            <SwitchRow full label={t('teamsCall')} hint={teamsCallHint} on={form.values.teamsCall} onChange={(on) => form.set('teamsCall', on)} />
            <p class="hint full">{triggersHint}</p>
            {triggers.map((_, i) => <Trigger key={i} form={form} i={i} />)}
            {!triggers.length && <div class="full"><Empty icon={clock} title={t('noTriggers')} /></div>}
          </div>
        </section>
        <section class="card">
          <div class="card-head"><h2>{t('actions')}</h2><span class="muted">{t('actionsHint')}</span></div>
          <div class="chains">
            {(['enter', 'leave'] as const).map((list) => <Chain key={list} form={form} list={list} around={around} warnings={warnings.value} />)}
          </div>
        </section>
      </div>
      <DryRun id={id} values={form.values} at={at} user={user}>{who}</DryRun>
    </>
  )
}
