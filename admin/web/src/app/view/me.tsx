import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { down, pen, pin, sliders } from '../../shared/icons'
import { address, go } from '../../shared/router'
import { Avatar, type Presence } from '../../shared/ui/avatar'
import { ask } from '../../shared/ui/dialog'
import { Menu, type MenuItem } from '../../shared/ui/menu'
import { toast } from '../../shared/ui/toast'
import type { Desk } from '../model/desk'
import type { Place } from '../model/snapshot'
import type { Telephony } from '../model/telephony'
import type { Work } from '../model/work'
import { ProfileMark } from './marks'
import { tell } from './page'
import { say, t as common } from './texts'

const t = texts({
  en: {
    show: 'Show as',
    settings: 'My settings',
    devices: 'My devices',
    noStatus: 'No status text',
    profile: 'Profile',
    location: 'Location',
    roaming: 'None/roaming',
    all: 'All locations …',
    taken: '{place}: {name} is there',
    expelTitle: '{name} is at {place}. Log in there?',
    expel: '{name} is logged out there, and the telephones there ring for you.',
    keep: 'Stay where I am',
    move: 'Log in at {place}',
    failed: 'Not all of {name} could be done: {text}',
    forward: 'Calls go to {to}',
    manage: 'Manage profiles …',
  },
  de: {
    show: 'Anzeigen als',
    settings: 'Meine Einstellungen',
    devices: 'Meine Geräte',
    noStatus: 'Kein Statustext',
    profile: 'Profil',
    location: 'Arbeitsplatz',
    roaming: 'Keiner (unterwegs)',
    all: 'Alle Arbeitsplätze …',
    taken: '{place}: {name} ist dort',
    expelTitle: '{name} ist an {place}. Dort anmelden?',
    expel: '{name} wird dort abgemeldet, und die Telefone dort klingeln für Sie.',
    keep: 'Bleiben, wo ich bin',
    move: 'An {place} anmelden',
    failed: 'Nicht alles von {name} ging: {text}',
    forward: 'Anrufe gehen an {to}',
    manage: 'Profile verwalten …',
  },
})

export const shows: Exclude<Presence, 'offline'>[] = ['available', 'away', 'dnd']

/** moveTo logs one in at a location, after asking where somebody sits there. */
export async function moveTo(desk: Desk, tel: Telephony, place: Place): Promise<boolean> {
  if (place.user && place.user !== desk.me.jid) {
    const name = desk.nameOf(place.user)
    const values = { name, place: place.name }
    if (!(await ask({ title: t('expelTitle', values), body: t('expel', values), keep: t('keep'), act: t('move', values) }))) return false
  }
  return tell(tel.setPlace(place.id))
}

/** choose changes the profile, and says what of it could not be done. */
async function choose(tel: Telephony, id: string, name: string): Promise<void> {
  const o = await tel.setProfile(id)
  if (!o.ok) return void toast({ bad: true, text: say(o.fault) })
  const failed = [...(o.answer?.children ?? [])].filter((e) => e.getAttribute('outcome') === 'failed').map((e) => e.textContent ?? '')
  if (failed.length) toast({ bad: true, text: t('failed', { name, text: failed.join('; ') }) })
}

/** One's own line: how others see one, where one is, and what rings. Location and profile stand above one's picture. */
export function Me({ work: { desk, tel } }: { work: Work }) {
  const online = desk.connection.value.is === 'online'
  const served = tel.served.value
  const own = desk.presences.of(desk.me.jid).show
  const show = !online ? 'offline' : served && own !== 'offline' ? own : desk.show.value
  const forward = tel.forward.value
  const self = tel.self.value
  const second = [
    self?.extension,
    forward?.active && forward.target ? t('forward', { to: forward.target }) : desk.status.value || (self?.extension ? '' : t('noStatus')),
  ].filter(Boolean).join(' · ')
  return (
    <div class="me">
      {served ? (
        <div class="me-pick">
          <ProfilePick tel={tel} />
          <PlacePick desk={desk} tel={tel} />
        </div>
      ) : (
        <Menu class="pick" label={`${t('show')}: ${common(desk.show.value)}`} items={shows.map((s) => ({ label: common(s), act: () => desk.setShow(s) }))}>
          <span class={`me-dot ${desk.show.value}`} aria-hidden="true" />
          <span class="clip">{common(desk.show.value)}</span>
          <Icon of={down} />
        </Menu>
      )}
      <div class="me-row">
        <Avatar name={desk.me.name} size="md" presence={show} />
        <span class="grow">
          <b class="clip" dir="auto">{desk.me.name}</b>
          <small class="clip" dir="auto">{second}</small>
        </span>
        <a class="btn btn--ghost btn--icon btn--sm" href={address(served ? 'devices' : 'settings')} aria-label={t(served ? 'devices' : 'settings')} title={t(served ? 'devices' : 'settings')}>
          <Icon of={sliders} />
        </a>
      </div>
    </div>
  )
}

/** Whether one may make profiles of one's own. */
export function mayMake(tel: Telephony): boolean {
  return tel.self.value?.permissions.has('profile.personal') ?? false
}

function ProfilePick({ tel }: { tel: Telephony }) {
  const now = tel.profile.value
  const items: MenuItem[] = (tel.profiles.value?.list ?? []).map((p) => ({
    id: p.id, label: p.name, mark: <ProfileMark of={p} silent />, chosen: p.id === now?.id, act: () => void choose(tel, p.id, p.name),
  }))
  if (mayMake(tel)) items.push({ id: 'manage', label: t('manage'), icon: pen, apart: true, act: () => void go(address('profiles')) })
  return (
    <Menu class="pick" label={`${t('profile')}: ${now?.name ?? ''}`} items={items}>
      {now && <ProfileMark of={now} silent />}
      <span class="clip">{now?.name}</span>
      <Icon of={down} />
    </Menu>
  )
}

/** The location: none, those that were used lately, and the way to all others. */
function PlacePick({ desk, tel }: { desk: Desk; tel: Telephony }) {
  const now = tel.place.value
  const recent = (tel.places.value?.list ?? []).filter((p) => p.recent > 0 || p.id === now?.id).sort((a, b) => (a.recent || 99) - (b.recent || 99))
  const items: MenuItem[] = [
    { id: 'none', label: t('roaming'), icon: pin, chosen: !now, act: () => void tell(tel.setPlace('')) },
    ...recent.map((p) => ({
      id: 'at ' + p.id, icon: pin, chosen: p.id === now?.id, act: () => void moveTo(desk, tel, p),
      label: p.user && p.user !== desk.me.jid ? t('taken', { place: p.name, name: desk.nameOf(p.user) }) : p.name,
    })),
    { id: 'all', label: t('all'), icon: sliders, apart: true, act: () => void go(address('devices')) },
  ]
  return (
    <Menu class="pick" label={`${t('location')}: ${now?.name ?? t('roaming')}`} items={items}>
      <Icon of={pin} />
      <span class="clip">{now?.name ?? t('roaming')}</span>
      <Icon of={down} />
    </Menu>
  )
}
