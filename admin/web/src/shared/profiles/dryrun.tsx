import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { post } from '../api'
import { Icon } from '../icon'
import { alert, check, minus } from '../icons'
import { Segments } from '../ui/controls'
import { Callout, reason } from '../ui/states'
import type { ProfileRun, ProfileStep } from '../types'
import { t } from './texts'
import { actionText } from './actions'
import type { ProfileData } from './model'

const marks = { done: check, nothing: minus, failed: alert }

/** Steps with what came of each, or would. */
export function Steps({ of: steps }: { of: ProfileStep[] }) {
  return (
    <ol class="run-steps">
      {steps.map((step, i) => (
        <li key={i}>
          <Icon of={marks[step.outcome]} class={step.outcome === 'failed' ? 'warn' : step.outcome === 'done' ? 'ok' : 'muted'} />
          <span class="two-lines">
            <b>{actionText(step, step.about)}</b>
            <small>{t(`outcome_${step.outcome}`)}{step.text && `: ${step.text}`}</small>
          </span>
        </li>
      ))}
    </ol>
  )
}

/** What would happen to a user who comes into the profile as it stands in the form, or leaves it. */
export function DryRun({ id, values, at, user, children }: { id: string; values: ProfileData; at: string; user: string; children?: ComponentChildren }) {
  const leaving = useSignal(false)
  const run = useSignal<ProfileRun | undefined>(undefined)
  const failed = useSignal('')
  useEffect(() => void (run.value = undefined), [user])
  const go = async (): Promise<void> => {
    failed.value = ''
    try {
      run.value = await post<ProfileRun>(`${at}/dry-run`, { id, user, leaving: leaving.value, ...values })
    } catch (e) {
      run.value = undefined
      failed.value = reason(e)
    }
  }
  const now = run.value
  return (
    <section class="card dry-run" aria-label={t('dryRun')}>
      <div class="card-head"><h2>{t('dryRun')}</h2><span class="badge">{t('dryRunNote')}</span></div>
      <div class="card-body col">
        <div class="col">
          {children}
          <Segments label={t('dryRun')} value={leaving.value ? 'leave' : 'enter'} of={[{ value: 'enter', label: t('starts') }, { value: 'leave', label: t('ends') }]} onChange={(way) => {
            leaving.value = way === 'leave'
            run.value = undefined
          }} />
          <button type="button" class="btn btn--soft btn--block" disabled={!user} onClick={() => void go()}>{t('try')}</button>
        </div>
        <div role="status" class="col">
          {now && <p class="hint">{t('fromTo', { from: now.leftName, to: now.name })}{!now.steps.length && ` ${t('noActions')}`}</p>}
          {now && <Steps of={now.steps} />}
        </div>
        {failed.value && <Callout kind="bad" role="alert">{failed.value}</Callout>}
      </div>
    </section>
  )
}
