import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallFlow, CallObject, CallObjectPage } from '../src/shared/types'
import { Api, fresh, number, open, press, settled } from './harness'

let api: Api
const mark = fresh('flow')
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

const stored = async (kind: CallObject['kind'], name: string): Promise<CallObject | undefined> =>
  (await api.call<CallObjectPage>('GET', `/callobjects?kind=${kind}&q=` + encodeURIComponent(name))).items[0]

describe('call flow', () => {
  it('has office hours, a switch that is turned, and a menu with entries; what is wrong is said beside it', async () => {
    const [hours, night, menu] = [`${mark} Hours`, `${mark} Night`, `${mark} Menu`]
    const page = await open('/admin/conditions')
    await settled(page)
    await page.getByRole('link', { name: 'Add a time period' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Add a time period' }).waitFor()
    await settled(page)
    await press(page, 'Control+s')
    await page.getByText('Give it a name.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill(hours)
    await page.getByRole('checkbox', { name: 'Friday' }).uncheck()
    await page.getByLabel('To', { exact: true }).fill('16:30')
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name: hours }).waitFor()
    expect((await stored('period', hours))?.hours).toEqual([{ days: [1, 2, 3, 4], from: '08:00', to: '16:30' }])

    await page.goto('/admin/conditions/new?kind=switch')
    await settled(page)
    await page.getByLabel('Name', { exact: true }).fill(night)
    await page.getByLabel('Extension', { exact: true }).fill(number())
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name: night }).waitFor()
    await page.goto('/admin/conditions?q=' + encodeURIComponent(night))
    await settled(page)
    await page.getByRole('button', { name: `More for ${night}` }).click()
    await page.getByRole('menuitem', { name: 'Turn on' }).click()
    await expect.poll(async () => (await stored('switch', night))?.on).toBe(true)

    await page.goto('/admin/ivr/new')
    await settled(page)
    await page.getByLabel('Name', { exact: true }).fill(menu)
    await page.getByRole('button', { name: 'Add an entry' }).click()
    const entry = page.getByRole('region', { name: 'Entry 1' })
    await entry.getByRole('button', { name: /^Add an action/ }).click()
    await entry.getByLabel('Action', { exact: true }).selectOption('To an extension')
    await entry.getByRole('textbox', { name: 'To an extension' }).fill('99999')
    await press(page, 'Control+s')
    await entry.getByText('This does not exist.').waitFor()
    await entry.getByLabel('Action', { exact: true }).selectOption('Hang up')
    await entry.getByLabel('Condition', { exact: true }).selectOption('Switch')
    await entry.getByLabel('Switch', { exact: true }).selectOption({ index: 1 })
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name: menu }).waitFor()
    const made = await stored('ivr', menu)
    expect(made?.menu.entries.map((e) => [e.keys, e.actions.map((a) => a.kind)])).toEqual([['1', ['hangup']]])
    for (const kind of ['period', 'switch', 'ivr'] as const) {
      for (const o of (await api.call<CallObjectPage>('GET', `/callobjects?kind=${kind}&q=${mark}`)).items) await api.call('DELETE', '/callobjects/' + o.id)
    }
  })

  it('is set for a user; the voicemail option of his form follows, and edits outlive a look at another tab', async () => {
    const jid = await api.user(fresh('flow'), { displayName: `${mark} Person`, extension: number() })
    const page = await open(`/admin/users/${jid}?tab=actions`)
    await settled(page)
    const after = page.getByRole('region', { name: 'After external calls' })
    await after.getByRole('button', { name: /^Add an action/ }).click()
    await after.getByLabel('Action', { exact: true }).selectOption('Voicemail')
    const before = page.getByRole('region', { name: 'Before external calls' })
    await before.getByRole('button', { name: /^Add an action/ }).click()
    await before.getByLabel('Prompt', { exact: true }).selectOption('office-closed')
    await page.getByRole('tab', { name: 'Telephone' }).click()
    await page.getByRole('tab', { name: 'Actions' }).click()
    await page.getByRole('button', { name: 'Save actions' }).click()
    await page.getByText('Actions saved').first().waitFor()
    const flow = await api.call<CallFlow>('GET', `/users/${jid}/actions`)
    expect([flow.beforeExternal.map((a) => a.prompt), flow.afterExternal.map((a) => a.kind)]).toEqual([['office-closed'], ['voicemail']])
    expect((await api.call<{ voicemail: string }>('GET', '/users/' + jid)).voicemail).toBe('external')
    await api.call('DELETE', '/users/' + jid)
  })
})
