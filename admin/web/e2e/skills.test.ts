import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CallObjectPage, UserSkills } from '../src/shared/types'
import { Api, axe, fresh, open, press, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

// B9: skill routing
it('skills of a user are set in his tab and kept at once, and a call router needs one of them', async () => {
  const name = fresh('Able')
  const jid = await api.user(name.toLowerCase().replace(/[^a-z0-9]/g, ''), { displayName: name })
  const stored = async () => (await api.call<UserSkills>('GET', `/users/${jid}/skills`)).skills
  const [spanish, billing] = [fresh('Spanish'), fresh('Billing')]
  const page = await open(`/admin/users/${jid}?tab=skills`)
  await settled(page)
  await page.getByText('No skills yet.').waitFor()
  await page.getByLabel('Skill', { exact: true }).fill(spanish)
  await press(page, 'Enter') // does not send the form around
  await page.getByRole('group', { name: spanish }).waitFor()
  await page.getByLabel('Skill', { exact: true }).fill(billing)
  await page.getByLabel('Level', { exact: true }).fill('7')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('group', { name: billing }).waitFor()
  expect(await stored()).toEqual([{ name: billing, level: 7 }, { name: spanish, level: 50 }])
  await page.getByLabel(`Level of ${spanish}`).fill('101')
  await page.getByLabel(`Level of ${spanish}`).blur()
  expect(await page.getByLabel(`Level of ${spanish}`).inputValue()).toBe('50')
  await page.getByLabel(`Level of ${spanish}`).fill('3')
  await page.getByLabel(`Level of ${spanish}`).blur()
  await expect.poll(stored).toEqual([{ name: billing, level: 7 }, { name: spanish, level: 3 }])
  await page.getByLabel('Skill', { exact: true }).fill(spanish)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('alert').getByText('the skill is listed twice').waitFor()
  await page.getByRole('button', { name: `Remove ${billing}` }).click()
  await expect.poll(stored).toEqual([{ name: spanish, level: 3 }])
  expect(await axe(page)).toEqual([])
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT + '-tab.png', fullPage: true })

  const router = fresh('Router')
  await page.goto('/admin/routers/new?kind=router')
  await settled(page)
  await page.getByLabel('Name', { exact: true }).fill(router)
  await page.getByRole('button', { name: /^Add an action/ }).click()
  await page.getByLabel('Action', { exact: true }).selectOption('Need a skill')
  await page.getByLabel('Skill', { exact: true }).fill(spanish)
  await page.getByLabel('Least level').fill('200')
  await page.getByLabel('Least level').blur()
  await page.getByText('Use 1 to 100.').waitFor()
  expect(await page.locator('datalist option').evaluateAll((list) => list.map((o) => (o as HTMLOptionElement).value))).toContain(spanish)
  await page.getByLabel('Least level').fill('2')
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT + '-router.png', fullPage: true })
  await press(page, 'Control+s')
  await expect.poll(async () => (await api.call<CallObjectPage>('GET', '/callobjects?kind=router&q=' + encodeURIComponent(router))).items[0]?.actions[0])
    .toMatchObject({ kind: 'skill', label: spanish, value: '2' })
})
