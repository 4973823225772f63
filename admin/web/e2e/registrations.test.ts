import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DeviceSecret, RegistrationPage } from '../src/shared/types'
import { Api, fresh, open, settled } from './harness'
import { Phone } from './phone'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

it('a telephone that registers with what the console told is shown, and can be forgotten', async () => {
  const name = fresh('Registered')
  const id = await api.device(name)
  const login = await api.call<DeviceSecret>('POST', `/devices/${id}/secret`)
  const wrong = await Phone.open({ ...login, secret: 'wrong' })
  expect(await wrong.register('Test phone 1')).toBe(401)
  wrong.close()
  const phone = await Phone.open(login)
  const page = await open('/admin/registrations?q=' + name)
  await settled(page)
  await page.getByText(`Nothing called “${name}”`).waitFor()
  expect(await phone.register('Test phone 1')).toBe(200)
  await page.reload()
  const row = page.getByRole('row', { name })
  await row.waitFor()
  await row.getByText('Test phone 1').waitFor()
  await row.getByText('UDP').waitFor()
  await page.getByRole('button', { name: `Forget the registration of ${name}` }).click()
  await page.getByRole('button', { name: 'Forget', exact: true }).click()
  await page.getByText(`${name} is not registered any more`).waitFor()
  expect((await api.call<RegistrationPage>('GET', '/registrations?q=' + name)).total).toBe(0)
  phone.close()
})
