import { useSignal } from '@preact/signals'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { chat, device as deviceIcon, laptop, lock, mobile } from '../../shared/icons'
import { announce } from '../../shared/ui/live'
import { Callout, Waiting } from '../../shared/ui/states'
import type { Device, RingClass, Timer } from '../model/snapshot'
import { ringClasses } from '../model/snapshot'
import type { Work } from '../model/work'
import { ForwardCard } from './forward'
import { moveTo } from './me'
import { Page, tell } from './page'

const t = texts({
  en: {
    title: 'My devices',
    location: 'Where I am',
    locationHint: 'The telephones of a location ring for who is logged in there. Your own go on as they are.',
    roaming: 'None/roaming',
    taken: '{place} ({name} is there)',
    noPlaces: 'There is no location where you may log in.',
    outgoing: 'Calls that I make',
    outgoingLabel: 'Telephone that rings first',
    auto: 'The first one that is there',
    rings: 'When my devices ring',
    hint: 'Delay: seconds before a device begins to ring. Rings: for so many seconds; empty is as long as others. It is saved at once.',
    none: 'No device rings for you. Ask your administration for one.',
    clients: 'This app and other XMPP clients',
    noNumber: 'without a number it does not ring',
    locked: 'Set by the administration',
    gsm: 'GSM mode',
    gsmHint: 'Only this mobile telephone rings, and at once.',
    online: 'There',
    offline: 'Not there',
    at: 'At {place}',
    internal: 'Internal',
    external: 'External',
    queue: 'Team',
    delay: 'Delay',
    ring: 'Rings',
    timersOf: 'Timers: {name}',
    ringsFor: '{kind}: {name}',
    secondsOf: '{what}, {kind}: {name}',
    saved: '{name}: saved',
    silent: 'Nothing rings for you as long as you are in the profile {name}.',
    unreachable: 'Calls of this kind do not ring anywhere: {kinds}.',
  },
  de: {
    title: 'Meine Geräte',
    location: 'Wo ich bin',
    locationHint: 'Die Telefone eines Arbeitsplatzes klingeln für den, der dort angemeldet ist. Ihre eigenen bleiben, wie sie sind.',
    roaming: 'Keiner (unterwegs)',
    taken: '{place} ({name} ist dort)',
    noPlaces: 'Es gibt keinen Arbeitsplatz, an dem Sie sich anmelden dürfen.',
    outgoing: 'Anrufe, die ich mache',
    outgoingLabel: 'Telefon, das zuerst klingelt',
    auto: 'Das erste, das da ist',
    rings: 'Wann meine Geräte klingeln',
    hint: 'Verzögerung: Sekunden, bevor ein Gerät zu klingeln beginnt. Klingelt: so viele Sekunden; leer heißt so lange wie andere. Es wird sofort gespeichert.',
    none: 'Kein Gerät klingelt für Sie. Fragen Sie Ihre Verwaltung danach.',
    clients: 'Diese App und andere XMPP-Programme',
    noNumber: 'ohne Nummer klingelt es nicht',
    locked: 'Von der Verwaltung festgelegt',
    gsm: 'GSM-Modus',
    gsmHint: 'Nur dieses Mobiltelefon klingelt, und sofort.',
    online: 'Da',
    offline: 'Nicht da',
    at: 'An {place}',
    internal: 'Intern',
    external: 'Extern',
    queue: 'Team',
    delay: 'Verzögerung',
    ring: 'Klingelt',
    timersOf: 'Zeiten: {name}',
    ringsFor: '{kind}: {name}',
    secondsOf: '{what}, {kind}: {name}',
    saved: '{name}: gespeichert',
    silent: 'Solange Sie im Profil {name} sind, klingelt bei Ihnen nichts.',
    unreachable: 'Solche Anrufe klingeln nirgends: {kinds}.',
  },
})

const icons: Readonly<Record<string, string>> = { phone: deviceIcon, softphone: laptop, mobile, xmpp: chat }
const mostSeconds = 999 // as the server has it

export function deviceName(d: Device): string {
  return d.kind === 'xmpp' ? t('clients') : d.name
}

/** One's own devices: location, by what one calls, when they ring, and the forward. */
export function DevicesPage({ work }: { work: Work }) {
  const { tel } = work
  const devices = tel.devices.value
  if (!devices) return <Page title={t('title')}><Waiting lines={6} /></Page>
  const profile = tel.profile.value
  const dead = ringClasses.filter((c) => devices.list.length > 0 && devices.list.every((d) => !d.timers[c].enabled))
  return (
    <Page title={t('title')}>
      <LocationCard work={work} />
      <ForwardCard tel={tel} numbers={work.numbers} />
      <section class="card">
        <div class="card-head"><h2>{t('rings')}</h2></div>
        <div class="card-body form">
          {profile?.silent && <Callout kind="warn">{t('silent', { name: profile.name })}</Callout>}
          {dead.length > 0 && <Callout kind="warn">{t('unreachable', { kinds: dead.map((c) => t(c)).join(', ') })}</Callout>}
          {devices.list.length ? <p class="hint">{t('hint')}</p> : <p class="hint">{t('none')}</p>}
          {devices.list.map((d) => <DeviceRow key={`${d.holder} ${d.id}`} work={work} device={d} />)}
        </div>
      </section>
      {devices.list.some((d) => d.kind !== 'xmpp') && (
        <section class="card">
          <div class="card-head"><h2>{t('outgoing')}</h2></div>
          <div class="card-body form">
            <label class="field">
              <span class="label">{t('outgoingLabel')}</span>
              <select class="select" value={devices.outgoing} onChange={(e) => void tell(tel.setOutgoing(e.currentTarget.value))}>
                <option value="auto">{t('auto')}</option>
                {devices.list.map((d) => <option key={d.id} value={d.id}>{deviceName(d)}</option>)}
              </select>
            </label>
          </div>
        </section>
      )}
    </Page>
  )
}

