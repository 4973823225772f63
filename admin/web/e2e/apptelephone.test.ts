import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import type { DeviceSecret, Permission, Team } from '../src/shared/types'
import { Api, axe, domain, fresh, number, open, press, tabTo, type Lang, type Look } from './harness'
import { Phone } from './phone'

// Telephony in the users' app: own profile, location, devices and forward, colleagues' telephones, calls from the browser, teams, journal, voicemail.

const password = 'Wherefore4'
let api: Api
let team: Team
const people: Record<'anna' | 'ben' | 'cleo', { login: string; name: string; extension: string; jid: string }> = {} as never
const place = 'Garden desk ' + fresh()
const phones: Phone[] = []

beforeAll(async () => {
  api = await Api.open()
  for (const [key, name] of [['anna', 'Anna Keller'], ['ben', 'Ben Holm'], ['cleo', '<i>Cleo</i> Vogt']] as const) {
    const [login, extension] = [fresh(key), number()]
    const shown = `${name} ${fresh()}`
    people[key] = { login, name: shown, extension, jid: await api.user(login, { displayName: shown, auth: 'internal', password, extension, voicemail: key === 'cleo' ? 'all' : 'none' }) }
  }
  team = await api.team('Support ' + fresh(), [people.anna.jid, people.ben.jid], { extension: number(), joinEmpty: true })
  const together = await api.permission(fresh('colleagues'), ['xmpp.group', 'pickup.group'], Object.values(people).map((p) => p.jid))
  await api.call('POST', `/permissions/${together}/members`, { kind: 'team', add: [team.id], remove: [] })
  await api.call('POST', '/locations', { name: place })
})
afterAll(async () => {
  phones.forEach((p) => p.close())
  await api.close()
})

async function at(who: keyof typeof people, path = '/app/', look: Look = {}): Promise<Page> {
  const page = await open(path, { ...look, as: { login: people[who].login, password } })
  await page.locator('.me-pick').waitFor({ state: 'attached' })
  return page
}

/** A telephone of somebody's, which rings and never answers. */
async function telephone(who: keyof typeof people): Promise<Phone> {
  const id = await api.device('Desk of ' + people[who].name, people[who].jid)
  const login = await api.call<DeviceSecret>('POST', `/devices/${id}/secret`)
  const phone = await Phone.open(login)
  phones.push(phone)
  expect(await phone.register('test')).toBe(200)
  return phone
}

const row = (page: Page, name: string) => page.locator('.contact', { has: page.locator('b', { hasText: name }) }).first()
const card = (page: Page, text: string) => page.locator('.calls .call', { hasText: text }).first()

