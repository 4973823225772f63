import { Icon } from '../icon'
import { check, trash } from '../icons'
import { SwitchRow } from '../ui/controls'
import { Field } from '../ui/field'
import type { Profile, ProfileTrigger } from '../types'
import { partText } from '../errors'
import type { Form } from '../form'
import { t } from './texts'
import { profileIcons, triggerText, weekdays, type ProfileData } from './model'

type Of = { form: Form<ProfileData> }

/** Colours that go with both themes. */
const swatches = ['#2c58d4', '#0f8b8d', '#1a9d5c', '#cf8a00', '#c46f1d', '#c22b23', '#a83279', '#6b57c9']

export function General({ form, builtIn }: Of & { builtIn: boolean }) {
  const v = form.values
  return (
    <>
      <Field name="name" label={t('name')} {...(builtIn && { hint: t('fixed') })} error={form.error('name')} errorText={partText(form.error('name'))}>
        {(aria) => <input class="input" autocomplete="off" {...aria} disabled={builtIn} value={v.name} onInput={(e) => form.set('name', e.currentTarget.value)} onBlur={() => form.leave('name')} />}
      </Field>
      <Field name="show" label={t('show')} error={form.error('show')} errorText={partText(form.error('show'))}>
        {(aria) => (
          <select class="select" {...aria} value={v.show} onChange={(e) => form.set('show', e.currentTarget.value as ProfileData['show'])}>
            {(['', 'away', 'xa', 'dnd'] as const).map((show) => <option key={show} value={show}>{t(`show_${show}`)}</option>)}
          </select>
        )}
      </Field>
      <fieldset class="field full plain">
        <legend class="label">{t('colour')}</legend>
        <div class="swatches">
          {swatches.map((colour, n) => (
            <label key={colour} class="swatch" title={t('colourN', { n: n + 1 })} style={{ '--c': colour }}>
              <input class="sr" type="radio" name="colour" aria-label={t('colourN', { n: n + 1 })} checked={v.colour === colour} onChange={() => form.set('colour', colour)} />
              <Icon of={check} size="s" />
            </label>
          ))}
          <input class="swatch-own" type="color" aria-label={t('colourOwn')} title={t('colourOwn')} value={v.colour} onInput={(e) => form.set('colour', e.currentTarget.value)} />
        </div>
        {form.error('colour') && <p class="err" role="alert">{partText(form.error('colour'))}</p>}
      </fieldset>
      <fieldset class="field full plain">
        <legend class="label">{t('icon')}</legend>
        <div class="icon-choice" style={{ '--c': v.colour }}>
          {(Object.keys(profileIcons) as Profile['icon'][]).map((icon) => (
            <label key={icon} title={t(`icon_${icon}`)}>
              <input class="sr" type="radio" name="icon" aria-label={t(`icon_${icon}`)} checked={v.icon === icon} onChange={() => form.set('icon', icon)} />
              <Icon of={profileIcons[icon]} />
            </label>
          ))}
        </div>
        {form.error('icon') && <p class="err" role="alert">{partText(form.error('icon'))}</p>}
      </fieldset>
      <SwitchRow full label={t('silent')} hint={t('silentHint')} on={v.silent} disabled={builtIn} onChange={(on) => form.set('silent', on)} />
      <SwitchRow full label={t('sticky')} hint={t('stickyHint')} on={v.sticky} onChange={(on) => form.set('sticky', on)} />
      <SwitchRow full label={t('showIcon')} hint={t('showIconHint')} on={v.showIcon} onChange={(on) => form.set('showIcon', on)} />
    </>
  )
}

/** One time at which the profile begins: on days of the week, or on one date when no day is chosen. */
export function Trigger({ form, i }: Of & { i: number }) {
  const list = form.values.triggers
  const trigger = list[i]!
  const set = (part: keyof ProfileTrigger & string, next: Partial<ProfileTrigger>): void =>
    form.set('triggers', list.map((old, at) => (at === i ? { ...old, ...next } : old)), `triggers.${i}.${part}`)
  const title = triggerText(trigger) || t('newTrigger')
  const remove = t('removeTrigger', { name: title })
  const input = (part: 'at' | 'until' | 'date', type: 'time' | 'date', label: string, value: string, next: (value: string) => Partial<ProfileTrigger>, hint?: string) => (
    <Field name={`triggers.${i}.${part}`} label={label} {...(hint && { hint })} error={form.error(`triggers.${i}.${part}`)} errorText={partText(form.error(`triggers.${i}.${part}`))}>
      {(aria) => <input class="input num" type={type} {...aria} value={value} onInput={(e) => set(part, next(e.currentTarget.value))} onBlur={() => form.leave(`triggers.${i}.${part}`)} />}
    </Field>
  )
  const days = (day: number, on: boolean): number[] => (on ? [...trigger.days, day] : trigger.days.filter((d) => d !== day)).sort((a, b) => a - b)
  return (
    <section class="trigger full" aria-label={title}>
      <header class="trigger-head">
        <strong class="h4 clip" title={title}>{title}</strong>
        <button type="button" class="btn btn--ghost btn--icon btn--sm end" aria-label={remove} title={remove} onClick={() => form.set('triggers', list.filter((_, at) => at !== i))}><Icon of={trash} /></button>
      </header>
      <div class="form">
        {input('at', 'time', t('at'), trigger.at, (at) => ({ at }))}
        {input('until', 'time', t('until'), trigger.until, (until) => ({ until }), t('untilHint'))}
        <fieldset class="full days">
          <legend class="label">{t('days')}</legend>
          <span class="day-choice">
            {weekdays().map((d) => (
              <label key={d.day} title={d.long}>
                <input class="sr" type="checkbox" checked={trigger.days.includes(d.day)} aria-label={d.long}
                  onChange={(e) => set('days', e.currentTarget.checked ? { days: days(d.day, true), date: '' } : { days: days(d.day, false) })} />
                {d.name}
              </label>
            ))}
          </span>
          {form.error(`triggers.${i}.days`) && <p class="err" role="alert">{partText(form.error(`triggers.${i}.days`))}</p>}
        </fieldset>
        {input('date', 'date', t('once'), trigger.date, (date) => (date ? { date, days: [] } : { date }))}
      </div>
    </section>
  )
}
