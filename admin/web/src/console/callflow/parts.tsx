import { Icon } from '../../shared/icon'
import { plus, trash } from '../../shared/icons'
import { SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import type { CallChoices, CallDay, CallHours, CallLabel, CallMenu, CallMenuEntry, CallTemplate } from '../../shared/types'
import type { Form } from '../form'
import { weekdays } from '../../shared/profiles/model'
import { t } from '../texts/callflow'
import { Condition } from './condition'
import { Lines } from './lines'
import { conditionKinds, dialled, listNames, newLabel, newTemplate, ownerOf, type ObjectData, type ObjectKind } from './model'
import { wrong } from './wrong'

type Of = { form: Form<ObjectData> }

/** A field of a form, named as errors name it. */
function Text({ form, at, label, hint, type = 'text', value, onInput }: Of & { at: string; label: string; hint?: string; type?: 'text' | 'time' | 'date' | 'number'; value: string; onInput(value: string): void }) {
  return (
    <Field name={at} label={label} {...(hint && { hint })} error={form.error(at)} errorText={wrong(form.error(at))}>
      {(aria) => {
        const rest = { autocomplete: 'off', ...aria, value, onInput: (e: { currentTarget: HTMLInputElement }) => onInput(e.currentTarget.value), onBlur: () => form.leave(at) }
        switch (type) {
          case 'number':
            return <input class="input num" type="number" min={0} {...rest} />
          case 'time':
          case 'date':
            return <input class="input num" type={type} {...rest} />
        }
        return <input class="input" {...rest} />
      }}
    </Field>
  )
}

function Remove({ name, onClick }: { name: string; onClick(): void }) {
  return <button type="button" class="btn btn--ghost btn--icon btn--sm end" aria-label={t('removeAction', { name })} title={t('removeAction', { name })} onClick={onClick}><Icon of={trash} /></button>
}

export function General({ form, kind, isNew }: Of & { kind: ObjectKind; isNew: boolean }) {
  const v = form.values
  return (
    <>
      <Text form={form} at="name" label={t('name')} value={v.name} onInput={(name) => form.set('name', name)} />
      {dialled(kind) && <Text form={form} at="extension" label={t('extension')} hint={t(kind === 'switch' ? 'switchExtension' : 'extensionHint')} value={v.extension} onInput={(extension) => form.set('extension', extension)} />}
      {kind === 'switch' && <SwitchRow full label={t('initial')} {...(!isNew && { hint: t('initialHint') })} on={v.initial} onChange={(on) => form.set('initial', on)} />}
    </>
  )
}

export function Router({ form, choices }: Of & { choices: CallChoices }) {
  return <Lines title={t('routerActions')} at="actions" list={form.values.actions} owner="object" choices={choices} error={form.error} onChange={(list, field) => form.set('actions', list, field)} onLeave={form.leave} />
}

/** What calls have from their beginning, and who sees it. */
export function LabelParts({ form, choices }: Of & { choices: CallChoices }) {
  const label = form.values.label ?? newLabel()
  const set = (part: string, next: Partial<CallLabel>): void => form.set('label', { ...label, ...next }, `label.${part}`)
  return (
    <>
      <SwitchRow full label={t('shown')} hint={t('shownHint')} on={label.shown} onChange={(shown) => set('shown', { shown })} />
      <Text form={form} at="label.value" label={t('firstValue')} hint={t('firstValueHint')} value={label.value} onInput={(value) => set('value', { value })} />
      {label.value && <Condition when={label.when} at="label.when" kinds={conditionKinds.filter((kind) => kind !== 'label')} choices={choices} error={form.error} onLeave={form.leave} onChange={(when, part) => set(`when.${part}`, { when })} />}
    </>
  )
}

/** Where the actions of a template belong, and they themselves. */
export function TemplateParts({ form, choices }: Of & { choices: CallChoices }) {
  const template = form.values.template ?? newTemplate()
  const set = (part: keyof CallTemplate, next: Partial<CallTemplate>): void => form.set('template', { ...template, ...next }, `template.${part}`)
  const select = <K extends 'for' | 'slot' | 'origin' | 'position'>(part: K, of: readonly CallTemplate[K][]) => (
    <Field name={`template.${part}`} label={t(part)} error={form.error(`template.${part}`)} errorText={wrong(form.error(`template.${part}`))}>
      {(aria) => (
        <select class="select" {...aria} value={template[part]} onChange={(e) => set(part, { [part]: e.currentTarget.value as CallTemplate[K] })}>
          {of.map((value) => <option key={value} value={value}>{t(`${part}_${value}` as 'for_user')}</option>)}
        </select>
      )}
    </Field>
  )
  return (
    <>
      {select('for', ['user', 'team', 'ivr'])}
      {select('slot', ['before', 'after'])}
      {select('origin', ['', 'internal', 'external'])}
      {select('position', ['last', 'first'])}
      <SwitchRow full label={t('auto')} hint={t('autoHint')} on={template.auto} onChange={(auto) => set('auto', { auto })} />
      <Lines title={t('routerActions')} at="actions" list={form.values.actions} owner={ownerOf(template)} after={template.slot === 'after'} choices={choices} error={form.error}
        onChange={(list, field) => form.set('actions', list, field)} onLeave={form.leave} />
    </>
  )
}

export function MenuParts({ form, choices }: Of & { choices: CallChoices }) {
  const menu = form.values.menu
  const set = (next: Partial<CallMenu>, field: string): void => form.set('menu', { ...menu, ...next }, field)
  const entry = (i: number, next: Partial<CallMenuEntry>, field: string): void => set({ entries: menu.entries.map((old, n) => (n === i ? { ...old, ...next } : old)) }, field)
  return (
    <>
      <Field name="menu.prompt" label={t('prompt')} error={form.error('menu.prompt')} errorText={wrong(form.error('menu.prompt'))}>
        {(aria) => (
          <select class="select" {...aria} value={menu.prompt} onChange={(e) => set({ prompt: e.currentTarget.value }, 'menu.prompt')}>
            <option value="">{t('nothingSaid')}</option>
            {choices.prompts.map((p) => <option key={p.id} value={p.id}>{p.text || p.id}</option>)}
          </select>
        )}
      </Field>
      <Text form={form} at="menu.keyTimeout" type="number" label={t('keyTimeout')} value={String(menu.keyTimeout)} onInput={(text) => set({ keyTimeout: Number(text) || 0 }, 'menu.keyTimeout')} />
      <Text form={form} at="menu.answerDelay" type="number" label={t('answerDelay')} value={String(menu.answerDelay)} onInput={(text) => set({ answerDelay: Number(text) || 0 }, 'menu.answerDelay')} />
      <h2 class="h4 full">{t('entries')}</h2>
      {menu.entries.map((e, i) => (
        <section class="part full" key={i} aria-label={t('entry', { keys: e.keys })}>
          <header class="part-head"><strong class="h4 clip">{t('entry', { keys: e.keys })}</strong><Remove name={t('entry', { keys: e.keys })} onClick={() => set({ entries: menu.entries.filter((_, n) => n !== i) }, 'menu.entries')} /></header>
          <div class="form">
            <Text form={form} at={`menu.entries.${i}.keys`} label={t('keys')} hint={t('keysHint')} value={e.keys} onInput={(keys) => entry(i, { keys }, `menu.entries.${i}.keys`)} />
            <Lines title={t('entryActions', { keys: e.keys })} at={`menu.entries.${i}.actions`} list={e.actions} owner="object" choices={choices} error={form.error} onLeave={form.leave}
              onChange={(actions, field) => entry(i, { actions }, field)} />
          </div>
        </section>
      ))}
      <div class="full"><button type="button" class="btn btn--sm" onClick={() => set({ entries: [...menu.entries, { keys: nextKey(menu.entries), actions: [] }] }, 'menu.entries')}><Icon of={plus} size="s" />{t('addEntry')}</button></div>
      {listNames.map((name) => (
        <Lines key={name} title={t(name === 'afterInternal' || name === 'afterExternal' ? `menu_${name}` : name)} at={`menu.${name}`} list={menu[name]} owner="object" choices={choices} error={form.error} onLeave={form.leave}
          onChange={(list, field) => set({ [name]: list }, field)} />
      ))}
    </>
  )
}

/** The first digit that no entry has. */
function nextKey(entries: CallMenuEntry[]): string {
  return '1234567890'.split('').find((key) => !entries.some((e) => e.keys === key)) ?? ''
}

export function Period({ form }: Of) {
  const list = form.values.hours
  const set = (i: number, next: Partial<CallHours>, field: string): void => form.set('hours', list.map((old, n) => (n === i ? { ...old, ...next } : old)), field)
  return (
    <>
      {list.map((h, i) => {
        const name = `${h.from}–${h.to}`
        return (
          <section class="part full" key={i} aria-label={name}>
            <header class="part-head"><strong class="h4 clip">{name}</strong><Remove name={name} onClick={() => form.set('hours', list.filter((_, n) => n !== i))} /></header>
            <div class="form">
              <Text form={form} at={`hours.${i}.from`} type="time" label={t('from')} value={h.from} onInput={(from) => set(i, { from }, `hours.${i}.from`)} />
              <Text form={form} at={`hours.${i}.to`} type="time" label={t('to')} hint={t('toHint')} value={h.to} onInput={(to) => set(i, { to }, `hours.${i}.to`)} />
              <fieldset class="full days">
                <legend class="label">{t('days')}</legend>
                <span class="row wrap">
                  {weekdays().map((d) => (
                    <label key={d.day} class="row" title={d.long}>
                      <input class="check" type="checkbox" checked={h.days.includes(d.day)} aria-label={d.long}
                        onChange={(e) => set(i, { days: (e.currentTarget.checked ? [...h.days, d.day] : h.days.filter((day) => day !== d.day)).sort() }, `hours.${i}.days`)} />
                      {d.name}
                    </label>
                  ))}
                </span>
                {form.error(`hours.${i}.days`) && <p class="err" role="alert">{wrong(form.error(`hours.${i}.days`))}</p>}
              </fieldset>
            </div>
          </section>
        )
      })}
      {form.error('hours') && <p class="err full" role="alert">{wrong(form.error('hours'))}</p>}
      <div class="full"><button type="button" class="btn btn--sm" onClick={() => form.set('hours', [...list, { days: [1, 2, 3, 4, 5], from: '08:00', to: '17:00' }])}><Icon of={plus} size="s" />{t('addHours')}</button></div>
    </>
  )
}

export function Calendar({ form }: Of) {
  const list = form.values.days
  const set = (i: number, next: Partial<CallDay>, field: string): void => form.set('days', list.map((old, n) => (n === i ? { ...old, ...next } : old)), field)
  return (
    <>
      {list.map((d, i) => (
        <section class="part full" key={i} aria-label={d.title || d.date}>
          <header class="part-head"><strong class="h4 clip">{d.title || d.date}</strong><Remove name={d.title || d.date} onClick={() => form.set('days', list.filter((_, n) => n !== i))} /></header>
          <div class="form">
            <Text form={form} at={`days.${i}.date`} type="date" label={t('date')} value={d.date} onInput={(date) => set(i, { date }, `days.${i}.date`)} />
            <Text form={form} at={`days.${i}.until`} type="date" label={t('until')} hint={t('untilHint')} value={d.until} onInput={(until) => set(i, { until }, `days.${i}.until`)} />
            <Text form={form} at={`days.${i}.title`} label={t('dayTitle')} value={d.title} onInput={(title) => set(i, { title }, `days.${i}.title`)} />
          </div>
        </section>
      ))}
      <div class="full"><button type="button" class="btn btn--sm" onClick={() => form.set('days', [...list, { date: '', until: '', title: '' }])}><Icon of={plus} size="s" />{t('addDay')}</button></div>
    </>
  )
}
