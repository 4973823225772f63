import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { Icon } from '../icon'
import { down, pen, plus, trash, up, warn } from '../icons'
import { Field } from '../ui/field'
import type { Device, FieldError, Place, ProfileAction, Team } from '../types'
import { partText } from '../errors'
import type { Form } from '../form'
import { t } from './texts'
import { actionKinds, newAction, type ProfileData } from './model'
import { ringDetail, Ringing, ringText } from './ring'

/** What actions can be about. */
export interface Around {
  teams: Pick<Team, 'id' | 'name' | 'pauseReasons'>[]
  locations: Pick<Place, 'id' | 'name'>[]
  devices: Pick<Device, 'id' | 'name' | 'kind' | 'ownerName'>[]
}

/** What an action does, in a few words. */
export function actionText(action: ProfileAction, about: string): string {
  if (action.kind === 'followme.set') return ringText(action, about)
  if (action.kind === 'gsm.set') return t(action.on ? 'gsmOn' : 'gsmOff')
  return t(`act_${action.kind}`, { about: about || t('allTeams'), target: action.target })
}

/** The name of the team, location or device that an action is about. */
export function aboutOf(action: ProfileAction, { teams, locations, devices }: Around): string {
  if (action.device) return devices.find((d) => d.id === action.device)?.name ?? ''
  return (action.location ? locations.find((l) => l.id === action.location)?.name : teams.find((o) => o.id === action.team)?.name) ?? ''
}

/** What an action is about, in a few words, beside what it does. */
function detail(action: ProfileAction, around: Around): string {
  const about = aboutOf(action, around)
  if (action.kind === 'followme.set') return ringDetail(action, about)
  if (action.kind === 'gsm.set') return t(action.on ? 'short_on' : 'short_off')
  if (!action.kind.startsWith('team.')) return about || action.target
  const reason = around.teams.flatMap((o) => o.pauseReasons).find((r) => r.code === action.reason)?.title
  return [about || t('allTeams'), ...(reason ? [reason] : [])].join(' · ')
}

/** One of the two lists: its steps from top to bottom, with what is odd about each. One at a time is open, to be changed. */
export function Chain({ form, list, around, warnings }: { form: Form<ProfileData>; list: 'enter' | 'leave'; around: Around; warnings: FieldError[] }) {
  const steps = form.values[list]
  const open = useSignal(-1)
  const set = (next: ProfileAction[], part?: string): void => form.set(list, next, part)
  const box = useRef<HTMLOListElement>(null)
  const move = (from: number, to: number): void => {
    const next = [...steps]
    next.splice(to, 0, ...next.splice(from, 1))
    if (open.value === from || open.value === to) open.value = open.value === from ? to : from
    set(next)
    // The focus goes along with what was moved, so that it can go on.
    requestAnimationFrame(() => {
      const [upwards, downwards] = box.current?.children[to]?.querySelectorAll<HTMLButtonElement>('.step-acts button') ?? []
      ;(to < from ? [upwards, downwards] : [downwards, upwards]).find((b) => b && !b.disabled)?.focus()
    })
  }
  const remove = (i: number): void => {
    open.value = open.value === i ? -1 : open.value > i ? open.value - 1 : open.value
    set(steps.filter((_, n) => n !== i))
  }
  return (
    <section class="col" aria-label={t(list)}>
      <h3 class="h4">{t(list)}</h3>
      <ol class="chain" ref={box}>
        {steps.map((action, i) => (
          <Step key={i} form={form} at={`${list}.${i}`} action={action} around={around} n={i + 1} of={steps.length} odd={warnings.filter((w) => w.field === `${list}.${i}`)}
            isOpen={open.value === i} onOpen={(on) => (open.value = on ? i : -1)} onMove={(by) => move(i, i + by)} onRemove={() => remove(i)}
            onChange={(next, part) => set(steps.map((old, n) => (n === i ? next : old)), part)} />
        ))}
      </ol>
      {!steps.length && <p class="hint">{t('noActions')}</p>}
      {form.error(list) && <p class="err" role="alert">{partText(form.error(list))}</p>}
      <button type="button" class="btn btn--soft btn--block" aria-label={t('addActionTo', { list: t(list) })}
        onClick={() => {
          open.value = steps.length
          set([...steps, newAction('team.login')])
        }}><Icon of={plus} size="s" />{t('addAction')}</button>
    </section>
  )
}

