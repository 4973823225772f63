import type { Team, TeamChange, TeamMember } from '../../shared/types'

/** What can be set of a team. */
export type TeamData = Omit<TeamChange, 'revision'>

export const strategies: Team['strategy'][] = ['ringall', 'inorder', 'longestidle', 'fewestcalls', 'random', 'weighted', 'roundrobin', 'roundrobin_sorted']

export const notices: Team['notify'][] = ['', 'available', 'unavailable', 'nonmembers', 'group']

/** The target that is the voicemail of the team. */
export const toBox = '*103'

export const newTeam = (name: string, extension: string, strategy: Team['strategy']): TeamData => ({
  name, extension, strategy, memberTimeout: 20, wrapUp: 0, maxWaiting: 0, joinEmpty: false, leaveEmpty: false, internalTimeout: 300, externalTimeout: 300, announce: 0, ringback: false, afterTarget: '',
  weight: 0, notify: '', pickupGroup: '', boxEmail: '', boxDiscard: false, loginCode: '', pauseReasons: [], members: [],
})

export const newMember = (user: string): TeamMember => ({ user, dynamic: true, weight: 0, priority: 0 })

/** What can be set of a team, of one that is there. */
export function dataOf({ id: _id, agents: _agents, changed: _changed, changedBy: _by, revision: _revision, hasBoxPin: _pin, ...data }: Team): TeamData {
  return data
}

/** The list with one of its items put to another place. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const rest = list.filter((_, i) => i !== from)
  return [...rest.slice(0, to), list[from]!, ...rest.slice(to)]
}

/** How bad it is that somebody waits for so many seconds. */
export const worry = (seconds: number): 'ok' | 'warn' | 'bad' => (seconds < 10 ? 'ok' : seconds < 20 ? 'warn' : 'bad')
