import { Icon } from '../../shared/icon'
import type { Profile } from '../../shared/types'
import { profileIcons } from './model'

/** The icon of a profile in its colour. */
export function Mark({ of }: { of: { icon: Profile['icon']; colour: string } }) {
  return <span class="glyph" style={{ color: of.colour }}><Icon of={profileIcons[of.icon]} /></span>
}
