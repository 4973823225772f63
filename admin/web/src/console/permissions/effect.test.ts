import { describe, expect, it } from 'vitest'
import type { Permission, PermissionData } from '../../shared/types'
import { affected } from './effect'

const none = { users: 0, devices: 0, teams: 0, locations: 0 }
const off = { users: false, devices: false, teams: false, locations: false }
const stored: Permission = {
  id: '7', name: 'Support', description: '', types: ['xmpp.group'], auto: off, builtIn: false,
  members: { ...none, users: 6 }, existing: { ...none, users: 214 }, changed: '', changedBy: '', revision: 1,
}
const edited = (change: Partial<PermissionData> = {}): PermissionData => ({ name: stored.name, description: '', types: stored.types, auto: off, ...change })

describe('affected', () => {
  it('is nobody while nothing changes that users see', () => {
    expect(affected(stored, edited(), 0, 0)).toBe(0)
    expect(affected(stored, edited({ description: 'new' }), 0, 0)).toBe(0)
  })
  it('counts all members of a shared group when somebody comes or goes', () => {
    expect(affected(stored, edited(), 1, 0)).toBe(7)
    expect(affected(stored, edited(), 0, 1)).toBe(6)
    expect(affected(stored, edited(), 2, 1)).toBe(8)
  })
  it('counts all members when they see another team', () => {
    expect(affected(stored, edited(), 0, 0, 1)).toBe(6)
    expect(affected({ ...stored, existing: { ...stored.existing, teams: 3 } }, edited({ auto: { ...off, teams: true } }), 0, 0)).toBe(6)
    expect(affected(stored, edited({ auto: { ...off, teams: true } }), 0, 0)).toBe(0)
    const boss = { ...stored, types: ['redirect.choice'] }
    expect(affected(boss, edited({ types: boss.types }), 0, 0, 1)).toBe(0)
  })
  it('counts those alone who come and go where members do not see each other', () => {
    const boss = { ...stored, types: ['redirect.choice'] }
    expect(affected(boss, edited({ types: boss.types }), 2, 1)).toBe(3)
  })
  it('counts everybody when all users are assigned automatically', () => {
    expect(affected(stored, edited({ auto: { ...off, users: true } }), 0, 0)).toBe(214)
    const all = { ...stored, auto: { ...off, users: true }, members: { ...none, users: 214 } }
    expect(affected(all, edited({ auto: off }), 0, 0)).toBe(0)
    expect(affected(all, edited({ auto: off }), 0, 3)).toBe(214)
  })
  it('counts the members when the types or the name of their group change', () => {
    expect(affected(stored, edited({ types: [] }), 0, 0)).toBe(6)
    expect(affected(stored, edited({ name: 'Help' }), 0, 0)).toBe(6)
    expect(affected({ ...stored, types: ['redirect.choice'] }, edited({ name: 'Help', types: ['redirect.choice'] }), 0, 0)).toBe(0)
  })
})
