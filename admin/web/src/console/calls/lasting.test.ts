import { expect, it } from 'vitest'
import { bounds, daysAgo, lasting } from './lasting'

it('says how long a call lasts', () => {
  expect([-3, 0, 7.9, 750, 3723].map(lasting)).toEqual(['0:00', '0:00', '0:07', '12:30', '1:02:03'])
})

it('a period goes from the beginning of its first day to the end of its last', () => {
  const { from, until } = bounds('2026-03-01', '2026-03-01')
  expect(new Date(until!).getTime() - new Date(from!).getTime()).toBe(86_400_000)
  expect(bounds('', '2026-13')).toEqual({})
  expect(daysAgo(1, new Date(2026, 2, 1, 12))).toBe('2026-02-28')
})
