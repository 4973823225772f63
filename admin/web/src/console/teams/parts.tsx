import { useRef } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { get } from '../../shared/api'
import { codeOf } from '../../shared/codes'
import { Icon } from '../../shared/icon'
import { down, pause, plus, team as teamIcon, trash, up } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address } from '../../shared/router'
import { SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Picker } from '../../shared/ui/picker'
import { Empty } from '../../shared/ui/states'
import type { PauseReason, PermissionPage, Team, TeamMember } from '../../shared/types'
import { fieldText, partText } from '../errors'
import type { Form } from '../form'
import { findUsers } from '../people'
import { t } from '../texts/teams'
import { moved, newMember, notices, strategies, toBox, type TeamData } from './model'

type Of = { form: Form<TeamData> }

type Counts = 'weight' | 'memberTimeout' | 'wrapUp' | 'maxWaiting' | 'internalTimeout' | 'externalTimeout' | 'announce'

/** A whole number of the form; what is no number is zero. */
function Count({ form, name, max }: Of & { name: Counts; max: number }) {
  return (
    <Field name={name} label={t(name)} hint={t(`${name}Hint`)} error={form.error(name)} errorText={t(`${name}Range`)}>
      {(aria) => <input class="input num" type="number" min={0} max={max} {...aria} value={form.values[name]} onInput={(e) => form.set(name, Math.trunc(Number(e.currentTarget.value)) || 0)} onBlur={() => form.leave(name)} />}
    </Field>
  )
}

function Line({ form, name, label, hint }: Of & { name: 'name' | 'extension' | 'afterTarget' | 'loginCode'; label: string; hint?: string }) {
  return (
    <Field name={name} label={label} {...(hint && { hint })} error={form.error(name)} errorText={fieldText(form.error(name), form.values[name], (s) => form.set(name, s))}>
      {(aria) => <input class={'input' + (name === 'name' ? '' : ' num')} autocomplete="off" {...(name !== 'name' && { inputMode: 'numeric' as const })} {...aria} value={form.values[name]} onInput={(e) => form.set(name, e.currentTarget.value)} onBlur={() => form.leave(name)} />}
    </Field>
  )
}

/** The label of a call from which something comes. */
function LabelName({ form, name }: Of & { name: 'priorityLabel' | 'timeoutLabel' }) {
  return (
    <Field name={name} label={t(name)} hint={t(`${name}Hint`)} error={form.error(name)} errorText={partText(form.error(name))}>
      {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values[name] ?? ''} onInput={(e) => form.set(name, e.currentTarget.value)} onBlur={() => form.leave(name)} />}
    </Field>
  )
}

/** What a team is called, who is rung, and how callers wait. */
export function Settings({ form }: Of) {
  const v = form.values
  return (
    <>
      <Line form={form} name="name" label={t('name')} />
      <Line form={form} name="extension" label={t('extension')} hint={t('extensionHint')} />
      <h2 class="h3">{t('ringing')}</h2>
      <Field name="strategy" label={t('strategy')} hint={t(`about_${v.strategy}`)} full error={form.error('strategy')} errorText={partText(form.error('strategy'))}>
        {(aria) => (
          <select class="select" {...aria} value={v.strategy} onChange={(e) => form.set('strategy', e.currentTarget.value as Team['strategy'])}>
            {strategies.map((s) => <option key={s} value={s}>{t(`strategy_${s}`)}</option>)}
          </select>
        )}
      </Field>
      <Count form={form} name="memberTimeout" max={999} />
      <Count form={form} name="wrapUp" max={86400} />
      <h2 class="h3">{t('line')}</h2>
      <Count form={form} name="maxWaiting" max={10_000} />
      <Count form={form} name="announce" max={3600} />
      <Count form={form} name="weight" max={1000} />
      <LabelName form={form} name="priorityLabel" />
      <SwitchRow full label={t('ringback')} hint={t('ringbackHint')} on={v.ringback} onChange={(on) => form.set('ringback', on)} />
      <SwitchRow full label={t('joinEmpty')} hint={t('joinEmptyHint')} on={v.joinEmpty} onChange={(on) => form.set('joinEmpty', on)} />
    </>
  )
}

