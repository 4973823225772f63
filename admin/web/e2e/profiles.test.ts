import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FollowMe, Profile, User, UserProfile } from '../src/shared/types'
import { Api, axe, fresh, number, open, press, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

const data = (name: string) => ({
  name, colour: '#2c58d4', icon: 'star', showIcon: true, sticky: false, silent: false, show: '', permissions: ['all'], triggers: [], teamsCall: false, enter: [], leave: [],
})
const made = (name: string, more: object = {}): Promise<Profile> => api.call<Profile>('POST', '/profiles', { ...data(name), ...more })

describe('profiles', () => {
  //
  it('are made in the list, set in the editor and deleted there; the built-in ones cannot be', async () => {
    const name = fresh('Break')
    const page = await open('/admin/profiles')
    await settled(page)
    const rows = page.locator('tbody tr')
    expect((await rows.allTextContents()).slice(0, 2).map((r) => r.slice(0, 9))).toEqual(['Available', 'DNDSystem'])
    await page.getByRole('button', { name: 'Add profile' }).click()
    await page.locator('.drawer [name=name]').fill(name)
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    await page.getByRole('radio', { name: 'Cup' }).check({ force: true })
    await page.getByRole('radio', { name: 'Colour 3' }).check({ force: true })
    await page.getByRole('switch', { name: 'Nothing rings' }).click()
    await page.getByRole('switch', { name: 'Sticky' }).click()
    await page.locator('[name=show]').selectOption('xa')
    await page.getByRole('button', { name: 'Add time' }).click()
    await page.locator('[name="triggers.0.until"]').fill('09:30')
    await page.getByRole('checkbox', { name: 'Wednesday' }).uncheck({ force: true })
    await press(page, 'Control+s')
    await page.getByText(`${name} was saved and is usable at once`).waitFor()
    const stored = (await api.call<{ items: Profile[] }>('GET', `/profiles?q=${name}`)).items[0]!
    expect(stored).toMatchObject({ icon: 'coffee', colour: '#1a9d5c', silent: true, sticky: true, show: 'xa', triggers: [{ at: '09:00', until: '09:30', days: [1, 2, 4, 5], date: '' }] })
    await page.locator('.head-actions').getByRole('button', { name: new RegExp(name) }).click()
    await page.getByRole('menuitem', { name: 'Delete profile' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { level: 1, name: 'Profiles' }).waitFor()
    expect((await api.call<{ total: number }>('GET', `/profiles?q=${name}`)).total).toBe(0)
    await page.goto('/admin/profiles/dnd')
    await settled(page)
    expect(await page.locator('[name=name]').isDisabled()).toBe(true)
    expect(await page.locator('.head-actions').getByRole('button', { name: /DND/ }).count()).toBe(0)
  })

  //
  it('have actions, by keyboard too: odd ones are said at once, wrong ones are shown, and a dry run says what would happen', async () => {
    const login = fresh('acting')
    const jid = await api.user(login, { displayName: login, extension: number(), mobile: true, mobileNumber: '+491711234567' })
    const team = await api.team(fresh('Support'), [jid])
    const { id, name } = await made(fresh('Acting'))
    const page = await open('/admin/profiles/' + id)
    await settled(page)
    const enter = page.getByRole('region', { name: 'When it starts' })
    const add = enter.getByRole('button', { name: 'Add action: When it starts' })
    await add.click()
    await enter.locator('[name="enter.0.team"]').selectOption({ label: team.name })
    await add.focus()
    await press(page, 'Enter')
    await enter.locator('[name="enter.1.kind"]').selectOption('followme.set')
    await enter.locator('[name="enter.1.device"]').selectOption('mobile')
    await enter.getByLabel('External').selectOption('timed')
    await enter.getByLabel('Delay, External').fill('5')
    await enter.getByLabel('Rings, External').fill('20')
    await add.click()
    await enter.locator('[name="enter.2.kind"]').selectOption('gsm.set')
    await add.click()
    await enter.locator('[name="enter.3.kind"]').selectOption('forward.set')
    await enter.getByText('It stays when the profile ends: no action there undoes it.').nth(2).waitFor()
    await press(page, 'Control+s')
    await enter.locator('.step.is-bad').waitFor() // there is no number
    await enter.locator('[name="enter.3.target"]').fill('*103')
    await enter.getByRole('button', { name: 'Move up: 4. Forward calls to *103' }).click()
    await page.getByRole('button', { name: 'For user' }).click()
    await page.keyboard.type(login)
    await page.getByRole('listbox').getByRole('option', { name: login }).click()
    const dry = page.getByRole('region', { name: 'Dry run' })
    await dry.getByRole('button', { name: 'Try' }).click()
    await dry.getByText(`From Available to ${name}.`).waitFor()
    expect(await dry.locator('li').allTextContents()).toEqual([
      `Log in to ${team.name}Done`, 'FollowMe: the mobile telephone: External 5/20Done', 'Forward calls to *103Done', 'Switch GSM mode onDone',
    ])
    await press(page, 'Control+s')
    await page.getByText(/was saved, with 4 warnings/).waitFor()
    if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true })
    expect((await api.call<Profile>('GET', '/profiles/' + id)).enter.map((a) => a.kind)).toEqual(['team.login', 'followme.set', 'forward.set', 'gsm.set'])
    expect(await axe(page)).toEqual([]) // with a step open, and a dry run
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  })

  //
  it('are chosen for a user in his form, which says what came of each action; so are his time zone and GSM mode', async () => {
    const login = fresh('chosen')
    const jid = await api.user(login, { displayName: login, mobile: true, mobileNumber: '+491711234567' })
    const team = await api.team(fresh('Strangers'), [])
    const action = { team: '', reason: '', location: '', target: '' }
    const { id, name } = await made(fresh('Chosen'), { enter: [{ ...action, kind: 'team.login', team: team.id }, { ...action, kind: 'gsm.set', on: true }] })
    const page = await open('/admin/users/' + jid)
    await settled(page)
    await page.locator('[name=profile]').selectOption(id)
    await page.getByText(`${login} is in ${name} now`).waitFor()
    await page.getByText(`Failed: ${jid} is no member of this team`).waitFor()
    await page.locator('[name=timeZone]').selectOption('Asia/Tokyo')
    await press(page, 'Control+s')
    await expect.poll(async () => (await api.call<User>('GET', '/users/' + jid)).timeZone).toBe('Asia/Tokyo')
    await page.getByText('Nothing to save').waitFor()
    await page.goto(`/admin/users/${jid}?tab=devices`)
    await settled(page)
    const gsm = page.getByRole('switch', { name: /^GSM mode/ })
    expect(await gsm.isChecked()).toBe(true)
    await gsm.click()
    await expect.poll(async () => (await api.call<FollowMe>('GET', `/users/${jid}/followme`)).items.find((d) => d.kind === 'mobile')?.gsm).toBe(false)
    expect((await api.call<UserProfile>('GET', `/users/${jid}/profile`)).profile).toBe(id)
  })
})

