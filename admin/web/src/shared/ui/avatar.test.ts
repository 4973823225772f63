import { describe, expect, it } from 'vitest'
import { hue, initials } from './avatar'

describe('initials', () => {
  it.each([
    ['Anna Keller', 'AK'],
    ['Friedrich-Wilhelm von Schwarzenberger', 'FS'],
    ['Mara O’Connor', 'MO'],
    ['Reception', 'R'],
    ['romeo@example.org', 'RO'],
    ['<b>x</b>', 'BB'],
    ['émile', 'É'],
    ['!?', ''],
  ])('of %s are %s', (name, want) => expect(initials(name)).toBe(want))

  it('come with a colour that stays the same', () => {
    expect(hue('a@b')).toBe(hue('a@b'))
    expect(hue('a@b') % 10).toBe(0)
  })
})
