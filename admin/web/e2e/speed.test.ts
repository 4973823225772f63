import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PermissionPage, UserPage } from '../src/shared/types'
import { Api, domain, fresh, open } from './harness'

// The console with an organisation of 10,000 users and 200 permissions: each page can be used within 300 ms.

const users = 10_000
const permissions = 200
const limit = 300
/** How often each page is measured; the best counts, for other things run on a machine that tests. */
const tries = 5

let api: Api
const mark = fresh('many')
const ids: string[] = []

beforeAll(async () => {
  api = await Api.open()
  const have = (await api.call<UserPage>('GET', '/users?limit=1')).total
  let next = have
  const worker = async (): Promise<void> => {
    while (next < users) {
      const i = next++
      await api.user(`${mark}n${i}`, { displayName: `Person ${String(i).padStart(5, '0')}`, extension: String(100_000 + i) })
    }
  }
  const from = Date.now()
  await Promise.all(Array.from({ length: 24 }, worker))
  console.log(`${users - have} users made in ${Date.now() - from} ms`)
  const there = (await api.call<PermissionPage>('GET', '/permissions?limit=1')).total
  for (let i = there; i < permissions; i++) {
    const members = Array.from({ length: 50 }, (_, k) => `${mark}n${have + 1 + ((i * 37 + k) % 5000)}@${domain}`)
    ids.push(await api.permission(`Department ${i} ${mark}`, ['xmpp.group'], members))
  }
}, 900_000)
afterAll(() => api.close())

/** Each page, and what says that it can be used. */
const pages: [name: string, path: () => string, ready: string][] = [
  ['overview', () => '/admin/', '.kpi'],
  ['users', () => '/admin/users', 'tbody tr td'],
  ['users, page 100', () => '/admin/users?offset=5000', 'tbody tr td'],
  ['users, searched', () => '/admin/users?q=Person%20099', 'tbody tr td'],
  ['users, by extension, of a permission', () => `/admin/users?sort=extension&desc=true&permission=${ids[0]}`, 'tbody tr td'],
  ['a user', () => `/admin/users/${mark}n9990@${domain}`, '[name=displayName]'],
  ['a user: permissions', () => `/admin/users/${mark}n9990@${domain}?tab=permissions`, '.choice'],
  ['permissions', () => '/admin/permissions', 'tbody tr td'],
  ['a permission', () => `/admin/permissions/${ids[0]}`, '[data-side=available] [role=option]'],
  ['the permission of all', () => '/admin/permissions/all', '.auto'],
  ['groups', () => '/admin/groups', '.table-tools'],
  ['sessions', () => '/admin/sessions', '.list'],
  ['log', () => '/admin/log', 'tbody tr td'],
]

it(`every page is usable within ${limit} ms with ${users} users and ${permissions} permissions`, { timeout: 300_000 }, async () => {
  const page = await open('/admin/account')
  await page.locator('.sidebar').waitFor()
  const measured: string[] = []
  const slow: string[] = []
  for (const [name, path, ready] of pages) {
    let best = Infinity
    for (let i = 0; i < tries; i++) {
      // As by a click on a link: from the press until what one came for is painted.
      await page.evaluate(() => document.querySelector<HTMLAnchorElement>('.sidebar-head a')!.focus())
      const took = await page.evaluate(
        ([to, selector]) =>
          new Promise<number>((resolve) => {
            const link = document.createElement('a')
            link.href = to!
            document.querySelector('.sidebar')!.append(link)
            const from = performance.now()
            link.click()
            link.remove()
            const old = document.querySelector(selector!)
            const look = (): void => {
              const now = document.querySelector(selector!)
              if (now && now !== old && !document.querySelector('[aria-busy="true"]')) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)))
              else requestAnimationFrame(look)
            }
            requestAnimationFrame(look)
          }),
        [path(), ready],
      )
      best = Math.min(best, took)
      await page.evaluate(() => {
        const link = document.createElement('a')
        link.href = '/admin/account'
        document.querySelector('.sidebar')!.append(link)
        link.click()
        link.remove()
      })
      await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor()
    }
    measured.push(`${name}: ${Math.round(best)} ms`)
    if (best > limit) slow.push(measured[measured.length - 1]!)
  }
  console.log(measured.join('\n'))
  expect(slow).toEqual([])
})

it('a list is searched while one types, and a list of 10,000 is scrolled through', async () => {
  const page = await open(`/admin/permissions/${ids[1]}`)
  const list = page.locator('[data-side=available] [role=listbox]')
  await list.getByRole('option').first().waitFor()
  for (let i = 0; i < 12; i++) {
    await list.evaluate((e) => (e.scrollTop = e.scrollHeight))
    await page.waitForTimeout(150)
  }
  const rows = await list.getByRole('option').count()
  expect(rows).toBeLessThan(60) // only what is in sight is in the document
  await expect.poll(() => list.evaluate((e) => e.scrollHeight)).toBeGreaterThan(38 * 1000)
  await list.focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Space')
  await page.getByText('1 selected').waitFor()
})
