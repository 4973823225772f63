import { get } from '../../shared/api'
import type { AuditEntry, AuditPage } from '../../shared/types'
import { nameOf } from '../people'
import { session } from '../session'

/** The most entries that are looked through. */
const most = 50

const entries = async (id: string, limit: number, signal?: AbortSignal): Promise<AuditEntry[]> =>
  (await get<AuditPage>('/audit', { kind: 'permission', action: 'permission.members', object: id, limit }, signal)).items

/** The newest entry of the audit log about who has a permission; undefined when the log cannot be read. */
export function newest(id: string, signal?: AbortSignal): Promise<number | undefined> {
  return entries(id, 1, signal).then((all) => all[0]?.id ?? 0, () => undefined)
}

/** The names of the other administrators who have changed who has a permission since an entry of the audit log. */
export async function othersSince(id: string, since: number): Promise<string[]> {
  const all = await entries(id, most).catch(() => [])
  const others = new Set(all.filter((e) => e.id > since && e.actor !== session.value?.user).map((e) => e.actor))
  return Promise.all([...others].map((address) => nameOf(address)))
}
