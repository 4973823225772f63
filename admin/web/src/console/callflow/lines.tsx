import { Icon } from '../../shared/icon'
import { down, plus, trash, up } from '../../shared/icons'
import { Field } from '../../shared/ui/field'
import type { FieldProblem } from '../../shared/api'
import type { CallAction, CallChoices } from '../../shared/types'
import { t } from '../texts/callflow'
import { actionKinds, conditionKinds, nameOf, newAction, statuses, type Owner } from './model'
import { Box } from './box'
import { Condition, LabelInput } from './condition'
import { wrong } from './wrong'

export interface LinesProps {
  /** The name of the list, and of its field as errors have it. */
  title: string
  at: string
  list: CallAction[]
  owner: Owner
  /** The list comes after a call. */
  after?: boolean
  choices: CallChoices
  error(field: string): FieldProblem | undefined
  onChange(list: CallAction[], field: string): void
  onLeave(field: string): void
}

/** A list of actions, from top to bottom. */
export function Lines({ title, at, list, owner, after = false, choices, error, onChange, onLeave }: LinesProps) {
  const move = (from: number, to: number): void => {
    const next = [...list]
    next.splice(to, 0, ...next.splice(from, 1))
    onChange(next, at)
  }
  return (
    <section class="col full" aria-label={title}>
      <h2 class="h4">{title}</h2>
      {list.map((a, i) => {
        const name = `${i + 1}. ${t(`kind_${a.kind}`)} ${nameOf(a, choices)}`.trim()
        return (
          <section class="part" key={i} aria-label={name}>
            <header class="part-head">
              <strong class="h4 clip" title={name}>{name}</strong>
              <span class="row end">
                {([['moveUp', up, i - 1], ['moveDown', down, i + 1]] as const).map(([text, icon, to]) => (
                  <button key={text} type="button" class="btn btn--ghost btn--icon btn--sm" disabled={to < 0 || to >= list.length} aria-label={t(text, { name })} title={t(text, { name })}
                    onClick={() => move(i, to)}><Icon of={icon} /></button>
                ))}
                <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('removeAction', { name })} title={t('removeAction', { name })}
                  onClick={() => onChange(list.filter((_, n) => n !== i), at)}><Icon of={trash} /></button>
              </span>
            </header>
            <div class="form">
              <Line action={a} at={`${at}.${i}`} owner={owner} after={after} choices={choices} error={error} onLeave={onLeave}
                onChange={(next, field) => onChange(list.map((old, n) => (n === i ? next : old)), field)} />
            </div>
          </section>
        )
      })}
      {!list.length && <p class="hint">{t('noActions')}</p>}
      {error(at) && <p class="err" role="alert">{wrong(error(at))}</p>}
      <div><button type="button" class="btn btn--sm" aria-label={t('addActionTo', { list: title })} onClick={() => onChange([...list, newAction('prompt')], at)}><Icon of={plus} size="s" />{t('addAction')}</button></div>
    </section>
  )
}

interface LineProps extends Omit<LinesProps, 'title' | 'list' | 'onChange'> {
  action: CallAction
  onChange(action: CallAction, field: string): void
}