//
it('how Microsoft is asked is set under Services, and the secret never shown', async () => {
  const clear = async (): Promise<void> => {
    const { revision } = await api.call<{ revision: number }>('GET', '/teams-trigger')
    await api.call('PUT', '/teams-trigger', { revision, enabled: false, tenant: '', client: '', secret: '' })
  }
  await clear()
  const page = await open('/admin/services')
  await settled(page)
  const card = page.getByRole('region', { name: 'Calls in Microsoft Teams' })
  await card.getByRole('switch', { name: 'Observe calls' }).click()
  await card.locator('[name=tenant]').fill('verona.example')
  await card.getByRole('button', { name: 'Save' }).click()
  await card.locator('.field.is-bad').first().waitFor()
  expect(await axe(page)).toEqual([])
  await card.getByRole('switch', { name: 'Observe calls' }).click()
  await card.locator('[name=client]').fill('app')
  await card.locator('[name=secret]').fill('Wherefore4')
  await card.getByRole('button', { name: 'Save' }).click()
  await expect.poll(async () => (await api.call<{ hasSecret: boolean }>('GET', '/teams-trigger')).hasSecret).toBe(true)
  await expect.poll(() => card.locator('[name=secret]').inputValue()).toBe('')
  expect(await page.content()).not.toContain('Wherefore4')
  await clear()
})
