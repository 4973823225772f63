import type { CallRecord } from '../../shared/types'

/** A step of a call, and how deep it lies below the first. */
export interface Step {
  record: CallRecord
  depth: number
}

/** The steps of a call in the order of the tree that they make: each below the one it goes on from, the earlier ones first. */
export function stepsOf(records: CallRecord[]): Step[] {
  const oldest = [...records].sort((a, b) => (a.id < b.id ? -1 : 1))
  const known = new Set(oldest.map((r) => r.id))
  const below = new Map<string, CallRecord[]>()
  for (const r of oldest) {
    const parent = known.has(r.parent) ? r.parent : ''
    below.set(parent, [...(below.get(parent) ?? []), r])
  }
  const steps: Step[] = []
  const add = (parent: string, depth: number): void => {
    for (const record of below.get(parent) ?? []) {
      steps.push({ record, depth })
      add(record.id, depth + 1)
    }
  }
  add('', 0)
  return steps
}
