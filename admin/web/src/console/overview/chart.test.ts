import { describe, expect, it } from 'vitest'
import { top, trace } from './chart'

describe('the scale of a chart', () => {
  it.each([[0, 4], [3, 4], [5, 8], [26, 40], [41, 80], [100, 100], [999, 1000], [1001, 2000], [0.4, 4]])('holds %d under %d', (max, want) => {
    expect(top(max)).toBe(want)
  })
  it('has even steps of whole numbers', () => {
    for (let max = 1; max < 5000; max += 7) {
      const t = top(max)
      expect(t).toBeGreaterThanOrEqual(max)
      expect(Number.isInteger(t / 4)).toBe(true)
    }
  })
})

describe('trace', () => {
  it('spreads points over the width and turns values upside down', () => {
    expect(trace([0, 5, 10], 100, 50, 10)).toBe('M0 50L50 25L100 0')
  })
  it('cuts off what is above the scale and survives a single point', () => {
    expect(trace([20], 100, 50, 10)).toBe('M0 0')
    expect(trace([], 100, 50, 10)).toBe('')
  })
})
