import { get, path } from '../shared/api'
import type { TeamPage, User, UserPage } from '../shared/types'
import type { Choice, Find } from '../shared/ui/picker'

/** How many hits a finder offers. */
const most = 20

/** Finds active users, those left out who are there already. */
export function findUsers(without: (jid: string) => boolean = () => false): Find {
  return async (q, signal): Promise<Choice[]> => {
    const page = await get<UserPage>('/users', { q, state: 'active', limit: most }, signal)
    return page.items.filter((u) => !without(u.jid)).map((u) => ({ id: u.jid, label: u.displayName, detail: u.extension || u.login }))
  }
}

/** Finds users, and teams by their IDs, as whose voicemail box can be. */
export function findBoxes(without: (id: string) => boolean): Find {
  const users = findUsers(without)
  return async (q, signal): Promise<Choice[]> => {
    const [found, teams] = await Promise.all([users(q, signal), get<TeamPage>('/teams', { q, limit: most }, signal)])
    return [...teams.items.filter((i) => !without(i.id)).map((i) => ({ id: i.id, label: i.name, detail: i.extension })), ...found]
  }
}

/** The name of a user; the first part of his address where he is not known. */
export function nameOf(address: string, signal?: AbortSignal): Promise<string> {
  return get<User>('/users' + path(address), {}, signal).then((u) => u.displayName, () => address.split('@')[0] ?? '')
}
