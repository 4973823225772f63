import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admin, Api, axe, focused, forgive, fresh, open, press, settled, tabTo } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

const refusal = 'Login name or password is wrong, or this account may not administer.'

describe('signing in', () => {
  it('works by keyboard, on any page that was asked for, and ends with signing out', async () => {
    const page = await open('/admin/permissions', { as: null })
    await page.locator('#login').waitFor()
    await expect.poll(() => focused(page)).toBe('Login name')
    await page.keyboard.type(admin.login)
    await press(page, 'Tab')
    await page.keyboard.type(admin.password)
    await press(page, 'Enter')
    await page.getByRole('heading', { level: 1, name: 'Permissions' }).waitFor()
    expect(await page.context().cookies()).toEqual([expect.objectContaining({ name: '__Host-plenum', httpOnly: true, secure: true, sameSite: 'Strict' })])
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie)).not.toContain(admin.password)
    await tabTo(page, 'Search or go to')
    await page.getByRole('button', { name: /System administrator/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.locator('#login').waitFor()
    await page.reload()
    await page.locator('#login').waitFor()
    forgive()
  })

  it('says the same to a wrong password, an unknown user, and a user without a level', async () => {
    const login = fresh('plain')
    await api.user(login, { auth: 'internal', password: 'Sommerwind7' })
    const page = await open('/admin/', { as: null })
    for (const [name, password] of [[fresh('nobody'), 'Sommerwind7'], [login, 'wrong'], [login, 'Sommerwind7']] as const) {
      await page.locator('#login').fill(name)
      await page.locator('#password').fill(password)
      await press(page, 'Enter')
      await expect.poll(() => page.getByRole('alert').filter({ hasText: /./ }).first().textContent()).toBe(refusal)
      await expect.poll(() => focused(page)).toBe('Password')
    }
    await page.locator('#login').fill('')
    await press(page, 'Enter') // an empty field is for the browser to complain about
    expect(await page.locator('#login:invalid').count()).toBe(1)
    forgive()
  })

  it('changes language and theme before anybody is known', async () => {
    const page = await open('/admin/', { as: null, lang: 'de' })
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('button', { name: 'Switch to dark' }).click()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    forgive()
  })
})

describe('a session that ends by itself', () => {
  it('keeps what was typed behind the log-in, and goes on with it', async () => {
    const login = fresh('kept')
    const page = await open('/admin/users?add=1')
    await page.locator('[name=login]').fill(login)
    await page.getByRole('radio', { name: 'None' }).click()
    const { csrf } = (await (await page.request.get('/api/v1/session')).json()) as { csrf: string }
    await page.request.delete('/api/v1/session', { headers: { 'X-CSRF-Token': csrf, Origin: new URL(page.url()).origin } })
    await press(page, 'Control+s')
    const over = page.getByRole('dialog', { name: 'Your session has ended' })
    await over.waitFor()
    await expect.poll(() => focused(page)).toBe('Password')
    expect(await axe(page)).toEqual([])
    await page.keyboard.type(admin.password)
    await press(page, 'Enter')
    await over.waitFor({ state: 'detached' })
    expect(await page.locator('[name=login]').inputValue()).toBe(login)
    await press(page, 'Control+s')
    await page.getByText(`${login} added`).waitFor()
    forgive()
  })
})

describe('one’s own account', () => {
  it('has language, theme and password; the new one is needed from then on', async () => {
    const login = fresh('self')
    const old = { login, password: 'Sommerwind7' }
    await api.user(login, { auth: 'internal', password: old.password, level: 'administrator' })
    const page = await open('/admin/account', { as: old })
    await page.getByRole('radio', { name: 'Deutsch' }).click()
    await page.getByRole('heading', { level: 1, name: 'Mein Konto' }).waitFor()
    await page.getByRole('radio', { name: 'Dunkel' }).click()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Mein Konto' }).waitFor()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.getByRole('radio', { name: 'English' }).click()

    await page.getByLabel('Present password').fill('wrong')
    await page.getByRole('textbox', { name: 'New password' }).fill('Winterwind8')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('This is not your present password.').waitFor()
    await page.getByLabel('Present password').fill(old.password)
    await page.getByRole('textbox', { name: 'New password' }).fill('winterwind8')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Add an upper-case letter.').waitFor()
    await expect.poll(() => focused(page)).toBe('New password')
    await page.getByRole('textbox', { name: 'New password' }).fill('Winterwind8')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Password changed. Sign in with the new one.').waitFor()
    await page.locator('#login').waitFor()
    await expect(Api.open(old)).rejects.toThrow('401')
    await (await Api.open({ login, password: 'Winterwind8' })).close()
    forgive()
  })
})

describe('the levels', () => {
  const as = async (level: string) => {
    const who = { login: fresh('level'), password: 'Sommerwind7' }
    await api.user(who.login, { auth: 'internal', password: who.password, level })
    return who
  }
  const items = (page: Awaited<ReturnType<typeof open>>): Promise<string[]> => page.locator('.nav .nav-text').allTextContents()
  const all = ['Overview', 'Users', 'Permissions', 'Profiles', 'Groups', 'Online sessions', 'Live calls', 'Call records', 'Devices', 'Teams', 'IVR menus', 'Call routers', 'Conditions', 'Action templates', 'Locations', 'Forwards', 'Registrations', 'Trunks', 'Prompts', 'Services', 'Audit log']
  const without = (...names: string[]): string[] => all.filter((name) => !names.includes(name))

  it.each([
    ['system-administrator', all],
    ['administrator', without('Prompts', 'Services')],
    ['pbx-manager', without('Trunks', 'Prompts', 'Services')],
    ['grafana-viewer', ['Overview']],
    ['phonebook-manager', []],
  ])('%s finds in the sidebar what he may use', async (level, want) => { // A-085..A-090
    const page = await open('/admin/', { as: await as(level) })
    await settled(page)
    expect(await items(page)).toEqual(want)
    const denied = !want.includes('Users')
    await page.goto('/admin/users')
    if (denied) {
      await page.getByText(/^This page is for PBX manager and higher\. Your level is/).waitFor()
      expect(await axe(page)).toEqual([])
    } else await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor()
    forgive()
  })

  it('do not change users of a higher one', async () => {
    const higher = await api.user(fresh('higher'), { level: 'administrator' })
    const page = await open('/admin/users/' + higher, { as: await as('pbx-manager') })
    await page.getByText('This user has a higher level than you. You can look, not change.').waitFor()
    expect(await page.getByLabel('Display name').isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: /^Save/ }).count()).toBe(0)
    const own = await api.user(fresh('own'))
    await page.goto('/admin/users/' + own)
    await expect.poll(() => page.getByLabel('Administration level').locator('option').allTextContents()).toEqual(['None', 'PBX manager', 'Phonebook manager', 'Dashboard viewer'])
  })
})
