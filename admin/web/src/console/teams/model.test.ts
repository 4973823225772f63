import { expect, it } from 'vitest'
import { moved, worry } from './model'

it('an item is put to another place', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
})

it('who waits is green, yellow from 10 s, red from 20 s', () => {
  expect([0, 9.9, 10, 19, 20, 300].map(worry)).toEqual(['ok', 'ok', 'warn', 'warn', 'bad', 'bad'])
})
