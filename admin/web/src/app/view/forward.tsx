import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { texts } from '../../shared/i18n'
import { Field } from '../../shared/ui/field'
import { announce } from '../../shared/ui/live'
import { asNumber, type Numbers } from '../model/numbers'
import type { Telephony } from '../model/telephony'
import { say } from './texts'

const t = texts({
  en: {
    title: 'Forward',
    on: 'Forward all my calls',
    target: 'Where to',
    hint: 'An extension, or a number outside as you would dial it.',
    voicemail: 'To my voicemail',
    set: 'Forward',
    remove: 'Remove',
    wrong: 'Use digits, for example 101 or 0049 30 123456.',
    goes: 'Calls go to {to}',
    off: 'Not forwarded. The last one was to {to}.',
    none: 'Not forwarded',
    done: 'Calls are forwarded to {to}',
    stopped: 'Calls are not forwarded any more',
    box: 'your voicemail',
  },
  de: {
    title: 'Weiterleitung',
    on: 'Alle meine Anrufe weiterleiten',
    target: 'Wohin',
    hint: 'Eine Durchwahl oder eine Nummer draußen, wie Sie sie wählen würden.',
    voicemail: 'An meinen Anrufbeantworter',
    set: 'Weiterleiten',
    remove: 'Entfernen',
    wrong: 'Verwenden Sie Ziffern, zum Beispiel 101 oder 0049 30 123456.',
    goes: 'Anrufe gehen an {to}',
    off: 'Nicht weitergeleitet. Zuletzt an {to}.',
    none: 'Nicht weitergeleitet',
    done: 'Anrufe werden an {to} weitergeleitet',
    stopped: 'Anrufe werden nicht mehr weitergeleitet',
    box: 'Ihren Anrufbeantworter',
  },
})

/** The target that stands for one's own voicemail. */
const voicemail = '*103'

/** Where one's own calls are forwarded. */
export function ForwardCard({ tel, numbers }: { tel: Telephony; numbers: Numbers }) {
  const now = tel.forward.value
  const typed = useSignal(now?.target ?? '')
  const wrong = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    typed.value = now?.target ?? '' // it was changed, here or elsewhere
    wrong.value = ''
  }, [now?.target])
  if (!now) return null
  const named = (target: string): string => {
    if (target === voicemail) return t('box')
    const name = numbers.nameOf(target)
    return name === target ? target : `${name} (${target})`
  }
  const save = async (target: string, active: boolean): Promise<void> => {
    const o = await tel.setForward(target, active)
    wrong.value = o.ok ? '' : say(o.fault)
    if (o.ok) announce(active ? t('done', { to: named(target) }) : t('stopped'))
    else field.current?.focus()
  }
  const submit = (e: Event): void => {
    e.preventDefault()
    const number = asNumber(typed.value)
    if (number) return void save(number, true)
    wrong.value = t('wrong')
    field.current?.focus()
  }
  return (
    <section class="card">
      <div class="card-head"><h2>{t('title')}</h2></div>
      <form class="card-body form" onSubmit={submit} noValidate>
        <p role="status" class={now.active ? '' : 'muted'}>{now.active ? t('goes', { to: named(now.target) }) : now.target ? t('off', { to: named(now.target) }) : t('none')}</p>
        {now.target && (
          <label class="opt-row">
            <input class="switch" type="checkbox" role="switch" checked={now.active} onChange={(e) => void save(now.target, e.currentTarget.checked)} />
            <span><b>{t('on')}</b></span>
          </label>
        )}
        <Field name="forward" label={t('target')} hint={t('hint')} error={wrong.value ? { field: 'forward', code: '', text: wrong.value } : undefined}>
          {(aria) => <input class="input" {...aria} ref={field} type="text" inputMode="tel" autocomplete="off" value={typed.value === voicemail ? '' : typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />}
        </Field>
        <div class="row wrap">
          <button type="submit" class="btn">{t('set')}</button>
          <button type="button" class="btn" onClick={() => void save(voicemail, true)}>{t('voicemail')}</button>
          {now.target && <button type="button" class="btn btn--quiet-danger end" onClick={() => void save('', false)}>{t('remove')}</button>}
        </div>
      </form>
    </section>
  )
}
