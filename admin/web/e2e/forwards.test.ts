import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ForwardPage } from '../src/shared/types'
import { Api, fresh, open, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

//
it('a forward is added for a user, refused with words when it cannot be, switched off and removed', async () => {
  const name = fresh('Forwarding')
  await api.user(name.toLowerCase().replace(/[^a-z0-9]/g, ''), { displayName: name })
  const page = await open('/admin/forwards?q=' + name)
  await settled(page)
  await page.getByRole('button', { name: 'Add a forward' }).first().click()
  await page.getByRole('button', { name: 'Choose the user' }).click()
  await page.keyboard.type(name)
  await page.getByRole('option', { name }).click()
  await page.getByLabel('Number', { exact: true }).fill('112')
  await page.getByRole('button', { name: 'Save' }).first().click()
  await page.getByText('Calls are not forwarded to emergency services.').waitFor()
  await page.getByLabel('Number', { exact: true }).fill('*103')
  await page.getByRole('button', { name: 'Save' }).first().click()
  const row = page.getByRole('row', { name })
  await row.getByText('Voicemail').waitFor()
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT })
  const stored = await api.call<ForwardPage>('GET', '/forwards?state=active&q=' + name)
  expect(stored.items.map((f) => f.target)).toEqual(['*103'])
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Switch off' }).click()
  await row.getByText('Off', { exact: true }).waitFor()
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText(`The forward of ${name} was removed`).waitFor()
  expect((await api.call<ForwardPage>('GET', '/forwards?q=' + name)).total).toBe(0)
})
