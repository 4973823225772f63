import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Mailbox } from '../src/shared/types'
import { Api, fresh, open, press, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

it('a user’s voicemail box: whose is monitored, what is kept', async () => {
  const mark = fresh('box')
  const user = await api.user(mark, { displayName: `${mark} Owner` })
  const other = await api.user(fresh('box'), { displayName: `${mark} Boss` })
  const box = (): Promise<Mailbox> => api.call('GET', `/users/${user}/mailbox`)
  const page = await open(`/admin/users/${user}?tab=telephone`)
  await settled(page)
  await page.getByText('His own', { exact: true }).waitFor()
  await page.getByText('0 new messages, 0 heard').waitFor()
  await page.getByRole('button', { name: 'Choose another' }).click()
  await page.locator('.finder input').fill(`${mark} Boss`)
  await page.getByRole('option', { name: `${mark} Boss` }).waitFor()
  await press(page, 'Enter')
  await page.locator('.chip', { hasText: `${mark} Boss` }).waitFor()
  await page.getByRole('switch', { name: /Delete messages/ }).click()
  expect((await box()).monitored).toBe('')
  await press(page, 'Control+s')
  await page.getByText(`${mark} Owner saved`).waitFor()
  expect(await box()).toMatchObject({ monitored: other, monitoredName: `${mark} Boss`, discard: true })
  await page.reload()
  await settled(page)
  await page.getByRole('button', { name: `Monitor his own again, not that of ${mark} Boss` }).click()
  await press(page, 'Control+s')
  await expect.poll(async () => (await box()).monitored).toBe('')
})
