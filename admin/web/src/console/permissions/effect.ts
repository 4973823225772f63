import type { Permission, PermissionData } from '../../shared/types'

/** Types by which members see or reach each other: who comes or goes is noticed by all of them. */
const mutual = ['xmpp.group', 'pickup.group', 'location.group']

/** Types by which users see, or pick up from, the teams of the permission. */
const ofTeams = ['xmpp.group', 'pickup.group']

/** How many users see at once what saving changes: users who come and go, and teams. */
export function affected(stored: Permission, edited: PermissionData, added: number, removed: number, teams = 0): number {
  const before = stored.auto.users ? stored.existing.users : stored.members.users
  const union = edited.auto.users ? stored.existing.users : before + added
  const after = edited.auto.users ? stored.existing.users : before + added - removed
  const types = new Set([...stored.types, ...edited.types])
  const typesChange = types.size !== stored.types.length || types.size !== edited.types.length
  if (typesChange) return union
  if (!types.size) return 0
  if (after !== before || (!edited.auto.users && added + removed > 0)) {
    if (mutual.some((type) => types.has(type))) return union
    return edited.auto.users || stored.auto.users ? Math.abs(after - before) : added + removed
  }
  const allTeams = edited.auto.teams && !stored.auto.teams && stored.members.teams !== stored.existing.teams
  if ((teams > 0 || allTeams) && ofTeams.some((type) => types.has(type))) return before
  return stored.name !== edited.name && types.has('xmpp.group') ? before : 0
}
