import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { newObject } from '../src/console/callflow/model'
import type { CallObject } from '../src/shared/types'
import { Api, axe, fresh, number, open, press, settled, tabTo, type Look } from './harness'

// Switches of the telephone system in the users' app, and for whom they are.

const password = 'Wherefore4'
const [anna, ben] = [fresh('anna'), fresh('ben')]
const [night, extension] = [`Night ${fresh()}`, number()]
let api: Api
let holders: string
let made: CallObject

beforeAll(async () => {
  api = await Api.open()
  const jids = []
  for (const login of [anna, ben]) jids.push(await api.user(login, { displayName: login, auth: 'internal', password, extension: number() }))
  holders = await api.permission(fresh('holders'), [], [jids[0]!])
  made = await api.call<CallObject>('POST', '/callobjects', { kind: 'switch', ...newObject('switch'), name: night, extension })
})
afterAll(async () => {
  await api.call('DELETE', '/callobjects/' + made.id)
  await api.call('DELETE', '/permissions/' + holders)
  await api.close()
})

async function at(login: string, look: Look = {}): Promise<Page> {
  const page = await open('/app/', { ...look, as: { login, password } })
  await page.locator('.me-pick').waitFor({ state: 'attached' })
  return page
}

// B8: a switch is shown in the client to those who hold it
describe('switches', () => {
  it('are shown to whom an administrator says, who turn them by keyboard; other windows follow', async () => {
    const [a, again, b] = [await at(anna), await at(anna, { lang: 'de' }), await at(ben)]
    expect(await a.getByRole('switch').count()).toBe(0)
    const form = await open('/admin/conditions/' + made.id)
    await settled(form)
    await form.getByRole('region', { name: 'Shown to' }).getByRole('checkbox', { name: (await api.call<{ name: string }>('GET', '/permissions/' + holders)).name }).check()
    await press(form, 'Control+s')
    await form.getByText(/saved/i).first().waitFor()
    const shown = a.getByRole('switch', { name: night })
    await shown.waitFor()
    expect(await shown.isChecked()).toBe(false)
    await tabTo(a, night, 'Tab', 500)
    await press(a, 'Space')
    await again.getByRole('region', { name: 'Schalter' }).locator('small', { hasText: 'Ein' }).waitFor()
    await expect.poll(async () => (await api.call<CallObject>('GET', '/callobjects/' + made.id)).on).toBe(true)
    expect([...(await axe(a)), ...(await axe(again))]).toEqual([])
    await again.getByRole('switch', { name: night }).click()
    await a.locator('.contact', { hasText: night }).locator('small', { hasText: 'Off' }).waitFor()
    expect(await shown.isChecked()).toBe(false)
    // What an administrator turns is seen too, and found by its number.
    await api.call('PUT', `/callobjects/${made.id}/switch`, { on: true })
    await a.locator('.contact', { hasText: night }).locator('small', { hasText: 'On' }).waitFor()
    await a.getByRole('searchbox', { name: 'Name or number' }).fill(extension)
    await shown.waitFor()
    expect(await a.locator('.contact').count()).toBe(1)
    expect(await b.getByRole('switch').count()).toBe(0)
    await api.call('POST', `/permissions/${holders}/members`, { kind: 'user', add: [], remove: [`${anna}@localhost`] })
    await shown.waitFor({ state: 'detached' })
  })
})
