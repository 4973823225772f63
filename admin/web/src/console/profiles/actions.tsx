import { Icon } from '../../shared/icon'
import { down, plus, trash, up, warn } from '../../shared/icons'
import { Field } from '../../shared/ui/field'
import type { Device, FieldError, Place, ProfileAction, Team } from '../../shared/types'
import { partText } from '../errors'
import type { Form } from '../form'
import { t } from '../texts/profiles'
import { actionKinds, newAction, type ProfileData } from './model'
import { Ringing, ringText } from './ring'

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

/** One of the two lists: its steps from top to bottom, with what is odd about each. */
export function Chain({ form, list, around, warnings }: { form: Form<ProfileData>; list: 'enter' | 'leave'; around: Around; warnings: FieldError[] }) {
  const steps = form.values[list]
  const set = (next: ProfileAction[], part?: string): void => form.set(list, next, part)
  const move = (from: number, to: number): void => {
    const next = [...steps]
    next.splice(to, 0, ...next.splice(from, 1))
    set(next)
  }
  return (
    <section class="col" aria-label={t(list)}>
      <h3 class="h4">{t(list)}</h3>
      {steps.map((action, i) => {
        const at = `${list}.${i}`
        const name = `${i + 1}. ${actionText(action, aboutOf(action, around))}`
        const change = (part: keyof ProfileAction, value: string): void =>
          set(steps.map((old, n) => (n !== i ? old : part === 'kind' ? newAction(value as ProfileAction['kind']) : { ...old, [part]: value })), `${at}.${part}`)
        const choice = (part: 'kind' | 'team' | 'reason' | 'location', label: string, of: { value: string; label: string }[]) => (
          <Field name={`${at}.${part}`} label={label} error={form.error(`${at}.${part}`)} errorText={partText(form.error(`${at}.${part}`))}>
            {(aria) => (
              <select class="select" {...aria} value={action[part]} onChange={(e) => change(part, e.currentTarget.value)} onBlur={() => form.leave(`${at}.${part}`)}>
                {of.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
              </select>
            )}
          </Field>
        )
        const known = around.teams.filter((o) => !action.team || o.id === action.team).flatMap((o) => o.pauseReasons)
        return (
          <section class="part" key={i} aria-label={name}>
            <header class="part-head">
              <strong class="h4 clip" title={name}>{name}</strong>
              <span class="row end">
                {([['moveUp', up, i - 1], ['moveDown', down, i + 1]] as const).map(([text, icon, to]) => (
                  <button key={text} type="button" class="btn btn--ghost btn--icon btn--sm" disabled={to < 0 || to >= steps.length} aria-label={t(text, { name })} title={t(text, { name })}
                    onClick={() => move(i, to)}><Icon of={icon} /></button>
                ))}
                <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('removeAction', { name })} title={t('removeAction', { name })}
                  onClick={() => set(steps.filter((_, n) => n !== i))}><Icon of={trash} /></button>
              </span>
            </header>
            <div class="form">
              {choice('kind', t('action'), actionKinds.map((kind) => ({ value: kind, label: t(`kind_${kind}`) })))}
              {action.kind.startsWith('team.') && choice('team', t('team'), [{ value: '', label: t('allTeams') }, ...around.teams.map((o) => ({ value: o.id, label: o.name }))])}
              {action.kind === 'team.pause' && choice('reason', t('reason'), [
                { value: '', label: t('choose') }, ...[...new Map(known.map((r) => [r.code, r.title]))].map(([value, title]) => ({ value, label: `${title} (${value})` })),
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
                <Ringing form={form} at={at} action={action} devices={around.devices} onChange={(next, part) => set(steps.map((old, n) => (n === i ? { ...old, ...next } : old)), part)} />
              )}
              {warnings.filter((w) => w.field === at).map((w) => (
                <p key={w.code} class="hint full row"><Icon of={warn} size="s" />{t.has(`odd_${w.code}`) ? t(`odd_${w.code}` as Parameters<typeof t>[0]) : w.text}</p>
              ))}
            </div>
          </section>
        )
      })}
      {!steps.length && <p class="hint">{t('noActions')}</p>}
      {form.error(list) && <p class="err" role="alert">{partText(form.error(list))}</p>}
      <div><button type="button" class="btn btn--sm" aria-label={t('addActionTo', { list: t(list) })} onClick={() => set([...steps, newAction('team.login')])}><Icon of={plus} size="s" />{t('addAction')}</button></div>
    </section>
  )
}
