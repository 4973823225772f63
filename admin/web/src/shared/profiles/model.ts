import { lang } from '../i18n'
import { profileIcons as icons } from '../profileicons'
import type { Profile, ProfileAction, ProfileChange, ProfileTrigger, RingChange } from '../types'

/** What can be set of a profile. */
export type ProfileData = Omit<ProfileChange, 'revision'>

export const profileIcons: Record<Profile['icon'], string> = icons

export const newProfile = (name: string): ProfileData => ({
  name, colour: '#2c58d4', icon: 'star', showIcon: true, sticky: false, silent: false, show: '', permissions: ['all'], triggers: [], teamsCall: false, enter: [], leave: [],
})

export const newTrigger = (): ProfileTrigger => ({ at: '09:00', until: '', days: [1, 2, 3, 4, 5], date: '' })

export const actionKinds: ProfileAction['kind'][] = ['followme.set', 'gsm.set', 'team.login', 'team.logout', 'team.pause', 'team.unpause', 'location.set', 'location.unset', 'forward.set', 'forward.unset']

export const newAction = (kind: ProfileAction['kind']): ProfileAction => ({
  kind, team: '', reason: '', location: '', target: '', ...(kind === 'followme.set' && { device: '' }), ...(kind === 'gsm.set' && { on: true }),
})

export const ringClasses = ['internal', 'external', 'queue'] as const

/** What can be done to the timer of a class: `timed` also sets its seconds. */
export const ringWays = ['', 'on', 'off', 'timed'] as const
export type RingWay = (typeof ringWays)[number]

export const ringWay = (c?: RingChange): RingWay => (c?.to === 'on' && c.timeout > 0 ? 'timed' : (c?.to ?? ''))

export const ring = (way: RingWay): RingChange => (way === 'timed' ? { to: 'on', delay: 0, timeout: 999 } : { to: way, delay: 0, timeout: 0 })

/** What can be set of a profile. */
export function dataOf({ id: _id, builtIn: _builtIn, offered: _offered, users: _users, changed: _changed, changedBy: _by, revision: _revision, warnings: _warnings, ...data }: Profile): ProfileData {
  return data
}

/** The days of the week, Monday first, as they are abbreviated. */
export function weekdays(): { day: number; name: string; long: string }[] {
  const say = (day: number, weekday: 'short' | 'long'): string => new Intl.DateTimeFormat(lang.value, { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 7 + day))
  return [1, 2, 3, 4, 5, 6, 0].map((day) => ({ day, name: say(day, 'short'), long: say(day, 'long') }))
}

/** A time in one line. */
export function triggerText(trigger: ProfileTrigger): string {
  const days = trigger.date || weekdays().filter((d) => trigger.days.includes(d.day)).map((d) => d.name).join(' ')
  return `${trigger.at}${trigger.until && '–' + trigger.until} ${days}`.trim()
}
