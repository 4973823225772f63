import { get, post, type FieldProblem } from '../shared/api'
import { ago } from '../shared/format'
import { Icon } from '../shared/icon'
import { plus, x } from '../shared/icons'
import { useLoad, type Loaded } from '../shared/load'
import { Field } from '../shared/ui/field'
import { toast } from '../shared/ui/toast'
import type { Checked, SetCode, Telephony, TelephonyData } from '../shared/types'
import { useEditing } from './editing'
import { EditingPage, LoadedPage } from './editingpage'
import { fieldText, partText } from './errors'
import { TeamsTriggerCard } from './teamstrigger'
import { t as common } from './texts/common'
import { t } from './texts/services'

const dataOf = (s: Telephony): TelephonyData => ({ externalGroupNumber: s.externalGroupNumber, emergency: s.emergency, dialPrefix: s.dialPrefix, defaultCountry: s.defaultCountry, codes: s.codes })

/** What a function of telephones is called; one that this page does not know has its own name. */
function functionName(name: string): string {
  const key = `code_${name}` as Parameters<typeof t>[0]
  return t.has(key) ? t(key) : name
}

/** What is set for the whole server. */
export function Services() {
  const loaded = useLoad((signal) => get<Telephony>('/telephony', {}, signal))
  return <LoadedPage title={t('title')} loaded={loaded}>{(now) => <Editor loaded={now} />}</LoadedPage>
}

const check = async (values: TelephonyData): Promise<FieldProblem[]> => (await post<Checked>('/telephony/check', values)).errors

function Editor({ loaded }: { loaded: Loaded<Telephony> & { data: Telephony } }) {
  const page = useEditing<Telephony, TelephonyData>({ loaded, at: '/telephony', values: dataOf, check, saved: () => toast({ text: t('saved') }) })
  const { form, stored } = page
  const text = (name: 'externalGroupNumber' | 'dialPrefix' | 'defaultCountry') => ({
    input: { value: form.values[name], autocomplete: 'off', onInput: (e: { currentTarget: HTMLInputElement }) => form.set(name, e.currentTarget.value), onBlur: () => form.leave(name) },
    field: { name, error: form.error(name), errorText: partText(form.error(name)) },
  })
  const numbers = form.values.emergency
  const setNumber = (i: number, to?: string): void => {
    form.set('emergency', to === undefined ? numbers.filter((_, at) => at !== i) : numbers.map((n, at) => (at === i ? to : n)), `emergency.${i}`)
  }
  const codeOf = (of: SetCode[], name: string): string => of.find((c) => c.function === name)?.code ?? ''
  const setCode = (name: string, to: string): void => {
    form.set('codes', [...form.values.codes.filter((c) => c.function !== name), ...(to ? [{ function: name, code: to }] : [])], `codes.${name}`)
  }
  const codesText = (of: SetCode[]): string => of.map((c) => `${functionName(c.function)} ${c.code}`).sort().join(', ')
  const number = text('externalGroupNumber')
  const prefix = text('dialPrefix')
  const country = text('defaultCountry')
  const differences = (theirs: TelephonyData) => [
    { label: t('groupNumber'), yours: form.values.externalGroupNumber, theirs: theirs.externalGroupNumber },
    { label: t('emergency'), yours: numbers.join(', '), theirs: theirs.emergency.join(', ') },
    { label: t('dialPrefix'), yours: form.values.dialPrefix, theirs: theirs.dialPrefix },
    { label: t('defaultCountry'), yours: form.values.defaultCountry, theirs: theirs.defaultCountry },
    { label: t('codes'), yours: codesText(form.values.codes), theirs: codesText(theirs.codes) },
  ]
  return (
    <EditingPage of={page} title={t('title')} differences={(theirs) => differences(dataOf(theirs))}>
      <div ref={page.saving.within} class="col gap">
      <section class="card" aria-label={t('telephony')}>
        <div class="card-head"><h2>{t('telephony')}</h2></div>
        <div class="card-body form form--page">
          <Field label={t('groupNumber')} full {...number.field}
            hint={<>{t('groupNumberHint')} {!form.values.externalGroupNumber && t('groupNumberNone')}</>}>
            {(aria) => <input class="input num short-input" type="tel" placeholder="+49 211 12345-99" {...aria} {...number.input} />}
          </Field>
          <div class="field full" role="group" aria-label={t('emergency')}>
            <span class="label">{t('emergency')}</span>
            <div class="col">
              {numbers.map((n, i) => (
                <Field key={i} name={`emergency.${i}`} label={n || t('newNumber')} error={form.error(`emergency.${i}`)} errorText={partText(form.error(`emergency.${i}`))}>
                  {(aria) => (
                    <span class="row">
                      <input class="input num short-input" inputMode="numeric" {...aria} value={n} onInput={(e) => setNumber(i, e.currentTarget.value)} onBlur={() => form.leave(`emergency.${i}`)} />
                      <button type="button" class="btn btn--ghost btn--icon" aria-label={t('removeNumber', { number: n })} onClick={() => setNumber(i)}><Icon of={x} /></button>
                    </span>
                  )}
                </Field>
              ))}
              <span><button type="button" class="btn btn--sm" onClick={() => form.set('emergency', [...numbers, ''])}><Icon of={plus} />{t('addNumber')}</button></span>
            </div>
            <p class="hint">{t('emergencyHint', { builtIn: stored.builtIn.join(', ') })}</p>
          </div>
          <Field label={t('dialPrefix')} hint={t('dialPrefixHint')} {...prefix.field}>
            {(aria) => <input class="input num" {...aria} {...prefix.input} />}
          </Field>
          <Field label={t('defaultCountry')} hint={t('defaultCountryHint')} {...country.field}>
            {(aria) => <input class="input num" inputMode="numeric" {...aria} {...country.input} />}
          </Field>
          <p class="hint full">{stored.revision ? t('changed', { when: ago(stored.changed), who: stored.changedBy.split('@')[0] || common('someone') }) : t('never')}</p>
        </div>
      </section>
      <section class="card" aria-label={t('codes')}>
        <div class="card-head"><h2>{t('codes')}</h2></div>
        <div class="card-body form form--page">
          <p class="hint full">{t('codesHint')}</p>
          {stored.functions.map((f) => {
            const error = form.error(`codes.${f.function}`)
            return (
              <Field key={f.function} name={`codes.${f.function}`} label={functionName(f.function)} error={error} errorText={fieldText(error && { ...error, field: 'functionCode' }, '', () => {})}>
                {(aria) => <input class="input num" inputMode="tel" autocomplete="off" placeholder={f.standard} {...aria} value={codeOf(form.values.codes, f.function)}
                  onInput={(e) => setCode(f.function, e.currentTarget.value)} onBlur={() => form.leave(`codes.${f.function}`)} />}
              </Field>
            )
          })}
        </div>
      </section>
      </div>
      <TeamsTriggerCard />
    </EditingPage>
  )
}