describe('oneself', () => {
  //
  it('logs in at a location under My devices, finds it above his picture then, and roams again', async () => {
    const a = await at('anna')
    await a.getByRole('button', { name: 'Location: None/roaming' }).click()
    await a.getByRole('menuitem', { name: 'All locations …' }).click()
    await a.locator('h1', { hasText: 'My devices' }).waitFor()
    await a.getByLabel('Where I am').selectOption({ label: place })
    const pick = a.getByRole('button', { name: `Location: ${place}` })
    await pick.click()
    await a.getByRole('menuitemradio', { name: 'None/roaming' }).click()
    await a.getByRole('button', { name: 'Location: None/roaming' }).click()
    await a.getByRole('menuitemradio', { name: place }).click() // it was used lately
    await pick.waitFor()
    // Who takes the place of somebody is told so, and takes it only when he says that he means it.
    const b = await at('ben', '/app/devices')
    await b.getByLabel('Where I am').selectOption({ label: `${place} (${people.anna.name} is there)` })
    await b.getByRole('button', { name: 'Stay where I am' }).click()
    await b.getByRole('button', { name: 'Location: None/roaming' }).waitFor()
    await b.getByLabel('Where I am').selectOption({ label: `${place} (${people.anna.name} is there)` })
    await b.getByRole('button', { name: `Log in at ${place}` }).click()
    await b.getByRole('button', { name: `Location: ${place}` }).waitFor()
    await a.getByRole('button', { name: 'Location: None/roaming' }).waitFor() // she was logged out, and sees it
    await b.getByLabel('Where I am').selectOption('')
    await b.getByRole('button', { name: 'Location: None/roaming' }).waitFor()
  })

  // A-145..A-152
  it('sets when his clients ring, and not what is locked; another window follows', async () => {
    await telephone('anna')
    const a = await at('anna', '/app/devices')
    const other = await at('anna', '/app/devices')
    const clients = a.getByRole('group', { name: 'Timers: This app and other XMPP clients' })
    const desk = a.getByRole('group', { name: `Timers: Desk of ${people.anna.name}` })
    await desk.getByText('Set by the administration').waitFor()
    expect(await desk.getByRole('switch').first().isDisabled()).toBe(true)
    await clients.getByRole('spinbutton', { name: /^Delay, Internal/ }).fill('7')
    await press(a, 'Tab')
    await expect.poll(() => other.getByRole('spinbutton', { name: 'Delay, Internal: This app and other XMPP clients' }).inputValue()).toBe('7')
    await clients.getByRole('switch', { name: /^External/ }).uncheck()
    await expect.poll(() => other.getByRole('switch', { name: 'External: This app and other XMPP clients' }).isChecked()).toBe(false)
    await clients.getByRole('spinbutton', { name: /^Delay, Internal/ }).fill('1000')
    await press(a, 'Tab')
    await expect.poll(() => clients.getByRole('spinbutton', { name: /^Delay, Internal/ }).inputValue()).toBe('7') // what is none is put back
    await clients.getByRole('spinbutton', { name: /^Delay, Internal/ }).fill('0')
    await press(a, 'Tab')
    await clients.getByRole('switch', { name: /^External/ }).check()
    await expect.poll(() => other.getByRole('switch', { name: 'External: This app and other XMPP clients' }).isChecked()).toBe(true)
  })

  it('forwards his calls, is told what is wrong with a target, and takes the forward away', async () => {
    const a = await at('anna', '/app/devices')
    const target = a.getByLabel('Where to')
    await target.fill('nobody')
    await press(a, 'Enter')
    await a.locator('.err', { hasText: 'Use digits' }).waitFor()
    await target.fill(people.anna.extension)
    await press(a, 'Enter')
    await a.locator('.err', { hasText: 'The server refused' }).waitFor() // to herself
    await target.fill(people.ben.extension)
    await press(a, 'Enter')
    await a.getByText(`Calls go to ${people.ben.name} (${people.ben.extension})`).waitFor()
    await a.locator('.me-row', { hasText: `Calls go to ${people.ben.extension}` }).waitFor()
    await a.getByRole('switch', { name: 'Forward all my calls' }).uncheck()
    await a.getByText('Not forwarded. The last one was to').waitFor()
    await a.getByRole('button', { name: 'To my voicemail' }).click()
    await a.getByText('Calls go to your voicemail').waitFor()
    await a.getByRole('button', { name: 'Remove' }).click()
    await a.getByText('Not forwarded', { exact: true }).waitFor()
  })
})

describe('a call from the browser', () => {
  // A-110, B3, B10
  it('shows telephones of colleagues, is held, and passed on to a third, who finds it in the journal', async () => {
    await telephone('ben')
    const a = await at('anna', '/app/keypad')
    const b = await at('ben')
    const c = await at('cleo')
    await row(a, people.ben.name).locator('.phone.free').waitFor()
    await a.locator('#number').fill(people.ben.name)
    await a.locator('.keypad-hit', { hasText: people.ben.name }).click()
    await row(c, people.ben.name).locator('.phone.ringing').waitFor()
    expect(await axe(c)).toEqual([])
    await card(b, people.anna.name).getByRole('button', { name: 'Answer', exact: true }).click()
    await row(c, people.ben.name).locator('.phone.busy').waitFor()
    await a.getByRole('button', { name: 'Hold', exact: true }).click()
    await a.getByRole('button', { name: 'Take back' }).click()
    await a.getByRole('button', { name: 'Hold', exact: true }).waitFor()
    expect(await axe(a)).toEqual([])
    await a.getByRole('button', { name: 'Transfer' }).click()
    await a.getByRole('combobox', { name: 'Name or number' }).fill(people.cleo.name)
    await a.getByRole('option', { name: people.cleo.name }).waitFor()
    await press(a, 'Enter')
    await card(c, people.ben.name).getByRole('button', { name: 'Answer', exact: true }).click()
    await a.locator('.calls .call', { hasText: people.ben.name }).getByText('Call ended').waitFor()
    await c.getByRole('button', { name: 'Hang up' }).click()
    await c.goto('/app/journal')
    const entry = c.locator('.entry', { hasText: people.ben.name }).first()
    await entry.getByRole('button', { name: `Details of the call with ${people.ben.name}` }).click()
    await entry.getByText(`${people.anna.name} → ${people.ben.name}`).waitFor()
    expect(await axe(c)).toEqual([])
  })

  it('that was missed is counted until it is seen', async () => {
    const a = await at('anna', '/app/keypad')
    const b = await at('ben')
    await a.locator('#number').fill(people.ben.extension)
    await press(a, 'Enter')
    await b.locator('.call.ringing').waitFor()
    await a.getByRole('button', { name: 'Cancel the call' }).click()
    await b.getByRole('link', { name: 'Journal, 1 missed call' }).click()
    await b.getByRole('radio', { name: 'Missed' }).click()
    await b.locator('.entry', { hasText: people.anna.name }).first().waitFor()
    await b.getByRole('link', { name: 'Journal', exact: true }).waitFor()
    await b.getByRole('searchbox', { name: 'Find in the journal' }).fill('nobody at all')
    await b.getByText('Nothing called “nobody at all”').waitFor()
  })
})

