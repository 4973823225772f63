import { lang, texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { keypad, team } from '../../shared/icons'
import { Avatar } from '../../shared/ui/avatar'
import type { Choice } from '../../shared/ui/picker'
import { asNumber } from '../model/numbers'
import type { Party } from '../model/snapshot'
import type { Work } from '../model/work'
import { t as common } from './texts'

const t = texts({ en: { dial: 'Number {number}' }, de: { dial: 'Nummer {number}' } })

const most = 6 // of colleagues, and of teams, that are offered at once

/** callees are who can be called for what is typed: the number itself, colleagues, and teams. The ID of each is its number. */
export function callees({ desk, numbers }: Work, q: string): Choice[] {
  const names = new Intl.Collator(lang.value)
  const text = q.trim().toLocaleLowerCase()
  const number = asNumber(q)
  const fits = (name: string, extension: string): boolean => extension !== '' && (!text || name.toLocaleLowerCase().includes(text) || (number !== '' && extension.startsWith(number)))
  const people = [...desk.roster.contacts.value.values()]
    .map((c) => ({ name: c.name, extension: numbers.extensionOf(c.jid), presence: desk.presences.of(c.jid).show }))
    .filter((c) => fits(c.name, c.extension))
    .sort((a, b) => names.compare(a.name, b.name))
    .slice(0, most)
    .map((c) => ({ id: c.extension, label: c.name, detail: c.extension, mark: <Avatar name={c.name} size="sm" presence={c.presence} /> }))
  const teams = numbers.teams.filter((x) => fits(x.name, x.extension)).slice(0, most)
    .map((x) => ({ id: x.extension, label: x.name, detail: x.extension, mark: <Icon of={team} /> }))
  const known = [...people, ...teams]
  if (!number || known.some((c) => c.id === number)) return known
  return [{ id: number, label: t('dial', { number }), mark: <Icon of={keypad} /> }, ...known]
}

/** partyName is what somebody in a call is called. */
export function partyName({ desk, numbers }: Work, p: Pick<Party, 'user' | 'name' | 'number'> | undefined): string {
  if (!p) return common('unknown')
  if (p.user && desk.roster.contacts.value.has(p.user)) return desk.nameOf(p.user)
  return p.name || (p.number && numbers.nameOf(p.number)) || common('unknown')
}
