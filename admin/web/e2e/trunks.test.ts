import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Telephony, Trunk, TrunkPage } from '../src/shared/types'
import { Api, focused, fresh, open, press, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

const named = async (name: string): Promise<Trunk | undefined> => (await api.call<TrunkPage>('GET', '/trunks?limit=500')).items.find((k) => k.name === name)

/** Numbers that no other test has: the emergency of one is not the block of another. */
let last = 0
const base = (): string => `+49 ${300 + (process.pid % 500)} ${1000 + (process.pid % 8000) + ++last * 7}`

describe('a trunk', () => {
  it('is made of what the provider tells, changed, tested, and deleted', { timeout: 90_000 }, async () => {
    const name = fresh('Provider')
    const page = await open('/admin/trunks')
    await settled(page)
    await page.getByRole('button', { name: 'Add trunk' }).first().click()
    const drawer = page.getByRole('dialog', { name: 'Add trunk' })
    await press(page, 'Control+s')
    await page.getByText('Give it a name.').waitFor()
    await page.getByText('Type a name such as sip.example.com').waitFor()
    await expect.poll(() => focused(page)).toMatch(/^Name/)
    await page.keyboard.type(name)
    await drawer.getByLabel('Provider', { exact: true }).fill('sip.voip.example')
    await drawer.getByLabel('User').fill('alice')
    await drawer.getByLabel('Password').fill('Provider5ecret')
    const number = base()
    await drawer.getByLabel('Base').fill(number)
    await drawer.getByLabel('Central extension').fill('198')
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    const made = (await named(name))!
    expect(made).toMatchObject({ kind: 'registering', enabled: true })
    expect(made.accounts[0]).toMatchObject({ host: 'sip.voip.example', user: 'alice', hasPassword: true, register: true })
    expect(made.inbound).toHaveLength(2)

    await page.getByRole('tab', { name: 'Accounts' }).click()
    await page.getByText('There is one; leave empty to keep it.').waitFor()
    expect(await page.content()).not.toContain('Provider5ecret')
    await page.getByLabel('Port', { exact: true }).fill('70000')
    await page.getByLabel('Port', { exact: true }).blur()
    await page.getByText('A port is a number from 1 to 65535.').waitFor()
    await page.getByRole('tab', { name: 'Outgoing' }).click()
    await page.getByLabel('Number called').fill('[')
    await press(page, 'Control+s') // to the first field that is wrong, in whatever tab
    await expect.poll(() => focused(page)).toMatch(/^Port/)
    await page.getByLabel('Port', { exact: true }).fill('5060')
    await press(page, 'Control+s')
    await page.getByText('This is no pattern of numbers.').waitFor()
    await page.getByLabel('Number called').fill('.')
    await page.getByRole('button', { name: 'Add rule' }).click()
    const second = page.getByRole('region', { name: 'New rule' }).or(page.locator('.part').nth(1))
    await second.getByLabel('Title').fill('Bar')
    await page.locator('.part').nth(1).getByLabel('Number called').fill('0900.')
    await page.locator('.part').nth(1).getByRole('switch', { name: 'Refuse the call' }).click()
    await press(page, 'Control+s')
    await page.getByText(`${name} saved`).waitFor()
    expect((await named(name))!.outbound[1]).toMatchObject({ title: 'Bar', destination: '0900.', deny: true })

    await page.getByRole('tab', { name: 'Test' }).click()
    await page.getByLabel('Number called').fill('0 030 901820')
    await press(page, 'Enter')
    await page.getByText(`Sends +4930901820`).first().waitFor()
    await page.getByLabel('Number called').fill('0 0900 1234')
    await press(page, 'Enter')
    await page.getByText('There would be no call.').waitFor()
    await page.getByRole('radio', { name: 'From outside' }).click()
    await page.getByLabel('Number called').fill(number + '-77')
    await press(page, 'Enter')
    await page.getByText('To extension 77, which no user has').waitFor()

    await page.getByRole('button', { name: `More for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete trunk' }).click()
    await page.getByText(`${name} deleted`).waitFor()
    expect(await named(name)).toBeUndefined()
  })

  it('that somebody else has changed: both versions, and the way on', async () => {
    const name = fresh('Twice')
    const page = await open('/admin/trunks?add=1')
    const drawer = page.getByRole('dialog', { name: 'Add trunk' })
    await drawer.getByLabel('Name').fill(name)
    await drawer.getByLabel('Provider', { exact: true }).fill('sip.voip.example')
    await drawer.getByLabel('User').fill('bob')
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    await page.getByLabel('Calls at a time').fill('7')
    const { id, revision, changed: _c, changedBy: _b, states: _s, ...data } = (await named(name))!
    await api.call('PUT', '/trunks/' + id, { revision, ...data, area: '211' })
    await press(page, 'Control+s')
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('dialog').getByRole('row', { name: /Area code/ }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText(`${name} saved`).waitFor()
    expect(await named(name)).toMatchObject({ maxCalls: 7, area: '' })
    await api.call('DELETE', '/trunks/' + id)
  })
})

describe('services', () => {
  it('the external group number is checked at its field, and is free of a trunk', async () => {
    const number = base()
    const trunk = await api.trunk(fresh('Block'), { block: { base: number, digits: 5, central: '' } })
    const extension = String(10_000 + (process.pid % 80_000))
    await api.user(fresh('taken'), { extension })
    const page = await open('/admin/services')
    await settled(page)
    const field = page.getByLabel('External group number (incl. +)')
    for (const [typed, said] of [['0211 12345', 'Begin with +'], ['+49 1999 1', 'in the block of no trunk'], [number + extension, 'an extension that is taken']] as const) {
      await field.fill(typed)
      await field.blur()
      await page.locator('.err', { hasText: said }).waitFor()
    }
    await press(page, 'Control+s')
    await expect.poll(() => focused(page)).toMatch(/^External group number/)
    await field.fill(number + '-09999')
    await page.getByRole('button', { name: 'Add number' }).click()
    await page.getByLabel('New number').fill('1')
    await press(page, 'Control+s')
    await page.getByText('Use 3 to 6 digits.').waitFor()
    await page.locator('.err').locator('..').getByRole('textbox').fill('115')
    await press(page, 'Control+s')
    await page.locator('.toast', { hasText: 'Saved' }).waitFor()
    const full = (number + '09999').replaceAll(' ', '')
    const saved = await api.call<Telephony>('GET', '/telephony')
    expect(saved).toMatchObject({ externalGroupNumber: full, emergency: ['115'] })
    expect(await field.inputValue()).toBe(full)
    await api.call('PUT', '/telephony', { revision: saved.revision, externalGroupNumber: '', emergency: [], dialPrefix: '0', defaultCountry: '49' })
    await api.call('DELETE', '/trunks/' + trunk)
  })

  it('are for system administrators; trunks for administrators too', async () => {
    const login = fresh('level')
    await api.user(login, { auth: 'internal', password: 'Wherefore4', level: 'administrator' })
    const page = await open('/admin/trunks', { as: { login, password: 'Wherefore4' } })
    await settled(page)
    await page.getByRole('button', { name: 'Add trunk' }).first().waitFor()
    expect(await page.getByRole('link', { name: 'Services' }).count()).toBe(0)
    await page.goto('/admin/services')
    await page.getByText('Not for your level').waitFor()
  })
})