// B9, A-208
describe('a team', () => {
  it('is logged in to, paused in, and seen with who waits; another member picks the caller up', async () => {
    const a = await at('anna')
    const b = await at('ben')
    const caller = await telephone('cleo')
    for (const page of [a, b]) await row(page, team.name).locator('a').click()
    await row(a, team.name).locator('.badge', { hasText: 'Logged out' }).waitFor()
    await a.getByRole('button', { name: 'Log in' }).click()
    await row(a, team.name).locator('.badge', { hasText: 'Logged in' }).waitFor()
    await a.getByRole('button', { name: 'Pause' }).click()
    await a.getByRole('menuitemradio', { name: 'Lunch' }).click()
    await b.locator('.table tr', { hasText: people.anna.name }).locator('.badge', { hasText: 'Paused: Lunch' }).waitFor()
    expect(await caller.call(team.extension)).toBe(200)
    const waits = b.locator('.waiters li', { hasText: people.cleo.name })
    await waits.waitFor()
    expect(await axe(b)).toEqual([])
    await a.getByRole('button', { name: 'Go on' }).click()
    await a.getByText('rings you').waitFor()
    await b.getByText(`Rings at ${people.anna.name}`).waitFor()
    await waits.getByRole('button', { name: `Pick up the call of ${people.cleo.name}` }).click()
    await b.locator('.table tr', { hasText: people.ben.name }).locator('.phone.busy').waitFor()
    await waits.waitFor({ state: 'detached' })
    await b.getByRole('button', { name: 'Hang up' }).click()
    await a.getByRole('button', { name: 'Log out' }).click()
    await row(a, team.name).locator('.badge', { hasText: 'Logged out' }).waitFor()
    // Who is not in it sees it in red, without what goes on there, and can call it.
    const c = await at('cleo')
    await row(c, team.name).locator('.pres.dnd').waitFor()
    await row(c, team.name).locator('a').click()
    await c.getByText(`You can call it at ${team.extension}.`).waitFor()
  })
})

// A-208, B9: a permission that has all teams by itself shows them to its users
it('teams stand under a filter of their own with their presence, and come and go by themselves', async () => {
  const auto = { users: false, devices: false, teams: true, locations: false }
  const seen = await api.call<Permission>('POST', '/permissions', { name: fresh('Seen'), description: '', types: ['xmpp.group'], auto })
  await api.call('POST', `/permissions/${seen.id}/members`, { kind: 'user', add: [people.ben.jid, people.cleo.jid], remove: [] })
  const b = await at('ben')
  const c = await at('cleo')
  for (const page of [b, c]) await page.getByRole('button', { name: 'Teams', exact: true }).click()
  const hotline = await api.team('Hotline ' + fresh(), [people.ben.jid], { extension: number() })
  await row(b, hotline.name).getByText('0 logged in').waitFor()
  await row(b, hotline.name).locator('.pres.away').waitFor()
  await row(c, hotline.name).getByText('You are not in this team').waitFor()
  await row(c, hotline.name).locator('.pres.dnd').waitFor()
  await row(c, hotline.name).getByText(hotline.extension).waitFor()
  expect(await c.locator('.contact', { hasText: people.ben.name }).count()).toBe(0)
  expect(await axe(c)).toEqual([])
  await row(b, hotline.name).locator('a').click()
  await b.getByRole('button', { name: 'Log in' }).click()
  await row(b, hotline.name).locator('.pres.available').waitFor()
  await row(c, hotline.name).locator('.pres.dnd').waitFor()
  await b.getByRole('button', { name: 'Log out' }).click()
  await row(b, hotline.name).locator('.pres.away').waitFor()
  await api.call('DELETE', `/teams/${hotline.id}`)
  for (const page of [b, c]) {
    await row(page, hotline.name).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'All', exact: true }).click()
  }
  await row(c, people.ben.name).waitFor()
  expect(await c.locator('.contact', { hasText: hotline.id }).count()).toBe(0)
  await api.call('DELETE', `/permissions/${seen.id}`)
})