function Step({ form, at, action, around, n, of, odd, isOpen, onOpen, onMove, onRemove, onChange }: {
  form: Form<ProfileData>; at: string; action: ProfileAction; around: Around; n: number; of: number; odd: FieldError[]
  isOpen: boolean; onOpen(on: boolean): void; onMove(by: number): void; onRemove(): void; onChange(next: ProfileAction, part: string): void
}) {
  const name = `${n}. ${actionText(action, aboutOf(action, around))}`
  const bad = Object.keys(form.errors).some((f) => f.startsWith(at + '.'))
  const change = (part: keyof ProfileAction, value: string): void => onChange(part === 'kind' ? newAction(value as ProfileAction['kind']) : { ...action, [part]: value }, `${at}.${part}`)
  const choice = (part: 'kind' | 'team' | 'reason' | 'location', label: string, options: { value: string; label: string }[]) => (
    <Field name={`${at}.${part}`} label={label} error={form.error(`${at}.${part}`)} errorText={partText(form.error(`${at}.${part}`))}>
      {(aria) => (
        <select class="select" {...aria} value={action[part]} onChange={(e) => change(part, e.currentTarget.value)} onBlur={() => form.leave(`${at}.${part}`)}>
          {options.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
        </select>
      )}
    </Field>
  )
  const button = (text: 'moveUp' | 'moveDown' | 'editAction' | 'removeAction', icon: string, act: () => void, more: object = {}) => (
    <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t(text, { name })} title={t(text, { name })} onClick={act} {...more}><Icon of={icon} /></button>
  )
  const shown = isOpen || bad
  const reasons = around.teams.filter((o) => !action.team || o.id === action.team).flatMap((o) => o.pauseReasons)
  return (
    <li class={'step' + (bad ? ' is-bad' : odd.length ? ' is-warn' : '')} aria-label={name}>
      <div class="step-head">
        <span class="step-n" aria-hidden="true">{n}</span>
        <span class="grow two-lines">
          <b class="clip">{t(`kind_${action.kind}`)}</b>
          <small class="clip" title={detail(action, around)}>{detail(action, around)}</small>
        </span>
        {odd.length > 0 && <Icon of={warn} class="warn" />}
        <span class="row step-acts">
          {button('moveUp', up, () => onMove(-1), { disabled: n === 1 })}
          {button('moveDown', down, () => onMove(1), { disabled: n === of })}
          {button('editAction', pen, () => onOpen(!isOpen), { 'aria-expanded': shown })}
          {button('removeAction', trash, onRemove)}
        </span>
      </div>
      {odd.map((w) => <p key={w.code} class="hint step-odd">{t.has(`odd_${w.code}`) ? t(`odd_${w.code}` as Parameters<typeof t>[0]) : w.text}</p>)}
      {shown && (
        <div class="form step-form">
          {choice('kind', t('action'), actionKinds.map((kind) => ({ value: kind, label: t(`kind_${kind}`) })))}
          {action.kind.startsWith('team.') && choice('team', t('team'), [{ value: '', label: t('allTeams') }, ...around.teams.map((o) => ({ value: o.id, label: o.name }))])}
          {action.kind === 'team.pause' && choice('reason', t('reason'), [
            { value: '', label: t('choose') }, ...[...new Map(reasons.map((r) => [r.code, r.title]))].map(([value, title]) => ({ value, label: `${title} (${value})` })),
          ])}
          {action.kind === 'location.set' && choice('location', t('location'), [{ value: '', label: t('choose') }, ...around.locations.map((o) => ({ value: o.id, label: o.name }))])}
          {action.kind === 'forward.set' && (
            <Field name={`${at}.target`} label={t('target')} hint={t('targetHint')} error={form.error(`${at}.target`)} errorText={partText(form.error(`${at}.target`))}>
              {(aria) => (
                <input class="input num" inputMode="tel" autocomplete="off" {...aria} value={action.target} onInput={(e) => change('target', e.currentTarget.value)}
                  onBlur={() => form.leave(`${at}.target`)} />
              )}
            </Field>
          )}
          {(action.kind === 'followme.set' || action.kind === 'gsm.set') && (
            <Ringing form={form} at={at} action={action} devices={around.devices} onChange={(next, part) => onChange({ ...action, ...next }, part)} />
          )}
        </div>
      )}
    </li>
  )
}
