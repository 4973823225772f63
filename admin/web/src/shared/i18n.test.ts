import { describe, expect, it } from 'vitest'
import { lang, texts, type Texts } from './i18n'

describe('texts', () => {
  it('fills places, chooses the form for one and many, and follows the language', () => {
    const t = texts({
      en: { users: '{n} user of {all}|{n} users of {all}' },
      de: { users: '{n} Benutzer von {all}|{n} Benutzer von {all}' },
    })
    lang.value = 'en'
    expect(t('users', { n: 1, all: 12345 })).toBe('1 user of 12,345')
    expect(t('users', { n: 0, all: 2 })).toBe('0 users of 2')
    lang.value = 'de'
    expect(t('users', { n: 3, all: 12345 })).toBe('3 Benutzer von 12.345')
  })

  it('puts elements into its places and leaves what stands around them as text', () => {
    const t = texts({ en: { free: '<b>{name}</b> is free' }, de: { free: '{name} ist frei' } })
    lang.value = 'en'
    expect(t.rich('free', { name: ['x'] })).toEqual(['<b>', ['x'], '</b> is free'])
  })
})

const modules = import.meta.glob<Record<string, unknown>>(['../**/*.ts', '../**/*.tsx', '!../**/*.test.*', '!../**/main.tsx'], { eager: true })
const catalogues = Object.entries(modules).flatMap(([file, exported]) =>
  Object.values(exported)
    .filter((value): value is Texts<string> => typeof value === 'function' && 'catalogue' in value)
    .map((t) => ({ file, catalogue: t.catalogue })),
)

describe('catalogues', () => {
  it('are found', () => expect(catalogues.length).toBeGreaterThan(5))

  it.each(catalogues)('$file has every text in both languages, with the same places', ({ catalogue }) => {
    expect(Object.keys(catalogue.de).sort()).toEqual(Object.keys(catalogue.en).sort())
    for (const [key, english] of Object.entries(catalogue.en)) {
      const german = catalogue.de[key]!
      const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort()
      expect(places(german), key).toEqual(places(english))
      expect(german.trim(), key).not.toBe('')
      expect(german.includes('|'), key).toBe(english.includes('|'))
    }
  })
})
