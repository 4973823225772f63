import { useSignal } from '@preact/signals'
import { get, path, post } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { down, x } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { Segments, SwitchRow } from '../../shared/ui/controls'
import { Dialog } from '../../shared/ui/dialog'
import { Picker, type Choice, type Find } from '../../shared/ui/picker'
import { Callout, reason } from '../../shared/ui/states'
import type { CallChoices, CallTemplate, RollOut, RollOutResult, TeamPage } from '../../shared/types'
import { findUsers } from '../people'
import { t as common } from '../texts/common'
import { t } from '../texts/callflow'

type Of = CallTemplate['for']

/** Finds those for whom a template is. */
function finder(of: Of, choices: CallChoices, without: (id: string) => boolean): Find {
  if (of === 'user') return findUsers(without)
  return async (q, signal): Promise<Choice[]> => {
    const all = of === 'team' ? (await get<TeamPage>('/teams', { q, limit: 20 }, signal)).items
      : choices.objects.filter((o) => o.kind === 'ivr' && `${o.name} ${o.extension}`.toLowerCase().includes(q.toLowerCase()))
    return all.filter((o) => !without(o.id)).map((o) => ({ id: o.id, label: o.name, detail: o.extension }))
  }
}

/** Puts a template into the lists of those for whom it is. What that would do is said before. */
export function RollOutDialog({ id, name, of, choices, onClose }: { id: string; name: string; of: Of; choices: CallChoices; onClose(): void }) {
  const all = useSignal(true)
  const chosen = useSignal<Choice[]>([])
  const mode = useSignal<RollOut['mode']>('append')
  const again = useSignal(false)
  const busy = useSignal(false)
  const failed = useSignal('')
  const done = useSignal<RollOutResult | undefined>(undefined)
  const wanted = (): RollOut => ({ all: all.value, to: all.value ? [] : chosen.value.map((c) => c.id), mode: mode.value, again: again.value })
  const nobody = !all.value && !chosen.value.length
  const at = '/callobjects' + path(id, 'rollout')
  const foreseen = useLoad(async () => (nobody || done.value ? undefined : post<RollOutResult>(at + '/check', wanted())), [all.value, chosen.value, mode.value, again.value])
  const act = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    try {
      done.value = await post<RollOutResult>(at, wanted())
    } catch (e) {
      failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const result = done.value ?? (nobody ? undefined : foreseen.data)
  return (
    <Dialog title={t('rollOutTitle', { name })} onClose={onClose} class="dialog--wide"
      foot={
        done.value ? <button type="button" class="btn btn--primary" onClick={onClose}>{common('close')}</button> : (
          <>
            <button type="button" class="btn" onClick={onClose}>{common('cancel')}</button>
            <button type="button" class="btn btn--primary" disabled={!result?.changed} aria-busy={busy.value} onClick={() => void act()}>{busy.value && <span class="spin" aria-hidden="true" />}{t('rollOut')}</button>
          </>
        )
      }>
      <div class="col">
        {failed.value && <Callout kind="bad" role="alert">{failed.value}</Callout>}
        {foreseen.error !== undefined && !done.value && <Callout kind="bad" role="alert">{reason(foreseen.error)}</Callout>}
        {!done.value && (
          <>
            <Segments label={t('rollOutTo')} value={all.value ? 'all' : 'some'} onChange={(value) => (all.value = value === 'all')}
              of={[{ value: 'all', label: t(`rollOutAll_${of}`) }, { value: 'some', label: t('rollOutSome') }]} />
            {!all.value && (
              <div class="row wrap">
                {chosen.value.map((c) => (
                  <span class="chip" key={c.id}>
                    {c.label}
                    <button type="button" aria-label={t('removeAction', { name: c.label })} onClick={() => (chosen.value = chosen.value.filter((o) => o.id !== c.id))}><Icon of={x} /></button>
                  </span>
                ))}
                <Picker class="btn btn--sm" label={t('rollOutChoose')} find={finder(of, choices, (o) => chosen.value.some((c) => c.id === o))} onPick={(c) => (chosen.value = [...chosen.value, c])}>
                  {t('rollOutChoose')}<Icon of={down} size="s" />
                </Picker>
              </div>
            )}
            <label class="field">
              <span class="label">{t('mode')}</span>
              <select class="select" value={mode.value} onChange={(e) => (mode.value = e.currentTarget.value as RollOut['mode'])}>
                {(['append', 'replace', 'skip'] as const).map((m) => <option key={m} value={m}>{t(`mode_${m}`)}</option>)}
              </select>
            </label>
            {mode.value !== 'replace' && <SwitchRow label={t('again')} hint={t('againHint')} on={again.value} onChange={(on) => (again.value = on)} />}
          </>
        )}
        {result && <Result of={result} past={done.value !== undefined} />}
      </div>
    </Dialog>
  )
}

function Result({ of, past }: { of: RollOutResult; past: boolean }) {
  const counts = (['changed', 'unchanged', 'skipped', 'refused'] as const).filter((k) => of[k] || k === 'changed')
  return (
    <section class="col" aria-label={t('result')} aria-live="polite">
      <p class="row wrap">{counts.map((k) => <span key={k} class={`badge badge--${k === 'changed' ? 'accent' : k === 'refused' ? 'warn' : 'line'}`}>{t(past && k === 'changed' ? 'out_was' : `out_${k}`, { n: of[k] })}</span>)}</p>
      {of.refused > 0 && (
        <ul class="plain">
          {of.items.filter((i) => i.outcome === 'refused').map((i) => <li key={i.id}><b>{i.name}</b>: {i.why}</li>)}
        </ul>
      )}
    </section>
  )
}
