import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Api, axe, forgive, fresh, open, press, server, tabTo, type Lang, type Look } from './harness'

// The users' app at /app/, with two or three people at it.

const password = 'Wherefore4'
let api: Api
let anna: string
let ben: string
let room: string
const groupName = 'Rollout ' + fresh()

const as = (login: string): Look['as'] => ({ login, password })

beforeAll(async () => {
  api = await Api.open()
  ;[anna, ben] = [fresh('anna'), fresh('ben')]
  const make = (login: string, displayName: string) => api.user(login, { displayName, auth: 'internal', password })
  const jids = [await make(anna, 'Anna Keller'), await make(ben, '<b>Ben</b> & Co')]
  await api.permission(fresh('team'), ['xmpp.group'], jids)
  room = await api.group(groupName, [jids[0]!], [jids[1]!])
})
afterAll(() => api.close())

/** at is the app, as somebody, with its lists. */
async function at(login: string, path = '/app/', look: Look = {}): Promise<Page> {
  const page = await open(path, { ...look, as: as(login) })
  await page.locator('.contact').first().waitFor({ state: 'attached' })
  return page
}

const group = (): string => `/app/g/${encodeURIComponent(room)}`
const row = (page: Page, name: string) => page.locator('.contact', { has: page.locator('b', { hasText: name }) }).first()
const bubble = (page: Page, text: string) => page.locator('.log .msg', { hasText: text })

async function say(page: Page, text: string): Promise<void> {
  await page.locator('.composer textarea').fill(text)
  await page.keyboard.press('Enter')
}

/** decodes waits until a number of pictures move. */
async function decodes(page: Page, n: number): Promise<void> {
  const moving = (least: number): boolean => [...document.querySelectorAll('video')].filter((v) => v.getVideoPlaybackQuality().totalVideoFrames > 10).length >= least
  await page.waitForFunction(moving, n, { timeout: 30_000 })
}

describe('signing in', () => {
  it('takes the XMPP password, stays over a reload, and ends on both sides', async () => {
    const page = await open('/app/', { as: null })
    await page.locator('#login').fill(anna)
    await page.locator('#password').fill('Nonsense7')
    await page.keyboard.press('Enter')
    await page.locator('.callout--bad', { hasText: 'Login name or password is wrong.' }).waitFor()
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await row(page, groupName).waitFor()
    await page.reload()
    await row(page, groupName).waitFor()
    await page.locator('.rail a[href="/app/settings"]').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('#login').waitFor()
    expect((await page.request.get(server + '/api/v1/app/session')).status()).toBe(401)
    await page.reload()
    await page.locator('#login').waitFor()
  })

  it('is not needed when the console has been signed in to', async () => {
    const page = await open('/admin/')
    await page.goto('/app/')
    await page.locator('.me-row b').waitFor()
    await page.locator('.rail a[href="/admin/"]').waitFor()
  })

  it('is asked for again when the session ends elsewhere; what was typed stays', async () => {
    const page = await at(anna, group())
    await page.locator('.composer textarea').fill('half a sentence')
    const session = (await (await page.request.get(server + '/api/v1/app/session')).json()) as { csrf: string }
    await page.request.delete(server + '/api/v1/app/session', { headers: { Origin: server, 'X-CSRF-Token': session.csrf } })
    await page.locator('.signin--over').waitFor()
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('.signin--over').waitFor({ state: 'detached' })
    expect(await page.locator('.composer textarea').inputValue()).toBe('half a sentence')
    await page.waitForFunction(() => !document.querySelector('.composer textarea:disabled'))
    await page.locator('.composer textarea').press('Enter')
    await bubble(page, 'half a sentence').waitFor()
    forgive() // the end of the session is an answer 401
  })
})

