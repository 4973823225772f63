// @vitest-environment jsdom
import { render } from 'preact'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lang, setLang } from './i18n'
import { fieldText } from './errors'

const asked: string[] = []
const owner = { displayName: 'Nurse', extension: '105', faxExtension: '905' }
let found: unknown[] = [owner]

beforeEach(() => {
  asked.length = 0
  found = [owner]
  vi.stubGlobal('fetch', (url: URL) => {
    asked.push(url.pathname + url.search)
    return Promise.resolve(new Response(JSON.stringify({ items: found, total: found.length })))
  })
})
afterEach(() => setLang('en'))

/** What stands under a field, as text. */
function said(field: string, code: string, value: string, suggestion?: string): HTMLElement {
  const box = document.createElement('p')
  render(<>{fieldText({ field, code, text: 'the words of the server', ...(suggestion && { suggestion }) }, value, () => {})}</>, box)
  return box
}

describe('an extension of somebody in the bin', () => {
  it.each([
    ['en', 'extension', '105', '105 belongs to Nurse, who is in the bin. Next free: 110', 'This number belongs to a user in the bin. Next free: 110'],
    ['en', 'faxExtension', '905', '905 belongs to Nurse, who is in the bin. Next free: 110', 'This number belongs to a user in the bin. Next free: 110'],
    ['de', 'extension', '105', '105 gehört Nurse, im Papierkorb. Nächste freie: 110', 'Diese Nummer gehört einem Benutzer im Papierkorb. Nächste freie: 110'],
    ['de', 'faxExtension', '905', '905 gehört Nurse, im Papierkorb. Nächste freie: 110', 'Diese Nummer gehört einem Benutzer im Papierkorb. Nächste freie: 110'],
  ] as const)('%s, %s: says whose, as soon as that is known', async (language, field, value, whose, before) => {
    setLang(language)
    const box = said(field, 'in_bin', value, '110')
    expect(box.textContent).toBe(before)
    await vi.waitFor(() => expect(box.textContent).toBe(whose))
    expect(asked).toEqual([`/api/v1/bin?q=${value}`])
  })

  it('is said without a name when nobody is found', async () => {
    found = []
    const box = said('extension', 'in_bin', '105')
    await vi.waitFor(() => expect(asked.length).toBe(1))
    expect(box.textContent).toMatch(/^This number belongs to a user in the bin\./)
  })
})

describe('other fields', () => {
  it('has words for what is in the bin, in both languages', () => {
    expect(said('login', 'in_bin', 'nurse').textContent).toContain('A user of this name is in the bin')
    expect(said('number', 'in_bin', '1').textContent).toContain('Something in the bin has this')
    setLang('de')
    expect(said('login', 'in_bin', 'nurse').textContent).toContain('ist im Papierkorb')
    expect(said('number', 'in_bin', '1').textContent).toContain('Etwas im Papierkorb')
    expect(lang.value).toBe('de')
  })
  it('says what it has no words for as the server does', () => {
    expect(said('number', 'unheard_of', '1').textContent).toContain('the words of the server')
  })
})
