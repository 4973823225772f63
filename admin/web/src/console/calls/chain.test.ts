import { expect, it } from 'vitest'
import type { CallRecord } from '../../shared/types'
import { stepsOf } from './chain'

const records = (...list: [id: string, parent: string][]): CallRecord[] => list.map(([id, parent]) => ({ id, parent }) as CallRecord)

it('each step stands below the one it goes on from, the earlier ones first, and one whose parent is gone at the top', () => {
  const steps = stepsOf(records(['5', '2'], ['4', '1'], ['3', '2'], ['2', '1'], ['1', ''], ['6', 'removed']))
  expect(steps.map((s) => '  '.repeat(s.depth) + s.record.id)).toEqual(['1', '  2', '    3', '    5', '  4', '6'])
  expect(stepsOf([])).toEqual([])
})
