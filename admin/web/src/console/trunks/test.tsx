import { useSignal } from '@preact/signals'
import { post } from '../../shared/api'
import { Segments } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Callout, reason } from '../../shared/ui/states'
import type { Trunk, TrunkTest, TrunkTested } from '../../shared/types'
import { t } from '../texts/trunks'

type Direction = TrunkTest['direction']

/** Asks what would become of a call, and whether the accounts are up that would carry it. */
export function Test({ trunk, unsaved }: { trunk: Trunk; unsaved: boolean }) {
  const direction = useSignal<Direction>('out')
  const number = useSignal('')
  const from = useSignal('')
  const busy = useSignal(false)
  const failed = useSignal('')
  const answer = useSignal<TrunkTested | undefined>(undefined)
  const ask = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    try {
      answer.value = await post<TrunkTested>('/trunks/test', { direction: direction.value, trunk: trunk.id, number: number.value, from: from.value })
    } catch (e) {
      failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const out = direction.value === 'out'
  return (
    <form class="form form--page" noValidate
      onSubmit={(e) => {
        e.preventDefault()
        void ask()
      }}>
      <h2 class="h3">{t('testTitle')}</h2>
      <p class="hint full">{t('testHint')} {unsaved && t('testChanged')}</p>
      <div class="full">
        <Segments<Direction> label={t('testTitle')} value={direction.value} of={[{ value: 'out', label: t('out') }, { value: 'in', label: t('in') }]}
          onChange={(next) => {
            direction.value = next
            answer.value = undefined
          }} />
      </div>
      <Field name="number" label={t('number')}>
        {(aria) => <input class="input num" type="tel" autocomplete="off" {...aria} value={number.value} onInput={(e) => (number.value = e.currentTarget.value)} />}
      </Field>
      <Field name="from" label={t(out ? 'fromExtension' : 'from')} optional>
        {(aria) => <input class="input num" type="tel" autocomplete="off" {...aria} value={from.value} onInput={(e) => (from.value = e.currentTarget.value)} />}
      </Field>
      <p class="full"><button type="submit" class="btn btn--primary" aria-busy={busy.value}>{busy.value && <span class="spin" aria-hidden="true" />}{t('ask')}</button></p>
      <div class="full" role="status">
        {failed.value && <Callout kind="bad">{failed.value}</Callout>}
        {answer.value && <Answer of={answer.value} />}
      </div>
    </form>
  )
}

function Answer({ of: a }: { of: TrunkTested }) {
  if (a.refused) return <Callout kind="bad"><b>{t('refused')}</b> {a.refused}</Callout>
  if (a.arrival) {
    const { group, extension, name, rule, called, callBack } = a.arrival
    const to = group ? t('goesGroup') : name ? t('goesTo', { extension, name }) : t('goesNobody', { extension })
    return (
      <Callout kind={group || name ? 'ok' : 'warn'}>
        <b>{to}</b>{!group && <>, {rule ? t('byRule', { rule }) : t('goesFallback')}</>}.<br />
        {t('calledIs', { number: called })}{callBack && <><br />{t('callBack', { number: callBack })}</>}
      </Callout>
    )
  }
  return (
    <>
      <p>{t(a.ways.length ? 'tryOrder' : 'noWay')}</p>
      <ol class="ways">
        {a.ways.map((w, i) => (
          <li key={i}>
            <b>{t('way', { trunk: w.trunkName, account: w.account })}</b>{' '}
            <span class={'badge' + (w.state === 'up' ? ' badge--ok' : w.state === 'down' ? ' badge--bad' : '')}><i class={'dot' + (w.state === 'up' ? ' dot--ok' : w.state === 'down' ? ' dot--bad' : '')} />{t(w.state)}</span>{' '}
            <span class="badge badge--line">{t(`class_${w.class}`)}</span>
            <p class="second">
              {[t('sends', { number: w.number }), w.from ? t('shows', { from: w.from }) : t('showsAccount'), w.rule && t('byRule', { rule: w.rule }), w.pin && t('asksPin')].filter(Boolean).join(' · ')}
            </p>
            {w.error && <p class="bad">{t('serverError')} {w.error}</p>}
          </li>
        ))}
      </ol>
    </>
  )
}
