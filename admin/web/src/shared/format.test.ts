import { describe, expect, it } from 'vitest'
import { ago, bytes, pinText, range, span } from './format'
import { lang } from './i18n'

describe('format', () => {
  it('prints a PIN in groups of three', () => {
    expect(pinText('313787136')).toBe('313 787 136')
    expect(pinText('1234')).toBe('123 4')
    expect(pinText('')).toBe('')
  })
  it('says how long ago something was in the language of the page', () => {
    const now = Date.parse('2026-03-01T12:00:00Z')
    lang.value = 'en'
    expect(ago('2026-03-01T11:59:00Z', now)).toBe('1 minute ago')
    expect(ago('2026-02-27T11:00:00Z', now)).toBe('2 days ago')
    expect(ago('2026-03-01T11:59:40Z', now)).toBe('now')
    lang.value = 'de'
    expect(ago('2026-03-01T09:00:00Z', now)).toBe('vor 3 Stunden')
    lang.value = 'en'
  })
  it('chooses the largest unit of a span and of a size', () => {
    expect(span(59)).toBe('59 seconds')
    expect(span(86400 * 2.9)).toBe('2 days')
    expect(bytes(999)).toBe('999 byte')
    expect(bytes(1_234_567)).toBe('1.2 MB')
    expect(bytes(61_000_000_000)).toBe('61 GB')
  })
  it('counts the rows of a page from one', () => {
    expect(range(0, 50)).toBe('1–50')
    expect(range(1000, 7)).toBe('1,001–1,007')
    expect(range(0, 0)).toBe('0')
  })
})
