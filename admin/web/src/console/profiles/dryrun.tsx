import { useSignal } from '@preact/signals'
import { post } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { alert, check, down, minus } from '../../shared/icons'
import { Segments } from '../../shared/ui/controls'
import { Picker } from '../../shared/ui/picker'
import { Callout, reason } from '../../shared/ui/states'
import type { ProfileRun, ProfileStep } from '../../shared/types'
import { findUsers } from '../people'
import { t } from '../texts/profiles'
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
export function DryRun({ id, values }: { id: string; values: ProfileData }) {
  const user = useSignal({ id: '', name: '' })
  const leaving = useSignal(false)
  const run = useSignal<ProfileRun | undefined>(undefined)
  const failed = useSignal('')
  const go = async (): Promise<void> => {
    failed.value = ''
    try {
      run.value = await post<ProfileRun>('/profiles/dry-run', { id, user: user.value.id, leaving: leaving.value, ...values })
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
          <Picker class="btn btn--block" label={t('forUser')} find={findUsers((jid) => jid === user.value.id)} onPick={(c) => {
            user.value = { id: c.id, name: c.label }
            run.value = undefined
          }}>
            <span class="grow clip">{user.value.name || t('forUser')}</span><Icon of={down} size="s" />
          </Picker>
          <Segments label={t('dryRun')} value={leaving.value ? 'leave' : 'enter'} of={[{ value: 'enter', label: t('starts') }, { value: 'leave', label: t('ends') }]} onChange={(way) => {
            leaving.value = way === 'leave'
            run.value = undefined
          }} />
          <button type="button" class="btn btn--soft btn--block" disabled={!user.value.id} onClick={() => void go()}>{t('try')}</button>
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
