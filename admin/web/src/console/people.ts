import { get } from '../shared/api'
import type { UserPage } from '../shared/types'
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
