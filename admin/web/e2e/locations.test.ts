import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Location, LocationPage, UserLocation } from '../src/shared/types'
import { Api, fresh, open, press, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

const stored = async (name: string): Promise<Location | undefined> =>
  (await api.call<LocationPage>('GET', '/locations?q=' + encodeURIComponent(name))).items.find((l) => l.name === name)

//
it('a location is made by keyboard, and nobody is there', async () => {
  const name = fresh('Window')
  const page = await open('/admin/locations')
  await settled(page)
  await page.getByRole('button', { name: 'Add location' }).first().click()
  await page.getByRole('dialog', { name: 'New location' }).getByLabel('Name').waitFor()
  await page.keyboard.type(name)
  await press(page, 'Control+s')
  await page.getByText(`${name} has been added`).waitFor()
  await page.getByLabel('Search locations').fill(name)
  await page.getByRole('row', { name }).getByText('Nobody').waitFor()
  expect(await stored(name)).toMatchObject({ devices: 0, user: '' })
})

//
it('a user is put at a location in his tab, is seen there, makes way for the next one, and roams', async () => {
  const place = fresh('Counter')
  await api.call('POST', '/locations', { name: place })
  const names = [fresh('First'), fresh('Second')]
  const users: string[] = []
  for (const name of names) users.push(await api.user(name.toLowerCase().replace(/[^a-z0-9]/g, ''), { displayName: name }))
  const at = async (user: string) => (await api.call<UserLocation>('GET', `/users/${user}/location`)).location

  const page = await open(`/admin/users/${users[0]}?tab=location`)
  await settled(page)
  await page.getByLabel(`Location of ${names[0]}`).selectOption({ label: place })
  await page.getByText(`${names[0]} is at ${place} now`).first().waitFor()
  const { id } = (await stored(place))!
  expect(await at(users[0]!)).toBe(id)
  await page.goto('/admin/locations?q=' + encodeURIComponent(place))
  await settled(page)
  await page.getByRole('row', { name: place }).getByRole('link', { name: names[0]! }).waitFor()

  await page.goto(`/admin/users/${users[1]}?tab=location`)
  await settled(page)
  await page.getByLabel(`Location of ${names[1]}`).selectOption({ label: `${place} (somebody is there)` })
  await page.getByText(`${names[1]} is at ${place} now`).first().waitFor()
  expect(await at(users[0]!)).toBe('')
  await page.getByLabel(`Location of ${names[1]}`).selectOption({ label: 'None (roaming)' })
  await page.getByText(`${names[1]} roams now`).first().waitFor()
  expect(await at(users[1]!)).toBe('')
  expect(await stored(place)).toMatchObject({ user: '' })
})
