import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { phone, phoneIn } from '../../shared/icons'
import { profileIcon } from '../../shared/profileicons'
import type { PhoneState } from '../model/presence'

const t = texts({
  en: { free: 'Telephone free', ringing: 'Is being called', talking: 'In a call', none: 'No telephone', ringingBy: 'Called by {name}', talkingWith: 'In a call with {name}', profile: 'Profile {name}' },
  de: { free: 'Telefon frei', ringing: 'Wird angerufen', talking: 'Im Gespräch', none: 'Kein Telefon', ringingBy: 'Wird angerufen von {name}', talkingWith: 'Im Gespräch mit {name}', profile: 'Profil {name}' },
})

/** phoneText is what somebody's telephones do. */
export function phoneText(p: PhoneState): string {
  if (p.with && p.is === 'ringing') return t('ringingBy', { name: p.with })
  if (p.with && p.is === 'talking') return t('talkingWith', { name: p.with })
  return t(p.is)
}

const kinds = { none: 'off', free: 'free', ringing: 'ringing', talking: 'busy' } as const

/** The handset: what somebody's telephones do (B3). */
export function Handset({ of }: { of: PhoneState }) {
  const text = phoneText(of)
  return (
    <span class={`phone ${kinds[of.is]}`} title={text}>
      <Icon of={of.is === 'ringing' ? phoneIn : phone} />
      <span class="sr">{text}</span>
    </span>
  )
}

/** The coloured square of a profile. */
export function ProfileMark({ of, silent = false }: { of: { name: string; icon: string; colour: string }; silent?: boolean }) {
  return (
    <span class="pf" style={{ '--c': of.colour }} title={silent ? undefined : of.name}>
      <Icon of={profileIcon(of.icon)} />
      {!silent && <span class="sr">{t('profile', { name: of.name })}</span>}
    </span>
  )
}
