import type { FieldProblem } from '../../shared/api'
import { Field } from '../../shared/ui/field'
import type { CallChoices, CallCondition } from '../../shared/types'
import { t } from '../texts/callflow'
import { always } from './model'
import { wrong } from './wrong'

interface Of {
  /** The field, as errors have it. */
  at: string
  choices: CallChoices
  error(field: string): FieldProblem | undefined
  onLeave(field: string): void
}

/** The name of a label: one that there is, or another. */
export function LabelInput({ at, value, choices, error, onLeave, onInput }: Of & { value: string; onInput(value: string): void }) {
  return (
    <Field name={at} label={t('label')} error={error(at)} errorText={wrong(error(at))}>
      {(aria) => (
        <>
          <input class="input" autocomplete="off" list={`${at}-all`} {...aria} value={value} onInput={(e) => onInput(e.currentTarget.value)} onBlur={() => onLeave(at)} />
          <datalist id={`${at}-all`}>{choices.objects.filter((o) => o.kind === 'label').map((o) => <option key={o.id} value={o.name} />)}</datalist>
        </>
      )}
    </Field>
  )
}

/** When something counts. */
export function Condition({ when, at, kinds, choices, error, onLeave, onChange }: Of & { when: CallCondition; kinds: readonly CallCondition['kind'][]; onChange(when: CallCondition, part: keyof CallCondition): void }) {
  const set = (part: keyof CallCondition, next: Partial<CallCondition>): void => onChange({ ...when, ...next }, part)
  const field = (part: 'kind' | 'object' | 'value', label: string, hint?: string) => ({ name: `${at}.${part}`, label, error: error(`${at}.${part}`), errorText: wrong(error(`${at}.${part}`)), ...(hint && { hint }) })
  const named = when.kind === 'period' || when.kind === 'calendar' || when.kind === 'switch' ? choices.objects.filter((o) => o.kind === when.kind) : undefined
  return (
    <>
      <Field {...field('kind', t('when'))}>
        {(aria) => (
          <select class="select" {...aria} value={when.kind} onChange={(e) => set('kind', { ...always, kind: e.currentTarget.value as CallCondition['kind'] })} onBlur={() => onLeave(`${at}.kind`)}>
            {kinds.map((kind) => <option key={kind} value={kind}>{t(`when_${kind}`)}</option>)}
          </select>
        )}
      </Field>
      {named && (
        <Field {...field('object', t(`when_${when.kind}`))}>
          {(aria) => (
            <select class="select" {...aria} value={when.object} onChange={(e) => set('object', { object: e.currentTarget.value })} onBlur={() => onLeave(`${at}.object`)}>
              <option value="">{t('choose')}</option>
              {named.map((o) => <option key={o.id} value={o.id}>{o.extension ? `${o.name} (${o.extension})` : o.name}</option>)}
            </select>
          )}
        </Field>
      )}
      {when.kind === 'label' && <LabelInput at={`${at}.label`} value={when.label} choices={choices} error={error} onLeave={onLeave} onInput={(label) => set('label', { label })} />}
      {when.kind === 'label' && (
        <Field {...field('value', t('value'), t('anyValue'))}>
          {(aria) => <input class="input" autocomplete="off" {...aria} value={when.value} onInput={(e) => set('value', { value: e.currentTarget.value })} onBlur={() => onLeave(`${at}.value`)} />}
        </Field>
      )}
      {when.kind !== '' && (
        <label class="row full"><input class="check" type="checkbox" checked={when.not} onChange={(e) => set('not', { not: e.currentTarget.checked })} />{t('not')}</label>
      )}
    </>
  )
}
