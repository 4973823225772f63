// @vitest-environment jsdom
import { expect, it } from 'vitest'
import { worry } from './teamrow'

// B15
it.each([[0, 'ok'], [9_999, 'ok'], [10_000, 'warn'], [19_999, 'warn'], [20_000, 'bad'], [3_600_000, 'bad']] as const)('who has waited for %i ms is shown as %s', (ms, kind) => {
  expect(worry(ms)).toBe(kind)
})