// A-091, B12
it('a message is left, counted, listened to, and deleted', async () => {
  const c = await at('cleo')
  await c.getByRole('button', { name: /^Profile: / }).click()
  await c.getByRole('menuitemradio', { name: 'DND' }).click()
  await c.getByRole('button', { name: 'Profile: DND' }).waitFor()
  const a = await at('anna', '/app/keypad')
  await row(a, people.cleo.name).locator('.pres.dnd').waitFor()
  await a.locator('#number').fill(people.cleo.extension)
  await press(a, 'Enter')
  await a.getByRole('button', { name: 'Hang up' }).waitFor()
  await a.waitForFunction(() => /0:(1[2-9]|[2-5]\d)/.test(document.querySelector('.calls .call')?.textContent ?? ''), undefined, { timeout: 40_000 }) // the greeting, and something to say
  await a.getByRole('button', { name: 'Hang up' }).click()
  await c.getByRole('link', { name: 'Voicemail, 1 new message' }).click()
  const message = c.locator('.entry', { hasText: people.anna.name })
  await message.getByText('New', { exact: true }).waitFor()
  expect(await axe(c)).toEqual([])
  await message.getByRole('button', { name: `Play the message of ${people.anna.name}` }).click()
  await c.waitForFunction(() => (document.querySelector('audio')?.currentTime ?? 0) > 0.3)
  await message.getByText('New', { exact: true }).waitFor({ state: 'detached' })
  await c.getByRole('link', { name: 'Voicemail', exact: true }).waitFor()
  await message.getByRole('button', { name: /^More for/ }).click()
  await c.getByRole('menuitem', { name: 'Delete' }).click()
  await c.getByRole('button', { name: 'Delete', exact: true }).click()
  await c.getByText('No messages').waitFor()
  await c.getByRole('button', { name: 'Profile: DND' }).click()
  await c.getByRole('menuitemradio', { name: 'Available' }).click()
  await c.getByRole('button', { name: 'Profile: Available' }).waitFor()
})

it('everything is done by keyboard alone', async () => {
  const a = await at('anna')
  const b = await at('ben')
  await tabTo(a, 'Profile: ')
  await press(a, 'Enter')
  await press(a, 'ArrowDown')
  await press(a, 'Enter')
  await a.getByRole('button', { name: 'Profile: DND' }).waitFor()
  await press(a, 'Enter')
  await press(a, 'Home')
  await press(a, 'Enter')
  await a.getByRole('button', { name: 'Profile: Available' }).waitFor()
  await tabTo(a, 'Keypad', 'Shift+Tab')
  await press(a, 'Enter')
  await a.locator('#number:focus').waitFor()
  await a.keyboard.type(people.ben.extension)
  await press(a, 'Enter')
  await b.locator('.call.ringing').waitFor()
  await tabTo(b, /^Answer$/, 'Shift+Tab') // not that at his desk
  await press(b, 'Enter')
  await a.getByRole('button', { name: 'Hold', exact: true }).waitFor()
  await tabTo(a, 'Transfer')
  await press(a, 'Enter')
  await a.getByRole('combobox', { name: 'Name or number' }).waitFor()
  await press(a, 'Escape')
  await tabTo(a, 'Hang up')
  await press(a, 'Enter')
  await b.locator('.call', { hasText: 'Call ended' }).waitFor()
})

it('fits a telephone', async () => {
  const a = await at('anna', '/app/', { width: 390, height: 844, touch: true })
  for (const path of ['keypad', 'journal', 'voicemail', 'devices', 't/' + team.id]) {
    await a.goto('/app/' + path)
    await a.locator('.talk h1').waitFor()
    await a.locator('.me-pick').waitFor({ state: 'attached' })
    expect(await a.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBe(0)
    expect(await axe(a), path).toEqual([])
  }
})

describe.each<Lang>(['en', 'de'])('axe finds nothing in %s', (lang) => {
  it('in what is about telephones', { timeout: 90_000 }, async () => {
    const a = await at('anna', '/app/', { lang })
    const found: string[] = []
    for (const path of ['keypad', 'journal', 'voicemail', 'devices', 't/' + team.id, 'c/' + encodeURIComponent(`${people.ben.login}@${domain}`)]) {
      await a.goto('/app/' + path)
      await a.locator('.talk h1').waitFor()
      await a.waitForFunction(() => document.querySelector('.me-pick') && !document.querySelector('.skel'))
      found.push(...(await axe(a)).map((f) => `${path}: ${f}`))
    }
    expect(found).toEqual([])
  })
})
