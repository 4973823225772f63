import { del, path, post } from '../../shared/api'
import { ask } from '../../shared/ui/dialog'
import { reason } from '../../shared/ui/states'
import { toast, toastUndo } from '../../shared/ui/toast'
import type { Bulk, BulkResult } from '../../shared/types'
import { recount } from '../shell'
import { t } from '../texts/users'

/** A user as far as asking and telling about him needs. */
export interface Named {
  jid: string
  displayName: string
}

/** How many names a question spells out. */
const namesShown = 3

function names(users: Named[]): string {
  const shown = users.slice(0, namesShown).map((u) => u.displayName)
  const more = users.length - shown.length
  return more > 0 ? t('andMore', { names: shown.join(', '), n: more }) : shown.join(', ')
}

/** Does one thing to many; what failed is told, what was done is returned. */
async function bulk(action: Bulk['action'], users: string[], permission?: string): Promise<string[]> {
  try {
    const result = await post<BulkResult>('/users/bulk', { action, users, ...(permission && { permission }) })
    if (result.failed.length) toast({ bad: true, text: t('someFailed', { n: result.failed.length, why: result.failed[0]!.detail }) })
    return result.done
  } catch (e) {
    toast({ bad: true, text: reason(e) })
    return []
  } finally {
    recount()
  }
}

export async function remove(users: Named[], after: () => void): Promise<boolean> {
  const one = users.length === 1
  const yes = await ask({
    title: one ? t('deleteOne', { name: users[0]!.displayName }) : t('deleteMany', { n: users.length }),
    body: t('deleteText', { names: names(users) }),
    keep: one ? t('keepOne') : t('keepMany'),
    act: one ? t('deleteOneAct') : t('deleteManyAct', { n: users.length }),
    danger: true,
  })
  if (!yes) return false
  const done = await bulk('delete', users.map((u) => u.jid))
  after()
  if (done.length) toastUndo(t('deleted', { n: done.length }), () => void restore(done, after))
  return done.length > 0
}

export async function restore(users: string[], after: () => void): Promise<void> {
  const done = await bulk('restore', users)
  if (done.length) toast({ text: t('restored', { n: done.length }) })
  after()
}

export async function disable(users: string[], after: () => void): Promise<void> {
  const done = await bulk('disable', users)
  if (done.length) toastUndo(t('disabledMany', { n: done.length }), () => void enable(done, after))
  after()
}

export async function enable(users: string[], after: () => void): Promise<void> {
  const done = await bulk('enable', users)
  if (done.length) toast({ text: t('enabledMany', { n: done.length }) })
  after()
}

export async function assign(users: string[], permission: { id: string; label: string }, give: boolean, after: () => void): Promise<void> {
  const done = await bulk(give ? 'assign' : 'unassign', users, permission.id)
  if (done.length) {
    toastUndo(t(give ? 'assigned' : 'unassigned', { name: permission.label, n: done.length }), () => void assign(done, permission, !give, after))
  }
  after()
}

export async function purge(user: Named, after: () => void): Promise<void> {
  const yes = await ask({
    title: t('purgeTitle', { name: user.displayName }), body: t('purgeText'), keep: t('purgeKeep'), act: t('purge'), danger: true,
  })
  if (!yes) return
  try {
    await del('/bin' + path(user.jid))
    toast({ text: t('purged', { name: user.displayName }) })
  } catch (e) {
    toast({ bad: true, text: reason(e) })
  }
  after()
}
