import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FollowMe, Location } from '../src/shared/types'
import { Api, fresh, open, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

//
it('timers of a device are set in the Devices tab of its user, and kept at once', async () => {
  const name = fresh('Ringing')
  const jid = await api.user(name.toLowerCase().replace(/[^a-z0-9]/g, ''), { displayName: name })
  const desk = fresh('Desk')
  await api.device(desk, jid)
  const page = await open(`/admin/users/${jid}?tab=devices`)
  await settled(page)
  const row = page.getByRole('group', { name: `Timers: ${desk}` })
  await row.getByLabel(`Delay, Internal: ${desk}`).fill('5')
  await row.getByLabel(`Rings, Internal: ${desk}`).fill('20') // while the first is on its way
  await row.getByRole('switch', { name: `On, External: ${desk}` }).click()
  await page.getByText(`${desk}: saved`).first().waitFor()
  await row.getByRole('checkbox', { name: 'The user may change this' }).click()
  const stored = async () => (await api.call<FollowMe>('GET', `/users/${jid}/followme`)).items.find((d) => d.name === desk)
  await expect.poll(async () => (await stored())?.userConfigurable).toBe(true)
  expect((await stored())?.internal).toEqual({ enabled: true, delay: 5, timeout: 20 })
  expect((await stored())?.external).toEqual({ enabled: false, delay: 0, timeout: 999 })
  await row.getByLabel(`Delay, Team: ${desk}`).fill('1000')
  await row.getByLabel(`Delay, Team: ${desk}`).blur()
  expect(await row.getByLabel(`Delay, Team: ${desk}`).inputValue()).toBe('0')
  expect(await row.getByLabel(`Delay, External: ${desk}`).isDisabled()).toBe(true)
  await page.getByRole('group', { name: 'Timers: XMPP clients' }).waitFor()
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true })
  await page.reload()
  await settled(page)
  expect(await row.getByLabel(`Rings, Internal: ${desk}`).inputValue()).toBe('20')
})

//
it('devices of a location have timers too, in its form', async () => {
  const name = fresh('Hall')
  const location = await api.call<Location>('POST', '/locations', { name })
  const wall = fresh('Wall')
  const { id } = await api.call<{ id: string }>('POST', '/devices', { kind: 'phone', name: wall, owner: '', encryption: '' })
  await api.call('PUT', `/locations/${location.id}/devices`, { assign: [id], unassign: [] })
  const page = await open(`/admin/locations?edit=${location.id}`)
  await settled(page)
  await page.getByRole('switch', { name: `On, Team: ${wall}` }).click()
  await page.getByText(`${wall}: saved`).waitFor()
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT + '.location.png' })
  expect((await api.call<FollowMe>('GET', `/locations/${location.id}/followme`)).items[0]?.queue.enabled).toBe(false)
})
