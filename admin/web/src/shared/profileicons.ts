import { book, clock, coffee, dnd, door, home, meet, moon, ok, phone, plane, star, team, user } from './icons'

/** The icons that profiles can have, by the names that the server knows. */
export const profileIcons = { ok, dnd, coffee, moon, home, plane, meet, phone, team, door, clock, user, star, book } as const

/** profileIcon is one of them; a star for a name that is none. */
export function profileIcon(name: string): string {
  return Object.hasOwn(profileIcons, name) ? profileIcons[name as keyof typeof profileIcons] : star
}