describe('colleagues', () => {
  it('are there with presence, and change before the eyes', async () => {
    const a = await at(anna)
    const b = await at(ben)
    await row(a, '<b>Ben</b> & Co').locator('small', { hasText: 'Available' }).waitFor()
    await b.getByRole('button', { name: /^Profile: / }).click()
    await b.getByRole('menuitemradio', { name: 'DND' }).click()
    await row(a, '<b>Ben</b> & Co').locator('.pres.dnd').waitFor()
    await row(a, '<b>Ben</b> & Co').locator('small', { hasText: 'DND' }).waitFor()
    await b.getByRole('button', { name: 'Profile: DND' }).click()
    await b.getByRole('menuitemradio', { name: 'Available' }).click()
    await row(a, '<b>Ben</b> & Co').locator('.pres.available').waitFor()
    await b.goto('/app/settings')
    await b.getByLabel('Status text').fill('Back at <i>nine</i>')
    await b.keyboard.press('Enter')
    await row(a, '<b>Ben</b> & Co').locator('small', { hasText: 'Back at <i>nine</i>' }).waitFor()
    await b.getByRole('radio', { name: 'Do not disturb' }).click()
    await row(a, '<b>Ben</b> & Co').locator('.pres.dnd').waitFor() // the page that was loaded anew is the only one
    await b.getByRole('radio', { name: 'Available' }).click()
    await a.getByRole('searchbox', { name: 'Name or number' }).fill('nobody is called this')
    await a.getByRole('button', { name: 'Clear search' }).click()
    await row(a, 'Ben').waitFor()
  })

  it('are written to; a message comes at once, is counted, and stands there after a reload', async () => {
    const a = await at(anna)
    const b = await at(ben)
    const text = `<img src=x onerror=alert(1)> ${fresh()}`
    await row(a, 'Ben').locator('a').click()
    await say(a, text)
    await row(b, 'Anna Keller').locator('.badge--unread').waitFor()
    expect(await b.title()).toMatch(/^\(\d+\)/)
    await row(b, 'Anna Keller').locator('a').click()
    await bubble(b, text).waitFor()
    await row(b, 'Anna Keller').locator('.badge--unread').waitFor({ state: 'detached' })
    await b.reload()
    await bubble(b, text).waitFor()
    await a.locator('.composer textarea').press('ArrowUp')
    await a.keyboard.type(' corrected')
    await a.keyboard.press('Enter')
    await bubble(b, text + ' corrected').locator('small', { hasText: 'edited' }).waitFor()
  })

  it('are called with video: it rings, both see each other, one hangs up', async () => {
    const a = await at(anna)
    const b = await at(ben)
    await row(a, 'Ben').locator('small', { hasText: 'Available' }).waitFor()
    await row(a, 'Ben').locator('a').click()
    await a.getByRole('button', { name: /with video$/ }).click()
    await b.locator('.call.ringing').waitFor()
    expect(await axe(b)).toEqual([])
    await b.getByRole('button', { name: 'With video' }).click()
    await Promise.all([decodes(a, 2), decodes(b, 2)])
    expect(await axe(a)).toEqual([])
    await say(a, 'chat goes on')
    await b.getByRole('button', { name: 'Hang up' }).click()
    await a.locator('.call', { hasText: 'Call ended' }).waitFor()
    await b.getByRole('button', { name: 'Close' }).click()
    await a.getByRole('button', { name: 'Call <b>Ben</b> & Co', exact: true }).click()
    await b.locator('.call.ringing').getByRole('button', { name: 'Reject' }).click()
    await a.locator('.call', { hasText: 'does not take the call' }).waitFor()
  })
})

