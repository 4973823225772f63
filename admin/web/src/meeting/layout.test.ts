import { describe, expect, it } from 'vitest'
import { arrange, gap, places } from './layout'

const desk = { width: 840, height: 776 }
const phone = { width: 374, height: 708 }

describe('tiles that are alike', () => {
  it.each([
    [1, 840, 472],
    [2, 682, 384],
    [3, 416, 234],
    [4, 416, 234],
    [9, 274, 154],
  ])('%d on a desk', (count, width, height) => {
    expect(arrange(desk, count, false, false)).toEqual({ stage: undefined, tile: { width, height } })
  })

  it.each([1, 2, 3, 4, 5, 6])('%d on a telephone fill it and stay inside', (count) => {
    const { tile } = arrange(phone, count, false, true)
    const columns = Math.floor((phone.width + gap) / (tile.width + gap))
    const rows = Math.ceil(count / columns)
    expect(rows * tile.height + (rows - 1) * gap).toBeLessThanOrEqual(phone.height)
    expect(tile.width / tile.height).toBeGreaterThanOrEqual(0.74)
    expect(tile.width / tile.height).toBeLessThanOrEqual(1.79)
    expect(count * tile.width * tile.height).toBeGreaterThan((phone.width * phone.height) / 3)
  })

  it('need no room where there is none', () => {
    expect(arrange({ width: 0, height: 0 }, 4, false, false).tile).toEqual({ width: 0, height: 0 })
  })
})

describe('a stage', () => {
  it('has two rows of four below it', () => {
    const { stage, tile } = arrange(desk, 8, true, false)
    expect(tile).toEqual({ width: 204, height: 114 })
    expect(stage).toEqual({ width: 840, height: 776 - 2 * (114 + gap) })
  })

  it('has one row below it where the window is low', () => {
    const { stage, tile } = arrange({ width: 820, height: 278 }, 5, true, false)
    expect(tile).toEqual({ width: 157, height: 88 })
    expect(stage).toEqual({ width: 820, height: 278 - 88 - gap })
  })

  it('keeps three fifths of a low window', () => {
    const { stage } = arrange({ width: 1200, height: 400 }, 8, true, false)
    expect(stage!.height).toBeGreaterThanOrEqual(240)
  })

  it('has all the room when nobody else is there', () => {
    expect(arrange(desk, 0, true, false).stage).toEqual(desk)
  })

  it.each([1, 2, 6])('is above %d tiles on a telephone', (count) => {
    const { stage, tile } = arrange(phone, count, true, true)
    const rows = Math.ceil(count / 2)
    expect(stage!.width).toBe(374)
    expect(stage!.height + rows * (tile.height + gap)).toBeLessThanOrEqual(phone.height)
  })
})

it('has places for as many as can be told apart', () => {
  expect([places(false, false), places(false, true), places(true, true), places(true, false)]).toEqual([9, 8, 6, 6])
})
