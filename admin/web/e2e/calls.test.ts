import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CallPage, DeviceSecret, Permission, RecordPage } from '../src/shared/types'
import { Api, fresh, number, open, settled } from './harness'
import { Phone } from './phone'

let api: Api
const mark = fresh('call')
const extension = number()
let caller = ''
let login: DeviceSecret
let target: DeviceSecret

beforeAll(async () => {
  api = await Api.open()
  caller = await api.user(mark, { displayName: `${mark} Caller` })
  const called = await api.user(fresh('call'), { displayName: `${mark} Called`, extension })
  for (const [name, members] of [[mark, [caller]], [mark + ' none', []]] as const) {
    const { id } = await api.call<Permission>('POST', '/permissions', { name, description: '', types: ['billing.group'], auto: { users: false, devices: false, teams: false, locations: false } })
    await api.call('POST', `/permissions/${id}/members`, { kind: 'user', add: members, remove: [] })
  }
  login = await api.call<DeviceSecret>('POST', `/devices/${await api.device(fresh('Desk'), caller)}/secret`)
  target = await api.call<DeviceSecret>('POST', `/devices/${await api.device(fresh('Desk'), called)}/secret`)
})
afterAll(() => api.close())

it('a call that rings is shown, can be ended, and leaves a record that filters find and the table has', async () => {
  const [a, b] = [await Phone.open(login), await Phone.open(target)]
  try {
    expect(await a.register('Test')).toBe(200)
    expect(await b.register('Test')).toBe(200)
    const page = await open('/admin/calls')
    await settled(page)
    const ended = a.call(extension)
    const row = page.getByRole('row', { name: `${mark} Called` })
    await row.getByText('Rings').waitFor()
    await row.getByText(`${mark} Caller`).waitFor()
    await page.getByRole('button', { name: `Hang up the call of ${mark} Caller and ${mark} Called` }).click()
    await page.getByRole('button', { name: 'Hang up', exact: true }).click()
    await page.getByText('The call was ended').waitFor()
    expect(await ended).toBeGreaterThanOrEqual(400)
    await row.waitFor({ state: 'detached' })
    expect((await api.call<CallPage>('GET', '/calls?q=' + mark)).total).toBe(0)

    await expect.poll(async () => (await api.call<RecordPage>('GET', `/records?user=${caller}&outcome=missed`)).items.length).toBe(1)
    await page.goto('/admin/records?q=' + mark)
    await settled(page)
    await page.getByRole('row', { name: `${mark} Called` }).getByText('Not answered').waitFor()
    await page.getByRole('radio', { name: 'Answered' }).click()
    await page.getByText(`Nothing called “${mark}”`).waitFor()
    await page.getByRole('radio', { name: 'Missed' }).click()
    await page.getByRole('radio', { name: 'Internal' }).click()
    await page.getByLabel('Period').selectOption('Today')
    await page.getByRole('row', { name: `${mark} Called` }).waitFor()
    await page.getByLabel('Billed in').selectOption(mark + ' none')
    await page.getByText(`Nothing called “${mark}”`).waitFor()
    await page.getByLabel('Billed in').selectOption(mark)
    await page.getByRole('row', { name: `${mark} Called` }).waitFor()
    await page.getByRole('button', { name: `Show the steps of the call of ${mark} Caller and ${mark} Called` }).click()
    const steps = page.getByRole('dialog', { name: 'Steps of the call' })
    await steps.getByText('Was dialled').waitFor()
    await steps.getByText('ended by an administrator').waitFor()
    await steps.getByText(mark, { exact: true }).waitFor()
    await expect(steps.getByRole('listitem').count()).resolves.toBe(1)
    await page.keyboard.press('Escape')
    await steps.waitFor({ state: 'detached' })
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download CSV' }).click()
    const lines = (await (await (await download).createReadStream()).toArray()).join('').trim().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain(`,internal,${caller},${mark} Caller,`)
    await page.getByRole('radio', { name: 'External' }).click()
    await page.getByText(`Nothing called “${mark}”`).waitFor()
  } finally {
    a.close()
    b.close()
  }
})