describe('a group', () => {
  it('is chatted in by two; mentions stand out, older messages come as one goes up', async () => {
    const a = await at(anna, group())
    const b = await at(ben)
    const mark = fresh()
    for (let i = 1; i <= 45; i++) await say(a, `${mark} line ${i}`)
    await bubble(a, `${mark} line 45`).waitFor()
    await row(b, groupName).locator('.badge--unread').waitFor()
    await row(b, groupName).locator('a').click()
    await bubble(b, `${mark} line 45`).waitFor()
    await b.reload()
    await bubble(b, `${mark} line 45`).waitFor()
    expect(await bubble(b, `${mark} line 1`).filter({ hasNotText: /line 1\d/ }).count()).toBe(0)
    await b.locator('.log').evaluate((log) => (log.scrollTop = 0))
    await b.locator('.log p', { hasText: new RegExp(`${mark} line 1$`) }).waitFor()
    await say(b, '@Anna Keller have a look')
    await a.locator('mark', { hasText: '@Anna Keller' }).waitFor()
  })

  it('is made by a user, who takes colleagues in', async () => {
    const a = await at(anna)
    const b = await at(ben)
    const name = 'Müller & <i>Söhne</i> ' + fresh()
    await a.getByRole('button', { name: 'New group' }).first().click()
    await a.getByRole('button', { name: 'Make the group' }).click()
    await a.locator('.err', { hasText: 'A group needs a name.' }).waitFor()
    await a.getByLabel('Name', { exact: true }).fill(name)
    await a.locator('.people-pick-row', { hasText: '</b> & Co' }).click()
    expect(await axe(a)).toEqual([])
    await a.getByRole('button', { name: 'Make the group' }).click()
    await a.locator('.talk-head h1', { hasText: name }).waitFor()
    await row(b, name).waitFor()
    await a.getByRole('button', { name: 'About the group' }).click()
    await a.getByRole('button', { name: 'Remove <b>Ben</b> & Co' }).click()
    await a.getByRole('button', { name: 'Remove', exact: true }).click()
    await row(b, name).waitFor({ state: 'detached' })
    await a.getByRole('button', { name: 'Delete the group' }).click()
    await a.locator('.dialog').getByRole('button', { name: 'Delete the group' }).click()
    await row(a, name).waitFor({ state: 'detached' })
  })

  //
  it('lets guests in: link, invitation, green while one waits, conference, hold, out', { timeout: 150_000 }, async () => {
    const a = await at(anna, group())
    const b = await at(ben)
    await a.getByRole('button', { name: 'About the group' }).click()
    await a.getByRole('switch', { name: /Allow guests/ }).click()
    const link = await a.locator('.access-value').first().innerText()
    expect(link).toMatch(/^https:\/\/.*\/g\/\S{20,}$/)
    for (const where of ['.drawer', '.talk-head']) {
      await a.evaluate(() => navigator.clipboard.writeText(''))
      await a.locator(where).getByRole('button', { name: 'Copy invitation' }).click()
      await a.waitForFunction(async (expected) => (await navigator.clipboard.readText()) === expected, `You are invited to “${groupName}”.\n\nJoin in your browser:\n${link}\n`)
    }
    await row(b, groupName).locator('.pub').waitFor()
    expect(await axe(a)).toEqual([])
    await b.goto(group())
    await b.getByRole('button', { name: 'About the group' }).click()
    await b.locator('.info', { hasText: 'Who owns the group lets guests in' }).waitFor()
    await b.keyboard.press('Escape')

    const guest = await open(new URL(link).pathname, { as: null })
    await guest.locator('#name').fill('Sofia')
    await guest.locator('button.btn--xl').click()
    await row(b, groupName).and(b.locator('.is-waiting')).locator('small', { hasText: '1 guest is waiting' }).waitFor({ timeout: 30_000 })
    await row(b, groupName).getByRole('button', { name: `Start the conference of ${groupName}` }).click()
    await b.locator('.meet').waitFor()
    await a.keyboard.press('Escape')
    await row(a, groupName).locator('small', { hasText: 'Conference, 2 people' }).waitFor({ timeout: 30_000 })
    await a.locator('.talk-head').getByRole('button', { name: `Join the conference of ${groupName}` }).click()
    await Promise.all([decodes(a, 3), decodes(b, 3), decodes(guest, 3)])
    await b.getByRole('button', { name: /^Back to colleagues/ }).click()
    await decodes(b, 3)
    await b.locator('.parts .part', { hasText: 'Sofia' }).locator('small', { hasText: 'Guest' }).waitFor()
    expect(await axe(b)).toEqual([])
    await say(b, 'chat beside the conference')
    await b.reload()
    await b.locator('.meet').waitFor({ timeout: 30_000 })
    await decodes(b, 3)

    await a.locator('.tool--leave').click()
    await b.locator('.tool--leave').click()
    await row(b, groupName).locator('small', { hasText: 'On hold, 1 guest is waiting' }).waitFor({ timeout: 30_000 })
    await b.locator('.talk-head').getByRole('button', { name: `Start the conference of ${groupName}` }).click()
    await decodes(guest, 2)
    await b.getByRole('button', { name: /^Back to colleagues/ }).click()
    await b.getByRole('button', { name: 'Remove Sofia' }).click()
    await b.getByRole('button', { name: 'Remove', exact: true }).click()
    await guest.locator('.front-card, .plain').first().waitFor()
    await b.locator('.call').getByRole('button', { name: 'Leave' }).click()

    await a.getByRole('button', { name: 'About the group' }).click()
    await a.getByRole('switch', { name: /Allow guests/ }).click()
    await a.getByRole('button', { name: 'Stop guests' }).click()
    await row(a, groupName).locator('.pub').waitFor({ state: 'detached' })
    await a.locator('.access-value').waitFor({ state: 'detached' })
    forgive() // the guest's page asks for a link that opens nothing any more
  })
})

