import { Icon } from '../icon'
import type { Profile } from '../types'
import { profileIcons } from './model'

/** The icon of a profile in its colour. */
export function Mark({ of, large }: { of: { icon: Profile['icon']; colour: string }; large?: boolean }) {
  if (large) return <span class="profile-mark" style={{ '--c': of.colour }}><Icon of={profileIcons[of.icon]} /></span>
  return <span class="glyph" style={{ color: of.colour }}><Icon of={profileIcons[of.icon]} /></span>
}