function LocationCard({ work: { desk, tel } }: { work: Work }) {
  const places = tel.places.value
  if (!places) return null
  return (
    <section class="card">
      <div class="card-head"><h2>{t('location')}</h2></div>
      <div class="card-body form">
        <label class="field">
          <span class="sr">{t('location')}</span>
          <select class="select" value={places.at} disabled={places.list.length === 0} onChange={async (e) => {
            const select = e.currentTarget
            const place = places.list.find((p) => p.id === select.value)
            const moved = place ? await moveTo(desk, tel, place) : await tell(tel.setPlace(''))
            if (!moved) select.value = tel.places.peek()?.at ?? ''
          }}>
            <option value="">{t('roaming')}</option>
            {places.list.map((p) => (
              <option key={p.id} value={p.id}>{p.user && p.user !== desk.me.jid ? t('taken', { place: p.name, name: desk.nameOf(p.user) }) : p.name}</option>
            ))}
          </select>
        </label>
        <p class="hint">{t(places.list.length ? 'locationHint' : 'noPlaces')}</p>
      </div>
    </section>
  )
}

function DeviceRow({ work: { desk, tel }, device: d }: { work: Work; device: Device }) {
  const name = deviceName(d)
  const at = d.holder === desk.me.jid ? '' : (tel.places.value?.list.find((p) => p.id === d.holder)?.name ?? '')
  const set = async (kind: RingClass, timer: Timer): Promise<void> => {
    if (await tell(tel.setTimer(d, kind, timer))) announce(t('saved', { name }))
  }
  return (
    <fieldset class="ringer" aria-label={t('timersOf', { name })}>
      <div class="ringer-head">
        <Icon of={icons[d.kind] ?? deviceIcon} />
        <span class="grow">
          <b class="clip" title={name}>{name}</b>
          <small class="muted clip">{[d.kind === 'mobile' ? d.number || t('noNumber') : t(d.online ? 'online' : 'offline'), at && t('at', { place: at })].filter(Boolean).join(' · ')}</small>
        </span>
        {!d.configurable && (
          <span class="badge badge--line">
            <Icon of={lock} />
            {t('locked')}
          </span>
        )}
      </div>
      {d.kind === 'mobile' && (
        <label class="opt-row">
          <input class="switch" type="checkbox" role="switch" checked={d.gsm} disabled={!d.configurable || (!d.number && !d.gsm)} onChange={async (e) => {
            const field = e.currentTarget
            if (await tell(tel.setGSM(d, field.checked))) announce(t('saved', { name }))
            else field.checked = d.gsm
          }} />
          <span>
            <b>{t('gsm')}</b>
            <small>{t('gsmHint')}</small>
          </span>
        </label>
      )}
      <div class="ringer-timers">
        {ringClasses.map((c) => <TimerRow key={c} of={d.timers[c]} kind={c} name={name} locked={!d.configurable} onChange={(timer) => void set(c, timer)} />)}
      </div>
    </fieldset>
  )
}

function TimerRow({ of, kind, name, locked, onChange }: { of: Timer; kind: RingClass; name: string; locked: boolean; onChange(timer: Timer): void }) {
  const label = (what: 'delay' | 'ring'): string => t('secondsOf', { what: t(what), kind: t(kind), name })
  return (
    <div class="ringer-timer">
      <label class="row ringer-on">
        <input class="switch" type="checkbox" role="switch" aria-label={t('ringsFor', { kind: t(kind), name })} checked={of.enabled} disabled={locked}
          onChange={(e) => onChange({ ...of, enabled: e.currentTarget.checked })} />
        <span>{t(kind)}</span>
      </label>
      <label class="row">
        <span class="muted">{t('delay')}</span>
        <Seconds label={label('delay')} least={0} disabled={locked || !of.enabled} value={of.delay} onChange={(n) => onChange({ ...of, delay: n ?? 0 })} />
      </label>
      <label class="row">
        <span class="muted">{t('ring')}</span>
        <Seconds label={label('ring')} least={1} disabled={locked || !of.enabled} value={of.ring} onChange={(n) => onChange({ ...of, ring: n })} />
      </label>
    </div>
  )
}

/** A number of seconds, which holds when the field is left. What is none is put back. */
function Seconds({ label, least, disabled, value, onChange }: { label: string; least: number; disabled: boolean; value: number | undefined; onChange(n: number | undefined): void }) {
  const typed = useSignal<string | undefined>(undefined)
  const stored = value === undefined ? '' : String(value)
  return (
    <input class="input ringer-seconds" type="number" inputMode="numeric" min={least} max={mostSeconds} aria-label={label} disabled={disabled} value={typed.value ?? stored}
      onInput={(e) => (typed.value = e.currentTarget.value)}
      onChange={(e) => {
        const field = e.currentTarget
        const n = field.value === '' ? undefined : field.valueAsNumber
        typed.value = undefined
        const fits = n === undefined ? !field.validity.badInput : Number.isInteger(n) && n >= least && n <= mostSeconds
        if (fits) onChange(n)
        else field.value = stored
      }} />
  )
}
