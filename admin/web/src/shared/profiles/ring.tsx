import { Field } from '../ui/field'
import type { Device, ProfileAction } from '../types'
import { Seconds } from '../ui/seconds'
import { partText } from '../errors'
import type { Form } from '../form'
import { t } from './texts'
import { ring, ringClasses, ringWay, ringWays, type ProfileData, type RingWay } from './model'

/** By which an action can name all devices of a kind that a user has. */
const kinds = ['', 'phone', 'softphone', 'mobile', 'xmpp'] as const

/** What an action does to timers, in a few words. */
export function ringText(action: ProfileAction, about: string): string {
  return t('act_followme.set', { what: ringDetail(action, about) })
}

/** Whose timers an action changes, and how. */
export function ringDetail(action: ProfileAction, about: string): string {
  const kind = kinds.find((k) => k === (action.device ?? ''))
  const classes = ringClasses.flatMap((c) => {
    const way = ringWay(action[c])
    return way ? [`${t(c)} ${way === 'timed' ? `${action[c]!.delay}/${action[c]!.timeout}` : t(`short_${way}`)}`] : []
  })
  return `${about || (kind === undefined ? t('oneDevice') : t(`devices_${kind}`))}: ${classes.join(', ')}`
}

/** Whose timers an action changes, and how; or whether GSM mode is on. */
export function Ringing({ form, at, action, devices, onChange }: {
  form: Form<ProfileData>; at: string; action: ProfileAction; devices: Pick<Device, 'id' | 'name' | 'kind' | 'ownerName'>[]; onChange(next: Partial<ProfileAction>, part: string): void
}) {
  const error = (part: string) => ({ error: form.error(`${at}.${part}`), errorText: partText(form.error(`${at}.${part}`)) })
  if (action.kind === 'gsm.set') {
    return (
      <Field name={`${at}.on`} label={t('gsm')} hint={t('gsmHint')} {...error('on')}>
        {(aria) => (
          <select class="select" {...aria} value={action.on ? 'on' : 'off'} onChange={(e) => onChange({ on: e.currentTarget.value === 'on' }, `${at}.on`)}>
            <option value="on">{t('switchOn')}</option>
            <option value="off">{t('switchOff')}</option>
          </select>
        )}
      </Field>
    )
  }
  const rung = devices.filter((d) => d.kind !== 'fax')
  return (
    <>
      <Field name={`${at}.device`} label={t('devices')} {...error('device')}>
        {(aria) => (
          <select class="select" {...aria} value={action.device ?? ''} onChange={(e) => onChange({ device: e.currentTarget.value }, `${at}.device`)}>
            {kinds.map((k) => <option key={k} value={k}>{t(`devices_${k}`)}</option>)}
            {rung.length > 0 && (
              <optgroup label={t('oneDevice')}>
                {rung.map((d) => <option key={d.id} value={d.id}>{d.ownerName ? `${d.name} · ${d.ownerName}` : d.name}</option>)}
              </optgroup>
            )}
          </select>
        )}
      </Field>
      <div class="full col rings">
        {ringClasses.map((c) => {
          const change = action[c]
          const way = ringWay(change)
          const seconds = (of: 'delay' | 'timeout', least: number) => (
            <label class="row">
              <span class="muted">{t(of)}</span>
              <Seconds label={t('secondsFor', { what: t(of), kind: t(c) })} least={least} disabled={false} value={change![of]}
                onChange={(n) => onChange({ [c]: { ...change, [of]: n } }, `${at}.${c}.${of}`)} />
            </label>
          )
          return (
            <div class="row wrap ring" key={c}>
              <label class="row">
                <span class="ring-class">{t(c)}</span>
                <select class="select" value={way} onChange={(e) => onChange({ [c]: ring(e.currentTarget.value as RingWay) }, `${at}.${c}`)}>
                  {ringWays.map((w) => <option key={w} value={w}>{t(`ring_${w}`)}</option>)}
                </select>
              </label>
              {way === 'timed' && <>{seconds('delay', 0)}{seconds('timeout', 1)}</>}
            </div>
          )
        })}
        {form.error(`${at}.internal`) && <p class="err" role="alert">{partText(form.error(`${at}.internal`))}</p>}
      </div>
    </>
  )
}
