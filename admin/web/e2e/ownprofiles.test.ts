import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import type { OwnProfiles, Permission, PermissionPage, Profile, Team } from '../src/shared/types'
import { Api, axe, focused, fresh, number, open, press, server, settled, tabTo, type Lang } from './harness'

// Profiles of one's own in the users' app.

const password = 'Wherefore4'
let api: Api
let team: Team
let permission: string
const login = fresh('ina')
const place = 'Garden desk ' + fresh()

beforeAll(async () => {
  api = await Api.open()
  const jid = await api.user(login, { displayName: 'Ina ' + login, auth: 'internal', password, extension: number(), mobile: true, mobileNumber: '+491711234567', timeZone: 'Asia/Tokyo' })
  team = await api.team('Support ' + fresh(), [jid])
  await api.call('POST', '/locations', { name: place })
  permission = await api.permission(fresh('makers'), [], [jid])
  others = (await api.call<PermissionPage>('GET', '/permissions?limit=500')).items.filter((p) => p.types.includes(personal)).map((p) => p.id)
  for (const id of others) await permit(false, id)
})
afterAll(async () => {
  for (const id of others) await permit(true, id)
  await api.call('DELETE', '/permissions/' + permission)
  await api.close()
})

const personal = 'profile.personal'
/** What gives it to everybody on this server. */
let others: string[] = []

/** A permission gets profile.personal, or loses it. */
async function permit(on: boolean, id = permission): Promise<void> {
  const { revision, name, description, auto, types } = await api.call<Permission>('GET', '/permissions/' + id)
  await api.call('PUT', '/permissions/' + id, { revision, name, description, auto, types: [...types.filter((t) => t !== personal), ...(on ? [personal] : [])] })
}

async function at(path = '/app/', lang: Lang = 'en', width = 1280): Promise<Page> {
  const page = await open(path, { lang, width, as: { login, password } })
  await page.locator('.me-pick').waitFor({ state: 'attached' })
  return page
}

/** A request with the session of the page. */
async function asked(page: Page, method: string, path: string, data?: unknown): Promise<{ status: number; body: unknown }> {
  const { csrf } = (await (await page.request.get(server + '/api/v1/app/session')).json()) as { csrf: string }
  const answer = await page.request.fetch(server + '/api/v1' + path, { method, headers: { Origin: server, 'X-CSRF-Token': csrf }, ...(data !== undefined && { data }) })
  const text = await answer.text()
  return { status: answer.status(), body: text ? JSON.parse(text) : undefined }
}

async function stored(page: Page): Promise<Profile[]> {
  return ((await asked(page, 'GET', '/app/profiles')).body as OwnProfiles).items
}

const form = (name: string) => ({
  name, colour: '#2c58d4', icon: 'star', showIcon: true, sticky: false, silent: false, show: '', permissions: [], triggers: [], teamsCall: false, enter: [], leave: [],
})

const profiles = (page: Page) => page.getByRole('button', { name: /^Profile: / })