function Line({ action: a, at, owner, after, choices, error, onChange, onLeave }: LineProps) {
  const set = (part: string, next: Partial<CallAction>): void => onChange({ ...a, ...next }, `${at}.${part}`)
  const select = (part: string, label: string, value: string, of: { value: string; label: string }[], change: (value: string) => void) => (
    <Field name={`${at}.${part}`} label={label} error={error(`${at}.${part}`)} errorText={wrong(error(`${at}.${part}`))}>
      {(aria) => (
        <select class="select" {...aria} value={value} onChange={(e) => change(e.currentTarget.value)} onBlur={() => onLeave(`${at}.${part}`)}>
          {of.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
        </select>
      )}
    </Field>
  )
  const input = (part: string, label: string, value: string, change: (value: string) => void, hint?: string) => (
    <Field name={`${at}.${part}`} label={label} {...(hint && { hint })} error={error(`${at}.${part}`)} errorText={wrong(error(`${at}.${part}`))}>
      {(aria) => <input class="input" autocomplete="off" {...aria} value={value} onInput={(e) => change(e.currentTarget.value)} onBlur={() => onLeave(`${at}.${part}`)} />}
    </Field>
  )
  const named = (of: { id: string; name: string; extension: string }[]) => [
    { value: '', label: t('choose') }, ...of.map((o) => ({ value: o.id, label: o.extension ? `${o.name} (${o.extension})` : o.name })),
  ]
  return (
    <>
      {select('kind', t('action'), a.kind, actionKinds.map((kind) => ({ value: kind, label: t(`kind_${kind}`) })), (kind) =>
        onChange(newAction(kind as CallAction['kind'], { status: a.status, when: a.when }), `${at}.kind`))}
      {a.kind === 'prompt' && select('prompt', t('prompt'), a.prompt, [
        { value: '', label: t('choose') }, ...choices.prompts.map((p) => ({ value: p.id, label: p.text || p.id })),
      ], (prompt) => set('prompt', { prompt }))}
      {a.kind === 'voicemail' && <Box box={a.box} own={owner !== 'object'} choices={choices} error={error(`${at}.box`)} onChange={(box) => set('box', { box })} />}
      {a.kind === 'voicemail' && select('greeting', t('greeting'), a.greeting, (['', 'unavailable', 'busy'] as const).map((value) => ({ value, label: t(`greeting_${value}`) })), (greeting) =>
        set('greeting', { greeting: greeting as CallAction['greeting'] }))}
      {a.kind === 'team' && select('target', t('kind_team'), a.target, named(choices.teams), (target) => set('target', { target }))}
      {(a.kind === 'ivr' || a.kind === 'router') && select('target', t(`kind_${a.kind}`), a.target, named(choices.objects.filter((o) => o.kind === a.kind)), (target) => set('target', { target }))}
      {a.kind === 'extension' && input('target', t('kind_extension'), a.target, (target) => set('target', { target }))}
      {a.kind === 'number' && input('target', t('number'), a.target, (target) => set('target', { target }), t('numberHint'))}
      {a.kind === 'label' && <LabelInput at={`${at}.label`} value={a.label} choices={choices} error={error} onLeave={onLeave} onInput={(label) => set('label', { label })} />}
      {a.kind === 'label' && input('value', t('value'), a.value, (value) => set('value', { value }), t('valueHint'))}
      {a.kind === 'skill' && (
        <Field name={`${at}.label`} label={t('skill')} hint={t('skillHint')} error={error(`${at}.label`)} errorText={wrong(error(`${at}.label`))}>
          {(aria) => (
            <>
              <datalist id={`${at}.known`}>{choices.skills.map((name) => <option key={name} value={name} />)}</datalist>
              <input class="input" autocomplete="off" list={`${at}.known`} {...aria} value={a.label} onInput={(e) => set('label', { label: e.currentTarget.value })} onBlur={() => onLeave(`${at}.label`)} />
            </>
          )}
        </Field>
      )}
      {a.kind === 'skill' && input('value', t('level'), a.value, (value) => set('value', { value }), t('levelHint'))}
      {a.kind === 'language' && select('language', t('language'), a.language, (['de', 'en'] as const).map((value) => ({ value, label: t(value) })), (language) =>
        set('language', { language: language as CallAction['language'] }))}
      {after && statuses[owner].length > 1 && select('status', t('status'), a.status, statuses[owner].map((value) => ({ value, label: t(`status_${value}`) })), (status) =>
        set('status', { status: status as CallAction['status'] }))}
      <Condition when={a.when} at={`${at}.when`} kinds={conditionKinds} choices={choices} error={error} onLeave={onLeave} onChange={(when, part) => set(`when.${part}`, { when })} />
    </>
  )
}
