import { get } from '../../shared/api'
import { dateTime } from '../../shared/format'
import { useLoad } from '../../shared/load'
import { Drawer } from '../../shared/ui/drawer'
import { Failure } from '../../shared/ui/states'
import type { CallRecord, RecordPage } from '../../shared/types'
import { t } from '../texts/calls'
import { stepsOf, type Step } from './chain'
import { lasting } from './lasting'
import { Party } from './party'

/** How many steps are shown: a call of a large team has one for each member. */
const most = 200

/** A call with all its steps: who was looked for, how it came to that, and what became of it. */
export function Steps({ chain, onClose }: { chain: string; onClose(): void }) {
  const page = useLoad((signal) => get<RecordPage>('/records', { chain, limit: most }, signal), [chain])
  const steps = stepsOf(page.data?.items ?? [])
  const first = steps[0]?.record
  return (
    <Drawer title={t('steps')} {...(first && { note: dateTime(first.began) })} onClose={onClose}>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      {page.data && !steps.length && <p class="muted">{t('stepsGone')}</p>}
      <ol class="steps" aria-busy={page.loading}>
        {steps.map((s) => <One key={s.record.id} of={s} />)}
      </ol>
      {page.data?.next && <p class="muted">{t('stepsMore', { n: most })}</p>}
    </Drawer>
  )
}

function One({ of: { record: r, depth } }: { of: Step }) {
  const details: [string, string][] = [
    [t('began'), dateTime(r.began)],
    [t('rangFor'), lasting((Date.parse(r.answered ?? r.ended ?? r.began) - Date.parse(r.began)) / 1000)],
  ]
  if (r.answered && r.ended) details.push([t('duration'), lasting(r.seconds)])
  if (r.dialled) details.push([t('dialledNumber'), r.dialled])
  if (r.prefix) details.push([t('prefix'), r.prefix])
  if (r.team) details.push([t('team'), r.teamName || r.team])
  if (r.callee.location) details.push([t('location'), r.callee.location])
  if (r.labels.length) details.push([t('labels'), r.labels.map((l) => `${l.name}: ${l.value}`).join(', ')])
  if (r.billing.length) details.push([t('billing'), r.billing.join(', ')])
  if (r.voicemail) details.push([t('message'), t('messageLeft')])
  return (
    <li class="step" style={{ '--depth': Math.min(depth, 6) }}>
      <p class="step-how">{how(r)}</p>
      <div class="step-who"><Party of={r.caller} /><span class="muted" aria-hidden="true">→</span><Party of={r.callee} dialled={r.dialled} /></div>
      <p><Outcome of={r} /></p>
      <dl class="step-more">{details.map(([name, value]) => <div key={name}><dt>{name}</dt><dd class="num">{value}</dd></div>)}</dl>
    </li>
  )
}

const text = (key: string): string => (t.has(key) ? t(key) : '')

/** How the call came to this step, in words. */
const how = (r: CallRecord): string => text(`how_${r.via}_${r.by}`) || text(`how_${r.via}`) || r.via

const badges: Record<string, string> = { hangup: ' badge--ok', noanswer: ' badge--warn', interrupted: ' badge--bad' }

/** What became of a step; why, and who, in small words beside it. */
export function Outcome({ of: r, short = false }: { of: CallRecord; short?: boolean }) {
  const why = text(`why_${r.result}_${r.detail}`)
  const reason = r.reason && (text(`reason_${r.reason}`) || r.reason)
  const words = [why, reason].filter(Boolean).join(', ')
  return (
    <span class="row wrap">
      <span class={'badge' + (badges[r.result] ?? '')} title={short ? words : undefined}>{text(`result_${r.result}`) || r.result}</span>
      {!short && words && <span class="second">{words}</span>}
      {short && r.via !== 'dial' && <span class="badge badge--line">{text(`via_${r.via}`) || r.via}</span>}
    </span>
  )
}
