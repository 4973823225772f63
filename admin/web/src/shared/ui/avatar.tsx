import { Icon } from '../icon'

export type Presence = 'available' | 'away' | 'dnd' | 'offline'

/** One or two letters for a picture that is not there. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? []
  const letters = words.length > 1 ? [words[0]!, words[words.length - 1]!] : words
  return letters.map((w) => String.fromCodePoint(w.codePointAt(0)!)).join('').toUpperCase()
}

/** The hue of a name: the same on every page. */
export function hue(name: string): number {
  let h = 2166136261 // FNV-1a: names that differ little get colours that differ much
  for (const c of name) h = Math.imul(h ^ c.codePointAt(0)!, 16777619)
  return ((h >>> 8) % 36) * 10
}

export interface AvatarProps {
  name: string
  /** What the colour comes from, when not the name: an address stays the same when a name changes. */
  of?: string
  size?: 'sm' | 'md' | 'lg' | 'xl'
  square?: boolean
  presence?: Presence | undefined
  /** Stands in place of the letters: somebody without a name. */
  icon?: string | undefined
}

/** The picture of a person (round) or group (square). The name stands beside it, so it is hidden from readers. */
export function Avatar({ name, of, size, square, presence, icon }: AvatarProps) {
  const names = ['avatar', size && `avatar--${size}`, square && 'avatar--sq'].filter(Boolean).join(' ')
  return (
    <span class={names} style={{ '--h': String(hue(of ?? name)) }} aria-hidden="true">
      {icon ? <Icon of={icon} /> : initials(name)}
      {presence && <span class={`pres ${presence}`} />}
    </span>
  )
}
