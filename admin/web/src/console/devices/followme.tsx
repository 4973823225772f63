import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, path, put } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { chat } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { Seconds } from '../../shared/ui/seconds'
import { Callout, Failure, reason } from '../../shared/ui/states'
import type { FollowMe, FollowMeDevice, RingTimer } from '../../shared/types'
import { t } from '../texts/followme'
import { deviceIcons } from './kinds'

const classes = ['internal', 'external', 'queue'] as const
type RingClass = (typeof classes)[number]

const nameOf = (d: FollowMeDevice): string => (d.kind === 'xmpp' ? t('clients') : d.name)

/** When the devices of a user or of a location ring. What is changed is saved at once, not with the form; `of` names those that are stored. */
export function FollowMeTable({ at, of, rings }: { at: string; of: string; rings: string }) {
  const loaded = useLoad((signal) => get<FollowMe>(at, {}, signal), [at, of])
  const failed = useSignal('')
  const kept = useSignal('')
  const rows = useRef<FollowMeDevice[]>([]) // what the page shows, though it may not be stored yet
  const saving = useRef(Promise.resolve()) // one change after the other: each needs the revision that the one before has made
  if (loaded.data) rows.current = loaded.data.items
  const update = (device: string, part: Partial<FollowMeDevice>): void => {
    rows.current = rows.current.map((d) => (d.device === device ? { ...d, ...part } : d))
    loaded.set({ items: rows.current })
  }
  const send = async (device: string): Promise<void> => {
    const now = rows.current.find((d) => d.device === device)
    if (!now) return
    const { revision, userConfigurable, internal, external, queue, gsm } = now
    try {
      const saved = await put<FollowMeDevice>(at + path(device), { revision, userConfigurable, internal, external, queue, ...(gsm !== undefined && { gsm }) })
      update(device, { revision: saved.revision })
      failed.value = ''
      kept.value = t('saved', { name: nameOf(saved) })
    } catch (e) {
      failed.value = reason(e)
      kept.value = ''
      loaded.reload()
    }
  }
  const change = (device: string, part: Partial<FollowMeDevice>): void => {
    update(device, part)
    saving.current = saving.current.then(() => send(device))
  }
  if (loaded.error !== undefined) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!loaded.data) return null
  const items = loaded.data.items
  return (
    <div class="full col">
      <h2 class="h3 row">{t('title')}<span class="muted" role="status">{kept.value}</span></h2>
      <p class="hint">{t('hint', { name: rings })}</p>
      {failed.value && <Callout kind="bad" role="alert">{failed.value}</Callout>}
      {!items.length && <p class="hint">{t('none')}</p>}
      {items.map((d) => <Device key={d.device} of={d} onChange={(part) => change(d.device, part)} />)}
    </div>
  )
}

function Device({ of: d, onChange }: { of: FollowMeDevice; onChange(part: Partial<FollowMeDevice>): void }) {
  const name = nameOf(d)
  return (
    <fieldset class="followme" aria-label={t('timersOf', { name })}>
      <div class="followme-head">
        <Icon of={d.kind === 'xmpp' ? chat : deviceIcons[d.kind]} />
        <b class="clip" title={name}>{name}</b>
        {d.kind === 'mobile' && <span class="muted clip">{d.number || t('noNumber')}</span>}
        <label class="row end"><input class="check" type="checkbox" checked={d.userConfigurable} onChange={(e) => onChange({ userConfigurable: e.currentTarget.checked })} />{t('configurable')}</label>
      </div>
      {d.gsm !== undefined && (
        <label class="row followme-gsm">
          <input class="switch" type="checkbox" role="switch" aria-label={t('gsmOf', { name })} checked={d.gsm} onChange={(e) => onChange({ gsm: e.currentTarget.checked })} />
          <span>{t('gsm')}</span><span class="muted">{t('gsmHint')}</span>
        </label>
      )}
      <div class="followme-timers">
        {classes.map((c) => <Timer key={c} of={d[c]} kind={c} name={name} onChange={(timer) => onChange({ [c]: timer })} />)}
      </div>
    </fieldset>
  )
}

function Timer({ of, kind, name, onChange }: { of: RingTimer; kind: RingClass; name: string; onChange(timer: RingTimer): void }) {
  const seconds = (field: 'delay' | 'timeout', least: number) => (
    <label class="row">
      <span class="muted">{t(field)}</span>
      <Seconds label={t('secondsOf', { what: t(field), kind: t(kind), name })} least={least} disabled={!of.enabled} value={of[field]} onChange={(n) => onChange({ ...of, [field]: n })} />
    </label>
  )
  return (
    <div class="followme-timer">
      <label class="row">
        <input class="switch" type="checkbox" role="switch" aria-label={t('ringsFor', { kind: t(kind), name })} checked={of.enabled} onChange={(e) => onChange({ ...of, enabled: e.currentTarget.checked })} />
        <span>{t(kind)}</span>
      </label>
      {seconds('delay', 0)}
      {seconds('timeout', 1)}
    </div>
  )
}
