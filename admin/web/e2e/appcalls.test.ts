import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import type { DeviceSecret, Team } from '../src/shared/types'
import { Api, axe, forgive, fresh, number, open, press, tabTo, type Lang, type Look } from './harness'
import { Phone } from './phone'

// Calls of the browser in the users' app: two at once, keys, what is wrong with a microphone, who rings while the window is not seen, callers of teams.

const password = 'Wherefore4'
let api: Api
let team: Team
const names = ['anna', 'ben', 'cleo', 'dora'] as const
type Who = (typeof names)[number]
const people: Record<Who, { login: string; name: string; extension: string; jid: string }> = {} as never
const phones: Phone[] = []

beforeAll(async () => {
  api = await Api.open()
  for (const [key, name] of [['anna', 'Anna Keller'], ['ben', 'Ben Holm'], ['cleo', '<i>Cleo</i> Vogt'], ['dora', 'Dora Lenz']] as const) {
    const [login, extension] = [fresh(key), number()]
    const shown = `${name} ${fresh()}`
    people[key] = { login, name: shown, extension, jid: await api.user(login, { displayName: shown, auth: 'internal', password, extension }) }
  }
  team = await api.team('Support ' + fresh(), [people.ben.jid], { extension: number(), joinEmpty: true })
  const together = await api.permission(fresh('colleagues'), ['xmpp.group', 'pickup.group'], Object.values(people).map((p) => p.jid))
  await api.call('POST', `/permissions/${together}/members`, { kind: 'team', add: [team.id], remove: [] })
})
afterAll(async () => {
  phones.forEach((p) => p.close())
  await api.close()
})

async function at(who: Who, path = '/app/keypad', look: Look = {}): Promise<Page> {
  const page = await open(path, { ...look, as: { login: people[who].login, password } })
  await page.locator('.me-pick').waitFor({ state: 'attached' })
  return page
}

const card = (page: Page, who: Who) => page.locator(`.calls .call[aria-label$="${people[who].name}"]`)
const act = (page: Page, who: Who, name: string | RegExp) => card(page, who).getByRole('button', { name, exact: typeof name === 'string' })

async function dial(page: Page, to: string): Promise<void> {
  await page.locator('#number').fill(to)
  await press(page, 'Enter')
}

/** Two who talk: the first has called. */
async function talk(a: Page, b: Page, from: Who, to: Who): Promise<void> {
  await dial(a, people[to].extension)
  await act(b, from, 'Answer').click()
  await act(a, to, 'Hold').waitFor()
}

