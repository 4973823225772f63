import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { get } from '../../shared/api'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { history, left, phone } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import type { JournalPage } from '../../shared/types'
import { asNumber } from '../model/numbers'
import { browser } from '../model/dialler'
import type { Work } from '../model/work'
import { callees, partyName } from './callees'
import { deviceName } from './devices'
import { Page, tell } from './page'

const t = texts({
  en: {
    title: 'Keypad',
    number: 'Name or number',
    hint: 'For outside begin with 0 or +.',
    keys: 'Digits',
    erase: 'Erase the last digit',
    by: 'Call with',
    browser: 'This browser',
    call: 'Call',
    redial: 'Redial {name}',
    wrong: 'Type a number, or pick somebody below.',
    nobody: 'Nobody called “{q}” has a number.',
    people: 'Who can be called',
    byHint: 'The telephone rings; take it, and the number is called.',
  },
  de: {
    title: 'Tastenfeld',
    number: 'Name oder Nummer',
    hint: 'Nach draußen mit 0 oder + beginnen.',
    keys: 'Ziffern',
    erase: 'Letzte Ziffer löschen',
    by: 'Anrufen mit',
    browser: 'Diesem Browser',
    call: 'Anrufen',
    redial: 'Wahlwiederholung: {name}',
    wrong: 'Geben Sie eine Nummer ein oder wählen Sie unten jemanden.',
    nobody: 'Niemand namens „{q}“ hat eine Nummer.',
    people: 'Wer angerufen werden kann',
    byHint: 'Das Telefon klingelt; nehmen Sie ab, dann wird die Nummer angerufen.',
  },
})

export const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** By what one calls: this page, or a telephone of one's own. Nothing to choose without a telephone. */
export function CallWith({ work: { dialler } }: { work: Work }) {
  const devices = dialler.devices.value
  if (!devices.length) return null
  return (
    <label class="field">
      <span class="label">{t('by')}</span>
      <select class="select" value={dialler.by.value} onChange={(e) => dialler.choose(e.currentTarget.value)}>
        <option value={browser}>{t('browser')}</option>
        {devices.map((d) => <option key={d.id} value={d.id}>{deviceName(d)}</option>)}
      </select>
      {dialler.by.value !== browser && <span class="hint">{t('byHint')}</span>}
    </label>
  )
}

/** Where numbers are dialled. */
export function Keypad({ work }: { work: Work }) {
  const typed = useSignal('')
  const wrong = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!matchMedia('(pointer: coarse)').matches) field.current?.focus() // with a finger there is the keypad, and no keyboard over it
  }, [])
  const found = typed.value.trim() ? callees(work, typed.value).filter((c) => c.id !== asNumber(typed.value) || c.detail) : []
  const dial = async (number: string): Promise<void> => {
    wrong.value = ''
    if (await tell(work.dialler.dial(number))) typed.value = ''
  }
  const submit = (e: Event): void => {
    e.preventDefault()
    const number = asNumber(typed.value)
    const only = found.length === 1 ? found[0]!.id : ''
    if (number || only) return void dial(number || only)
    wrong.value = t('wrong')
    field.current?.focus()
  }
  const last = useLoad((signal) => get<JournalPage>('/app/journal', { side: 'out', limit: 1 }, signal), [work.tel.journal.value]).data?.items[0]
  const before = last?.with.number ? last.prefix + last.with.number : ''
  const press = (key: string): void => {
    typed.value += key
    wrong.value = ''
  }
  return (
    <Page title={t('title')}>
      <form class="keypad form" onSubmit={submit} noValidate>
        <div class="field">
          <label class="sr" for="number">{t('number')}</label>
          <span class="with-end">
            <input class="input keypad-number num" id="number" type="text" inputMode="tel" autocomplete="off" spellcheck={false} ref={field} placeholder={t('number')}
              aria-invalid={wrong.value ? true : undefined} aria-describedby="number-said" value={typed.value} onInput={(e) => {
                typed.value = e.currentTarget.value
                wrong.value = ''
              }} />
            {typed.value && (
              <span class="end-slot">
                <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('erase')} title={t('erase')} onClick={() => (typed.value = typed.value.slice(0, -1))}><Icon of={left} /></button>
              </span>
            )}
          </span>
          <p id="number-said" class={wrong.value ? 'err' : 'hint'}>{wrong.value || t('hint')}</p>
        </div>
        <div class="keypad-keys" role="group" aria-label={t('keys')}>
          {digits.map((d) => <button type="button" key={d} class="key keypad-key num" onClick={() => press(d)}>{d}</button>)}
        </div>
        <CallWith work={work} />
        <button type="submit" class="btn btn--ok btn--lg btn--block">
          <Icon of={phone} />
          {t('call')}
        </button>
        {!typed.value && last && before && (
          <button type="button" class="btn btn--block" onClick={() => void dial(before)}>
            <Icon of={history} />
            <span class="clip" dir="auto">{t('redial', { name: partyName(work, last.with) })}</span>
          </button>
        )}
        {typed.value.trim() !== '' && (found.length > 0
          ? (
            <ul class="card parts" aria-label={t('people')}>
              {found.map((c) => (
                <li key={c.id}>
                  <button type="button" class="part keypad-hit" onClick={() => void dial(c.id)}>
                    {c.mark}
                    <b class="grow clip" dir="auto">{c.label}</b>
                    <span class="muted num">{c.detail}</span>
                    <Icon of={phone} />
                  </button>
                </li>
              ))}
            </ul>
          )
          : !asNumber(typed.value) && <p class="hint" role="status">{t('nobody', { q: typed.value.trim() })}</p>)}
      </form>
    </Page>
  )
}