/** Who hears of callers besides the members who are rung, and may take them. */
export function Pickup({ form }: Of) {
  const v = form.values
  const groups = useLoad((signal) => get<PermissionPage>('/permissions', {}, signal), [])
  const choices = groups.data?.items.filter((p) => p.types.includes('pickup.group') || p.id === v.pickupGroup) ?? []
  return (
    <>
      <p class="hint full">{t('pickupHint', { code: codeOf('pickup') })}</p>
      <Field name="notify" label={t('notify')} hint={t(`aboutNotify_${v.notify || 'nobody'}`)} full error={form.error('notify')} errorText={partText(form.error('notify'))}>
        {(aria) => (
          <select class="select" {...aria} value={v.notify} onChange={(e) => form.set('notify', e.currentTarget.value as Team['notify'])}>
            {notices.map((n) => <option key={n} value={n}>{t(`notify_${n || 'nobody'}`)}</option>)}
          </select>
        )}
      </Field>
      {v.notify && (
        <Field name="pickupGroup" label={t('pickupGroup')} hint={t('pickupGroupHint')} full error={form.error('pickupGroup')} errorText={partText(form.error('pickupGroup'))}>
          {(aria) => (
            <select class="select" {...aria} value={v.pickupGroup} onChange={(e) => form.set('pickupGroup', e.currentTarget.value)}>
              <option value="">{t('pickupGroupAny')}</option>
              {choices.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
            </select>
          )}
        </Field>
      )}
    </>
  )
}

/** The voicemail box of the team. */
export function Box({ form, hasPin }: Of & { hasPin: boolean }) {
  const v = form.values
  return (
    <>
      <p class="hint full">{t('boxHint', { other: codeOf('voicemail-other'), watched: codeOf('voicemail-watched') })}</p>
      <Field name="boxEmail" label={t('boxEmail')} hint={t('boxEmailHint')} error={form.error('boxEmail')} errorText={fieldText(form.error('boxEmail'), v.boxEmail, (s) => form.set('boxEmail', s))}>
        {(aria) => <input class="input" type="email" autocomplete="off" {...aria} value={v.boxEmail} onInput={(e) => form.set('boxEmail', e.currentTarget.value)} onBlur={() => form.leave('boxEmail')} />}
      </Field>
      <Field name="boxPin" label={t('boxPin')} hint={t(hasPin ? 'boxPinKept' : 'boxPinNone', { code: codeOf('voicemail-other') })} error={form.error('boxPin')} errorText={partText(form.error('boxPin'))}>
        {(aria) => <input class="input num" inputMode="numeric" autocomplete="off" {...aria} value={v.boxPin ?? ''} onInput={(e) => form.set('boxPin', e.currentTarget.value || undefined)} onBlur={() => form.leave('boxPin')} />}
      </Field>
      <SwitchRow full label={t('boxDiscard')} hint={t('boxDiscardHint')} on={v.boxDiscard} onChange={(on) => form.set('boxDiscard', on)} />
      {hasPin && <SwitchRow full label={t('boxPinRemove')} hint={t('boxPinRemoveHint', { code: codeOf('voicemail-other') })} on={v.boxPin === ''} onChange={(on) => form.set('boxPin', on ? '' : undefined)} />}
    </>
  )
}

/** When callers wait no longer, and where they go then. */
export function After({ form }: Of) {
  const v = form.values
  return (
    <>
      <p class="hint full">{t('afterHint')}</p>
      <SwitchRow full label={t('afterBox')} hint={t('afterBoxHint')} on={v.afterTarget === toBox} onChange={(on) => form.set('afterTarget', on ? toBox : '')} />
      {v.afterTarget !== toBox && <><Line form={form} name="afterTarget" label={t('afterTarget')} hint={t('afterTargetHint')} /><span /></>}
      <Count form={form} name="internalTimeout" max={86400} />
      <Count form={form} name="externalTimeout" max={86400} />
      <LabelName form={form} name="timeoutLabel" />
      <span />
      <SwitchRow full label={t('leaveEmpty')} hint={t('leaveEmptyHint')} on={v.leaveEmpty} onChange={(on) => form.set('leaveEmpty', on)} />
    </>
  )
}

/** Who is in the team, in the order of the list. A row is moved by its buttons, or by Alt and the arrows. */
export function Members({ form, nameOf, onNamed }: Of & { nameOf(user: string): string; onNamed(user: string, name: string): void }) {
  const list = form.values.members
  const body = useRef<HTMLTableSectionElement>(null)
  const set = (i: number, part: keyof TeamMember & string, next: Partial<TeamMember>): void => form.set('members', list.map((m, at) => (at === i ? { ...m, ...next } : m)), `members.${i}.${part}`)
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= list.length) return
    form.set('members', moved(list, from, to))
    const way = to === 0 ? 'down' : to === list.length - 1 ? 'up' : to < from ? 'up' : 'down' // the button that still leads somewhere
    requestAnimationFrame(() => body.current?.querySelectorAll<HTMLElement>('tr[data-member]')[to]?.querySelector<HTMLElement>(`[data-way="${way}"]`)?.focus())
  }
  const amount = (m: TeamMember, i: number, part: 'weight' | 'priority') => {
    const error = form.error(`members.${i}.${part}`)
    return (
      <td>
        <input class="input num team-number" type="number" min={0} max={1000} name={`members.${i}.${part}`} aria-label={t(`${part}Of`, { name: nameOf(m.user) })} aria-invalid={error ? true : undefined} title={error && t('memberRange')}
          value={m[part]} onInput={(e) => set(i, part, { [part]: Math.trunc(Number(e.currentTarget.value)) || 0 })} onBlur={() => form.leave(`members.${i}.${part}`)} />
      </td>
    )
  }
  const wrong = Object.keys(form.errors).find((f) => f.startsWith('members'))
  const words = (): ComponentChildren => (wrong && /weight|priority/.test(wrong) ? t('memberRange') : wrong?.endsWith('.user') ? t('memberGone', { name: nameOf(list[Number(wrong.split('.')[1])]?.user ?? '') }) : partText(form.error(wrong!)))
  return (
    <div class="full col gap">
      <div class="row wrap">
        <p class="hint grow">{t('membersHint')}</p>
        <Picker class="btn" label={t('addMember')} find={findUsers((jid) => list.some((m) => m.user === jid))} onPick={(c) => {
          onNamed(c.id, c.label)
          form.set('members', [...list, newMember(c.id)])
        }}>
          <Icon of={plus} />{t('addMember')}
        </Picker>
      </div>
      {wrong && <p class="err" role="alert">{words()}</p>}
      {list.length === 0 ? <Empty icon={teamIcon} title={t('noMembers')} /> : (
        <div class="team-scroll">
          <table class="table">
            <thead><tr><th scope="col">{t('order')}</th><th scope="col">{t('member')}</th><th scope="col">{t('dynamic')}</th><th scope="col">{t('weight')}</th><th scope="col">{t('priority')}</th><th scope="col" class="c-act"><span class="sr">{t('removeMember')}</span></th></tr></thead>
            <tbody ref={body}>
              {list.map((m, i) => {
                const name = nameOf(m.user)
                return (
                  <tr key={m.user} data-member onKeyDown={(e) => {
                    if (!e.altKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return
                    e.preventDefault()
                    move(i, e.key === 'ArrowUp' ? i - 1 : i + 1)
                  }}>
                    <td>
                      <span class="row team-order">
                        <span class="num">{i + 1}</span>
                        <button type="button" class="btn btn--ghost btn--icon btn--sm" data-way="up" disabled={i === 0} aria-label={t('up', { name })} title={t('up', { name })} aria-keyshortcuts="Alt+ArrowUp" onClick={() => move(i, i - 1)}><Icon of={up} /></button>
                        <button type="button" class="btn btn--ghost btn--icon btn--sm" data-way="down" disabled={i === list.length - 1} aria-label={t('down', { name })} title={t('down', { name })} aria-keyshortcuts="Alt+ArrowDown" onClick={() => move(i, i + 1)}><Icon of={down} /></button>
                      </span>
                    </td>
                    <td><a class="clip max-24" href={address('users', m.user)} title={m.user}>{name}</a></td>
                    <td><input class="switch" type="checkbox" role="switch" checked={m.dynamic} aria-label={t('dynamicOf', { name })} onChange={(e) => set(i, 'dynamic', { dynamic: e.currentTarget.checked })} /></td>
                    {amount(m, i, 'weight')}
                    {amount(m, i, 'priority')}
                    <td class="c-act"><button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name })} title={t('remove', { name })} onClick={() => form.set('members', list.filter((_, at) => at !== i))}><Icon of={trash} /></button></td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
      <div class="form"><Line form={form} name="loginCode" label={t('loginCode')} hint={t('loginCodeHint', { code: form.values.loginCode || '90' })} /></div>
    </div>
  )
}

/** Why members may pause. */
export function Reasons({ form }: Of) {
  const list = form.values.pauseReasons
  const input = (r: PauseReason, i: number, part: 'code' | 'title') => {
    const at = `pauseReasons.${i}.${part}`
    return (
      <Field name={at} label={t(`reason_${part}`)} error={form.error(at)} errorText={partText(form.error(at))}>
        {(aria) => <input class={'input' + (part === 'code' ? ' num' : '')} autocomplete="off" {...(part === 'code' && { inputMode: 'numeric' as const })} {...aria} value={r[part]}
          onInput={(e) => form.set('pauseReasons', list.map((old, j) => (j === i ? { ...old, [part]: e.currentTarget.value } : old)), at)} onBlur={() => form.leave(at)} />}
      </Field>
    )
  }
  const free = (): string => {
    for (let n = 1; ; n++) if (!list.some((r) => r.code === String(n))) return String(n)
  }
  return (
    <>
      <p class="hint full">{t('reasonsHint', { code: codeOf('team') })}</p>
      {list.map((r, i) => {
        const title = r.title || r.code || t('newReason')
        return (
          <section class="part full" aria-label={title} key={i}>
            <header class="part-head">
              <strong class="h4 clip" title={title}>{title}</strong>
              <button type="button" class="btn btn--ghost btn--icon btn--sm end" aria-label={t('removeReason', { name: title })} title={t('removeReason', { name: title })} onClick={() => form.set('pauseReasons', list.filter((_, at) => at !== i))}><Icon of={trash} /></button>
            </header>
            <div class="form">{input(r, i, 'title')}{input(r, i, 'code')}</div>
          </section>
        )
      })}
      {list.length === 0 && <div class="full"><Empty icon={pause} title={t('noReasons')} /></div>}
      <p class="full"><button type="button" class="btn" onClick={() => form.set('pauseReasons', [...list, { code: free(), title: '' }])}><Icon of={plus} />{t('addReason')}</button></p>
    </>
  )
}