it('says when the connection is lost; what is written meanwhile goes out afterwards', async () => {
  const a = await at(anna, group())
  const b = await at(ben, group())
  await a.locator('.composer textarea:enabled').waitFor()
  await a.context().setOffline(true)
  await a.locator('.banner', { hasText: 'No connection.' }).waitFor()
  const text = 'written offline ' + fresh()
  await say(a, text)
  await bubble(a, text).locator('.msg-state', { hasText: 'Being sent' }).waitFor()
  await a.context().setOffline(false)
  await bubble(b, text).waitFor({ timeout: 40_000 })
  await bubble(a, text).locator('.msg-state').waitFor({ state: 'detached' })
  await a.locator('.banner').waitFor({ state: 'detached' })
  forgive() // browsers complain about sockets that did not open
})

it('is used by keyboard alone', async () => {
  const page = await at(anna)
  await press(page, '/')
  await page.keyboard.type('roll')
  await tabTo(page, /^RRollout|^R\w?Rollout|Rollout/)
  await press(page, 'Enter')
  await page.locator('.talk-head h1', { hasText: groupName }).waitFor()
  await page.keyboard.type('by keyboard')
  await press(page, 'Enter')
  await bubble(page, 'by keyboard').first().waitFor()
  await tabTo(page, 'About the group', 'Shift+Tab')
  await press(page, 'Enter')
  await page.locator('.drawer').waitFor()
  await press(page, 'Escape')
  await page.locator('.drawer').waitFor({ state: 'detached' })
})

it('fits a telephone: list or chat, with a way back', async () => {
  const page = await at(anna, '/app/', { width: 390, height: 844, touch: true })
  expect(await page.locator('.talk').isVisible()).toBe(false)
  await row(page, groupName).locator('a').click()
  await page.locator('.composer textarea').waitFor()
  expect(await page.locator('.contacts').isVisible()).toBe(false)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(wide).toBe(0)
  expect(await axe(page)).toEqual([])
  await page.getByRole('link', { name: 'Back to the list' }).click()
  await row(page, groupName).waitFor()
  expect(await axe(page)).toEqual([])
})

describe.each<Lang>(['en', 'de'])('axe finds nothing in %s', (lang) => {
  it('in the app', { timeout: 90_000 }, async () => {
    const out = await open('/app/', { lang, as: null })
    await out.locator('#login').waitFor()
    const found = (await axe(out)).map((f) => 'sign-in: ' + f)
    const page = await at(anna, '/app/', { lang })
    const look = async (name: string): Promise<void> => void found.push(...(await axe(page)).map((f) => `${name}: ${f}`))
    await look('list')
    await row(page, groupName).locator('a').click()
    await page.locator('.log').waitFor()
    await look('group')
    await page.locator('.talk-head button[aria-expanded]').click()
    await page.locator('.info-row').first().waitFor()
    await look('about the group')
    await page.keyboard.press('Escape')
    await row(page, 'Ben').locator('a').click()
    await page.locator('.composer').waitFor()
    await look('colleague')
    await page.goto('/app/settings')
    await page.locator('.settings .card').first().waitFor()
    await look('settings')
    await page.goto('/app/g/nowhere%40groups.localhost')
    await page.locator('.talk .empty').waitFor()
    await look('no such group')
    expect(found).toEqual([])
    expect(await page.locator('html').getAttribute('lang')).toBe(lang)
  })
})
