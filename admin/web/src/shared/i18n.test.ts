import { describe, expect, it } from 'vitest'
import { lang, texts } from './i18n'

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