// B10
describe('a second call', () => {
  it('knocks, is taken while the first is on hold, or declined; one goes to and fro; a third is told that one is busy', async () => {
    const [a, b, c] = [await at('anna'), await at('ben'), await at('cleo')]
    await talk(a, b, 'anna', 'ben')
    await dial(c, people.ben.extension)
    await card(b, 'cleo').getByText(`Answering puts ${people.anna.name} on hold.`).waitFor()
    await b.waitForFunction((title) => document.title === title, `Call from ${people.cleo.name}`)
    expect(await axe(b)).toEqual([])
    const d = await at('dora')
    await dial(d, people.ben.extension)
    await card(d, 'ben').getByText('is in another call').waitFor()
    await act(b, 'cleo', 'Answer').click()
    await card(a, 'ben').getByText('On hold by the other side').waitFor()
    await b.waitForFunction(() => !document.title.startsWith('Call from'))
    await card(b, 'anna').getByText('On hold').waitFor()
    expect(await axe(b)).toEqual([])
    await act(b, 'anna', `Switch to ${people.anna.name}`).click()
    await card(c, 'ben').getByText('On hold by the other side').waitFor()
    await card(a, 'ben').getByText('On hold by the other side').waitFor({ state: 'detached' })
    await act(b, 'cleo', `Hang up ${people.cleo.name}`).click()
    await card(c, 'ben').getByText('Call ended').waitFor()
    await act(b, 'anna', 'Hold').waitFor() // she is not on hold any more, and was not hung up
    await dial(c, people.ben.extension)
    await act(b, 'cleo', 'Reject').click()
    await card(c, 'ben').getByText('does not take the call').waitFor()
    await act(a, 'ben', 'Hold').waitFor()
  })

  it('that one begins holds the first; both are heard by all three, and then connected with each other', async () => {
    const [a, b, c] = [await at('anna'), await at('ben'), await at('cleo')]
    await talk(b, a, 'ben', 'anna')
    await talk(b, c, 'ben', 'cleo')
    await card(a, 'ben').getByText('On hold by the other side').waitFor()
    await dial(b, people.dora.extension)
    await b.getByText('You are in two calls already.').first().waitFor()
    await act(b, 'cleo', 'Three-way').click()
    await card(a, 'ben').getByText('On hold by the other side').waitFor({ state: 'detached' })
    await card(b, 'cleo').getByText('Three in this call').waitFor()
    await act(b, 'anna', `Hold ${people.anna.name} again`).click()
    await act(b, 'anna', `Connect with ${people.cleo.name}`).click()
    await b.getByText(`${people.anna.name} is connected with ${people.cleo.name}`).first().waitFor()
    await card(a, 'cleo').waitFor()
    await card(c, 'anna').waitFor()
    await b.locator('.calls .call').first().waitFor({ state: 'detached' })
    await act(c, 'anna', 'Hang up').click()
    await card(a, 'cleo').getByText('Call ended').waitFor()
  })

  it('and the first outlast that the network is cut for a moment', async () => {
    const [a, b, c] = [await at('anna'), await at('ben'), await at('cleo')]
    await talk(b, a, 'ben', 'anna')
    await talk(b, c, 'ben', 'cleo')
    await b.context().setOffline(true)
    await b.locator('.banner [role=alert]').first().waitFor()
    await b.context().setOffline(false)
    await b.locator('.banner [role=alert]').first().waitFor({ state: 'detached' })
    await act(b, 'anna', `Switch to ${people.anna.name}`).click()
    await card(c, 'ben').getByText('On hold by the other side').waitFor()
    await card(a, 'ben').getByText('On hold by the other side').waitFor({ state: 'detached' })
    expect(await card(c, 'ben').getByText('Call ended').count()).toBe(0)
    forgive()
  })

  it('is handled by keyboard alone, and keys are sent by it', async () => {
    const [a, b, c] = [await at('anna'), await at('ben'), await at('cleo')]
    await talk(a, b, 'anna', 'ben')
    await dial(c, people.ben.extension)
    await card(b, 'cleo').waitFor()
    await tabTo(b, /^Answer$/, 'Shift+Tab')
    await press(b, 'Enter')
    await act(b, 'cleo', 'Hold').waitFor()
    await tabTo(b, people.cleo.name) // the call itself
    await tabTo(b, 'Keypad')
    await press(b, 'Enter')
    await card(b, 'cleo').locator('.keypad-key:focus').waitFor()
    await b.keyboard.type('12#')
    await expect.poll(() => card(b, 'cleo').locator('.call-pressed').innerText()).toMatch(/12#$/)
    expect(await axe(b)).toEqual([])
    await tabTo(b, `Switch to ${people.anna.name}`)
    await press(b, 'Enter')
    await card(c, 'ben').getByText('On hold by the other side').waitFor()
    await tabTo(b, `Hang up ${people.cleo.name}`)
    await press(b, 'Enter')
    await card(c, 'ben').getByText('Call ended').waitFor()
  })
})

// B9, B15
it('any caller who waits for a team is taken, with number, name and for how long he has waited', async () => {
  const b = await at('ben', '/app/t/' + team.id)
  for (const who of ['anna', 'cleo'] as const) {
    const login = await api.call<DeviceSecret>('POST', `/devices/${await api.device(fresh('Desk'), people[who].jid)}/secret`)
    const phone = await Phone.open(login)
    phones.push(phone)
    expect(await phone.register('test')).toBe(200)
    expect(await phone.call(team.extension)).toBe(200)
    await b.locator('.waiters li', { hasText: people[who].name }).getByText(people[who].extension).waitFor()
  }
  const waits = (who: Who) => b.locator('.waiters li', { hasText: people[who].name })
  await expect.poll(() => waits('anna').locator('b.ok, b.warn, b.bad').innerText()).toMatch(/^0:[0-5]\d$/)
  await waits('cleo').getByRole('button', { name: `Pick up the call of ${people.cleo.name}` }).click()
  await act(b, 'cleo', 'Hold').waitFor()
  await waits('cleo').waitFor({ state: 'detached' })
  await waits('anna').waitFor()
  await waits('anna').getByRole('button', { name: `Pick up the call of ${people.anna.name}` }).click()
  await act(b, 'anna', 'Hold').waitFor()
  await card(b, 'cleo').getByText('On hold').waitFor()
  await b.getByText('Nobody waits').waitFor()
})

describe('what a call needs', () => {
  it('who has forbidden the microphone is told how to allow it, and is in the call all the same', async () => {
    const [a, b] = [await at('anna'), await at('ben')]
    await a.addInitScript(() => {
      let asked = 0
      const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
      navigator.mediaDevices.getUserMedia = (c) => (asked++ ? own(c) : Promise.reject(new DOMException('Permission denied', 'NotAllowedError')))
    })
    await a.reload()
    await a.locator('.me-pick').waitFor({ state: 'attached' }) // the session is there
    await dial(a, people.ben.extension)
    await act(b, 'anna', 'Answer').click()
    await card(a, 'ben').getByText('The browser blocks the microphone.').waitFor()
    expect(await axe(a)).toEqual([])
    await act(a, 'ben', 'Try again').click()
    await card(a, 'ben').getByText('The browser blocks the microphone.').waitFor({ state: 'detached' })
    await act(a, 'ben', 'Sound: microphone and speaker').click()
    await a.getByRole('dialog', { name: 'Sound: microphone and speaker' }).getByLabel('Microphone', { exact: true }).waitFor()
    expect(await axe(a)).toEqual([])
    await press(a, 'Escape')
  })

  it('the system shows who calls while the window is not seen, where that is allowed', async () => {
    const [a, b] = [await at('anna'), await at('ben', '/app/settings')]
    await b.addInitScript(() => {
      const shown: string[] = []
      Object.assign(window, { shown })
      class Shown {
        static permission = 'default'
        static requestPermission = () => Promise.resolve((Shown.permission = 'granted'))
        constructor(readonly title: string) {
          shown.push(title)
        }
        close(): void {
          shown.splice(shown.indexOf(this.title), 1)
        }
      }
      Object.defineProperty(window, 'Notification', { value: Shown })
    })
    await b.reload()
    await b.getByRole('button', { name: 'Show calls on the screen' }).click()
    await b.getByText('the system shows who calls. That is switched off').waitFor()
    await b.evaluate(() => Object.defineProperty(document, 'hidden', { value: true }))
    const shown = () => b.evaluate(() => (window as unknown as { shown: string[] }).shown)
    await dial(a, people.ben.extension)
    await expect.poll(shown).toEqual([`Call from ${people.anna.name}`])
    await act(a, 'ben', 'Cancel the call').click()
    await expect.poll(shown).toEqual([])
  })

  it('the number that was called last is called again, and copied from the journal', async () => {
    const a = await at('anna')
    await a.getByRole('button', { name: `Redial ${people.ben.name}` }).click()
    await act(a, 'ben', 'Cancel the call').click()
    await a.getByRole('link', { name: 'Journal', exact: true }).click()
    await a.locator('.entry').first().getByRole('button', { name: `Details of the call with ${people.ben.name}` }).click()
    await a.getByRole('button', { name: 'Copy the number' }).click()
    expect(await a.evaluate(() => navigator.clipboard.readText())).toBe(people.ben.extension)
    expect(await axe(a)).toEqual([])
  })

  it('who talks is asked before the page is loaded anew', async () => {
    const [a, b] = [await at('anna'), await at('ben')]
    await talk(a, b, 'anna', 'ben')
    const stays = () => a.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })))
    expect(await stays()).toBe(true)
    await act(a, 'ben', 'Hang up').click()
    expect(await stays()).toBe(false)
  })
})

describe.each<Lang>(['en', 'de'])('axe finds nothing in %s', (lang) => {
  it('in two calls, a caller and keys, in a narrow window too', async () => {
    const [a, b, c] = [await at('anna'), await at('ben', '/app/keypad', { lang, width: 390, height: 844, touch: true }), await at('cleo')]
    const answer = lang === 'en' ? 'Answer' : 'Annehmen'
    await dial(a, people.ben.extension)
    await act(b, 'anna', answer).click()
    await card(b, 'anna').locator('.key[aria-expanded]:not([aria-haspopup])').click()
    await dial(c, people.ben.extension)
    await act(b, 'cleo', answer).waitFor()
    const found = await axe(b)
    await act(b, 'cleo', answer).click()
    await b.locator('.is-behind').waitFor()
    found.push(...(await axe(b)))
    expect(found).toEqual([])
    expect(await b.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  })
})