describe('own profiles', () => {
  //
  it('are for those whose permission an administrator has given profile.personal: at once, and no longer than that', async () => {
    const page = await at()
    await profiles(page).click()
    expect((await page.getByRole('menuitemradio').allTextContents()).slice(0, 2)).toEqual(['Available', 'DND']) // the default ones are there for all
    expect(await page.getByRole('menuitem', { name: 'Manage profiles …' }).count()).toBe(0)
    await page.getByRole('menuitemradio', { name: 'DND' }).click()
    await page.getByRole('button', { name: 'Profile: DND' }).waitFor()
    await page.goto('/app/profiles')
    await page.getByRole('heading', { name: 'You cannot make profiles of your own' }).waitFor()
    expect(await asked(page, 'POST', '/app/profiles', form('Walk'))).toMatchObject({ status: 403, body: { detail: 'own profiles need the permission profile.personal' } })

    await permit(true)
    await page.getByRole('heading', { name: 'You have no profiles of your own' }).waitFor()
    const made = await asked(page, 'POST', '/app/profiles', form('Walk'))
    expect(made.status).toBe(201)
    const { id, revision } = made.body as Profile
    await page.locator('.own-profiles li', { hasText: 'Walk' }).waitFor() // by an event, in a page that is open
    await permit(false)
    await page.getByRole('heading', { name: 'You cannot make profiles of your own' }).waitFor()
    expect((await asked(page, 'PUT', '/app/profiles/' + id, { revision, ...form('Run') })).status).toBe(403)
    expect((await asked(page, 'DELETE', '/app/profiles/' + id)).status).toBe(403)
    expect((await asked(page, 'PUT', '/app/profile', { profile: id })).status).toBe(403)
    expect((await asked(page, 'PUT', '/app/profile', { profile: 'available' })).status).toBe(200)
    await permit(true)
    expect((await asked(page, 'DELETE', '/app/profiles/' + id)).status).toBe(204)
    await page.getByRole('heading', { name: 'You have no profiles of your own' }).waitFor()
  })

  //
  it('are made by keyboard alone: look, times, actions in their order, what is odd, and what it would do', async () => {
    await permit(true)
    const page = await at()
    await tabTo(page, 'Profile: ', 'Tab', 500)
    await press(page, 'Enter')
    await press(page, 'End')
    expect(await focused(page)).toBe('Manage profiles …')
    await press(page, 'Enter')
    await page.getByRole('heading', { name: 'You have no profiles of your own' }).waitFor()
    await tabTo(page, 'New profile')
    await press(page, 'Enter')
    await page.getByRole('heading', { level: 1, name: 'New profile' }).waitFor()
    await settled(page)
    await press(page, 'Control+s')
    await page.locator('[name=name][aria-invalid=true]').waitFor() // it has no name yet
    await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe('name')
    await page.keyboard.type('On call')
    await tabTo(page, 'Colour 1')
    await press(page, 'ArrowRight')
    await tabTo(page, 'Star')
    await press(page, 'ArrowRight')
    await tabTo(page, 'Sticky')
    await press(page, 'Space')
    await tabTo(page, 'Show the icon')
    await press(page, 'Space')
    await tabTo(page, 'Add time')
    await press(page, 'Enter')
    await page.getByText('At these times you are put into the profile, in your time zone: Asia/Tokyo.').waitFor()
    await tabTo(page, 'Friday')
    await press(page, 'Space')
    const add = 'Add action: When it starts'
    await tabTo(page, add)
    await press(page, 'Enter') // to log in to all teams
    await tabTo(page, add)
    await press(page, 'Enter')
    await tabTo(page, 'Action', 'Shift+Tab')
    await page.keyboard.type('Set location')
    await tabTo(page, 'Location')
    await page.keyboard.type(place)
    const first = page.getByRole('region', { name: 'When it starts' }).getByRole('listitem').first()
    await tabTo(page, 'Move up: 2. Log in at', 'Shift+Tab')
    await press(page, 'Enter')
    await first.getByText('Set location').first().waitFor()
    await expect.poll(() => focused(page)).toBe(`Move down: 1. Log in at ${place}`) // the first one cannot go on upwards
    await page.getByText('It stays when the profile ends: no action there undoes it.').first().waitFor()
    await tabTo(page, 'Try')
    await press(page, 'Enter')
    const dry = page.getByRole('region', { name: 'Dry run' })
    await dry.getByText('From Available to On call.').waitFor()
    expect(await dry.locator('li').allTextContents()).toEqual([`Log in at ${place}Done`, 'Log in to all teamsDone'])
    expect(await axe(page)).toEqual([])
    await press(page, 'Control+s')
    await page.getByText('On call was saved, with 2 warnings about its actions').first().waitFor()
    await page.locator('.own-profiles li', { hasText: 'On call' }).waitFor()
    expect(await axe(page)).toEqual([])
    expect(await stored(page)).toMatchObject([{
      name: 'On call', colour: '#0f8b8d', icon: 'book', sticky: true, showIcon: false, triggers: [{ at: '09:00', days: [1, 2, 3, 4] }],
      enter: [{ kind: 'location.set' }, { kind: 'team.login', team: '' }], leave: [],
    }])
    // It is chosen like the others, with what it does.
    await tabTo(page, 'Profile: ', 'Shift+Tab')
    await press(page, 'Enter')
    await press(page, 'End')
    await press(page, 'ArrowUp')
    expect(await focused(page)).toBe('On call')
    await press(page, 'Enter')
    await page.getByRole('button', { name: 'Profile: On call' }).waitFor()
    await page.getByRole('button', { name: `Location: ${place}` }).waitFor()
    await page.locator('.own-profiles li', { hasText: 'You are in it' }).waitFor()
  })

  //
  it('are changed and deleted; edits are not lost by a wrong key, and somebody who was faster is told of', async () => {
    await permit(true)
    const page = await at()
    const made = (await asked(page, 'POST', '/app/profiles', form('Lunch'))).body as Profile
    await page.goto('/app/profiles')
    await page.getByRole('link', { name: 'Change Lunch' }).click()
    await page.getByRole('heading', { level: 1, name: 'Lunch' }).waitFor()
    await page.locator('[name=name]').fill('Tea')
    await page.getByRole('link', { name: 'Cancel' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
    await asked(page, 'PUT', '/app/profiles/' + made.id, { revision: made.revision, ...form('Dinner') })
    await press(page, 'Control+s')
    await page.getByText('You have changed this profile elsewhere since you opened it here.').waitFor()
    await page.getByRole('button', { name: 'Save all the same' }).click()
    await page.locator('.own-profiles li', { hasText: 'Tea' }).waitFor()
    for (const kind of ['followme.set', 'gsm.set', 'team.logout', 'team.pause', 'team.unpause', 'location.unset', 'forward.set', 'forward.unset']) {
      await page.goto('/app/profiles/' + made.id)
      await page.getByRole('button', { name: 'Add action: When it ends' }).click()
      await page.locator('[name="leave.0.kind"]').selectOption(kind)
      if (kind === 'team.pause') {
        await page.locator('[name="leave.0.team"]').selectOption({ label: team.name })
        await page.locator('[name="leave.0.reason"]').selectOption('1')
      }
      if (kind === 'followme.set') await page.getByLabel('External').selectOption('off')
      if (kind === 'forward.set') await page.locator('[name="leave.0.target"]').fill('*103')
      await press(page, 'Control+s')
      await page.locator('.own-profiles li', { hasText: 'Tea' }).waitFor()
      expect((await stored(page)).find((p) => p.id === made.id)?.leave.map((a) => a.kind)).toEqual([kind])
      await asked(page, 'PUT', '/app/profiles/' + made.id, { revision: (await stored(page)).find((p) => p.id === made.id)!.revision, ...form('Tea') })
    }
    await page.getByRole('button', { name: 'Delete Tea' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('button', { name: 'Delete Tea' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.locator('.own-profiles li', { hasText: 'Tea' }).waitFor({ state: 'detached' })
    expect((await stored(page)).map((p) => p.name)).not.toContain('Tea')
  })

  it('axe finds nothing in either language, and nothing reaches out of a narrow window', async () => {
    await permit(true)
    for (const lang of ['en', 'de'] as const) {
      const page = await at('/app/profiles', lang, 390)
      await asked(page, 'POST', '/app/profiles', { ...form(`A rather long name of a profile ${lang}`), sticky: true, silent: true, enter: [{ kind: 'team.login', team: '', reason: '', location: '', target: '' }] })
      const row = page.locator('.own-profiles li', { hasText: `profile ${lang}` })
      await row.waitFor()
      expect(await axe(page)).toEqual([])
      await row.locator('a').click()
      await page.locator('.profile-page').waitFor()
      await page.locator('.step-acts button').nth(2).click()
      expect(await axe(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    }
  })
})
