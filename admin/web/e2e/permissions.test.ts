import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import type { MemberPage, Permission } from '../src/shared/types'
import { Api, domain, focused, forgive, fresh, open, press, settled, tabTo } from './harness'

let api: Api
const mark = fresh('perm')
const users: string[] = []

beforeAll(async () => {
  api = await Api.open()
  for (const name of ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve']) users.push(await api.user(`${mark}${name.toLowerCase()}`, { displayName: `${mark} ${name}` }))
})
afterAll(() => api.close())

const get = (id: string): Promise<Permission> => api.call('GET', '/permissions/' + id)
const membersOf = async (id: string): Promise<string[]> =>
  (await api.call<MemberPage>('GET', `/permissions/${id}/members?kind=user&assigned=true&limit=500`)).items.map((m) => m.id).sort()

const column = (page: Page, side: 'available' | 'assigned') => page.locator(`[data-side=${side}]`)
const names = (page: Page, side: 'available' | 'assigned') => column(page, side).getByRole('option').locator('.clip').allTextContents()
const address = (name: string): string => `${mark}${name}@${domain}`

describe('a permission', () => {
  it('is made, gets types in words, and says what saving does', async () => { // ..A-206
    const name = fresh('Support')
    const page = await open('/admin/permissions')
    await settled(page)
    await page.getByRole('button', { name: 'Add permission' }).first().click()
    await press(page, 'Control+s')
    await page.getByText('Give it a name.').waitFor()
    await expect.poll(() => focused(page)).toBe('Name')
    await page.keyboard.type(name)
    await tabTo(page, 'Description')
    await page.keyboard.type('Picks up calls')
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    const id = page.url().split('/').pop()!
    await page.getByText('This permission allows nothing yet.').waitFor()

    await page.getByRole('tab', { name: /Types/ }).click()
    await expect.poll(() => page.locator('.choice').count()).toBe(8)
    const pickup = page.locator('.choice', { hasText: 'pickup.group' })
    expect(await pickup.textContent()).toMatch(/pick up each other’s calls.*Acts on: users, teams/)
    await pickup.getByRole('checkbox').check()
    await page.locator('.choice', { hasText: 'xmpp.group' }).getByRole('checkbox').check()
    await page.getByText('Saving changes nothing that users see.').waitFor() // nobody is assigned
    await page.getByRole('tab', { name: /Users/ }).click()
    expect((await page.locator('.type').allTextContents()).join()).toMatch(/pick up each other’s calls pickup\.group.*see each other xmpp\.group/)
    await column(page, 'available').getByLabel('Find in available').fill(mark)
    await column(page, 'available').getByRole('option', { name: /Ada/ }).dblclick()
    await page.getByText('Saving changes what 1 user sees at once; no restart.').waitFor()
    await press(page, 'Control+s')
    await page.getByText(`${name} saved`).waitFor()
    expect(await get(id)).toMatchObject({ name, description: 'Picks up calls', types: ['pickup.group', 'xmpp.group'], members: { users: 1 } })
    expect(await membersOf(id)).toEqual([address('ada')])
    await page.getByText('Nothing to save').waitFor()
  })

  it('is assigned and taken away by keyboard alone', async () => {
    const id = await api.permission(fresh('keys'), ['xmpp.group'], [users[3]!, users[4]!])
    const page = await open('/admin/permissions/' + id)
    await settled(page)
    await tabTo(page, 'Find in available')
    await page.keyboard.type(mark)
    await expect.poll(() => names(page, 'available')).toEqual([`${mark} Ada`, `${mark} Ben`, `${mark} Cleo`])
    await press(page, 'Tab') // into the list
    await press(page, 'Space')
    await press(page, 'ArrowDown', 2)
    await press(page, 'Space')
    await expect.poll(() => column(page, 'available').getByRole('option', { selected: true }).locator('.clip').allTextContents()).toEqual([`${mark} Ada`, `${mark} Cleo`])
    await page.getByText('2 selected').waitFor()
    await press(page, 'ArrowRight')
    await expect.poll(() => names(page, 'assigned')).toEqual([`${mark} Ada`, `${mark} Cleo`, `${mark} Dan`, `${mark} Eve`])
    await expect.poll(() => page.getByRole('status').filter({ hasText: '2 assigned, not saved' }).count()).toBe(1) // said once
    await page.getByText('2 new').waitFor()

    await press(page, 'Tab') // the other column
    expect(await page.evaluate(() => document.activeElement?.closest('[data-side]')?.getAttribute('data-side'))).toBe('assigned')
    await press(page, 'End')
    await press(page, 'Space')
    await press(page, 'ArrowLeft')
    await expect.poll(() => names(page, 'assigned')).toEqual([`${mark} Ada`, `${mark} Cleo`, `${mark} Dan`])
    await page.getByText('Saving changes what 4 users see at once; no restart.').waitFor()
    await press(page, 'Control+s')
    await page.getByText('Nothing to save').waitFor()
    expect(await membersOf(id)).toEqual([address('ada'), address('cleo'), address('dan')])

    // Discard takes moves back; all that fit are moved at once.
    await column(page, 'assigned').getByLabel('Find in assigned').fill(mark)
    await page.getByRole('button', { name: 'Take all 3 away' }).click()
    await expect.poll(() => column(page, 'assigned').getByRole('option').count()).toBe(0)
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect.poll(() => column(page, 'assigned').getByRole('option').count()).toBe(3)
    await page.getByRole('button', { name: 'Take all 3 away' }).click()
    await expect.poll(() => column(page, 'assigned').getByRole('option').count()).toBe(0)
    await press(page, 'Control+s')
    await page.getByText('Nothing to save').waitFor()
    expect(await membersOf(id)).toEqual([])
  })

  it('is dragged', async () => {
    const id = await api.permission(fresh('drag'))
    const page = await open('/admin/permissions/' + id)
    await settled(page)
    await column(page, 'available').getByLabel('Find in available').fill(mark)
    await expect.poll(() => column(page, 'available').getByRole('option').count()).toBe(5)
    await column(page, 'available').getByRole('option', { name: /Ben/ }).dragTo(column(page, 'assigned'))
    await expect.poll(() => names(page, 'assigned')).toEqual([`${mark} Ben`])
  })

  it('loses the tab of a kind that is assigned automatically, and gets it back', async () => { // A-194..A-197
    const id = await api.permission(fresh('auto'), ['xmpp.group'], [users[0]!])
    const page = await open('/admin/permissions/' + id)
    await settled(page)
    const tabs = (): Promise<string[]> => page.getByRole('tab').evaluateAll((all) => all.map((t) => t.textContent!.replace(/[\d.,]+$/, '')))
    expect(await tabs()).toEqual(['Types', 'Users', 'Teams', 'Devices', 'Locations'])
    await page.getByRole('switch', { name: /Users/ }).check()
    expect(await tabs()).toEqual(['Types', 'Teams', 'Devices', 'Locations'])
    for (const kind of ['Teams', 'Devices', 'Locations']) await page.getByRole('switch', { name: new RegExp(kind) }).check()
    expect(await tabs()).toEqual(['Types'])
    await page.getByText(/Saving changes what \d/).waitFor()
    await press(page, 'Control+s')
    await page.getByText('Nothing to save').waitFor()
    const all = await get(id)
    expect(all.auto).toEqual({ users: true, devices: true, teams: true, locations: true })
    expect(all.members.users).toBe(all.existing.users)
    const later = await api.user(fresh('later')) // a new one belongs by itself
    expect(await membersOf(id)).toContain(later)

    await page.reload()
    await page.getByRole('switch', { name: /Users/ }).uncheck()
    expect(await tabs()).toEqual(['Types', 'Users'])
    await page.getByText('Saving changes nothing that users see.').waitFor()
    await press(page, 'Control+s')
    await page.getByText('Nothing to save').waitFor()
    expect(await membersOf(id)).toEqual(expect.arrayContaining([later, users[0]])) // all stay, and can be taken away
    expect((await get(id)).auto.users).toBe(false)
  })

  it('is told apart when two administrators change it', async () => {
    const name = fresh('both')
    const id = await api.permission(name)
    const page = await open('/admin/permissions/' + id)
    await page.getByLabel('Description').fill('mine')
    const { revision, description: _, ...rest } = await get(id)
    await api.call('PUT', '/permissions/' + id, { revision, name: rest.name, description: 'theirs', types: rest.types, auto: rest.auto })
    await press(page, 'Control+s')
    await page.getByRole('alert').filter({ hasText: /^Not saved: .+ changed this/ }).waitFor()
    expect((await get(id)).description).toBe('theirs')
    await page.getByRole('button', { name: 'Compare' }).click()
    const compare = page.getByRole('dialog', { name: 'Two versions' })
    expect(await compare.getByRole('row').last().textContent()).toBe('Descriptionminetheirs')
    await compare.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText(`${name} saved`).waitFor()
    expect((await get(id)).description).toBe('mine')
  })

  it('is saved in one request, all of it or nothing, and what others assigned meanwhile stays', async () => {
    const name = fresh('whole')
    const id = await api.permission(name, ['xmpp.group'], [users[3]!, users[4]!])
    const lost = await api.user(fresh('lost'), { displayName: `${mark} Lost` })
    const page = await open('/admin/permissions/' + id)
    const sent: string[] = []
    page.on('request', (r) => {
      if (r.method() !== 'GET') sent.push(`${r.method()} ${new URL(r.url()).pathname}`)
    })
    await settled(page)
    await page.getByLabel('Description').fill('all at once')
    for (const who of ['Ada', 'Lost']) {
      await column(page, 'available').getByLabel('Find in available').fill(`${mark} ${who}`)
      await column(page, 'available').getByRole('option', { name: `${mark} ${who}` }).dblclick()
    }
    await column(page, 'assigned').getByRole('option', { name: `${mark} Dan` }).dblclick()
    await api.call('DELETE', '/users/' + lost)
    await api.call('DELETE', '/bin/' + lost)
    await press(page, 'Control+s')
    await page.getByText(`${mark} Lost is not there any more and was taken off the list. Save again.`).first().waitFor()
    expect(await membersOf(id)).toEqual([address('dan'), address('eve')])
    expect((await get(id)).description).toBe('')

    const second = fresh('second')
    const other = { login: second, password: 'Wherefore4' }
    await api.user(second, { auth: 'internal', password: other.password, level: 'administrator', displayName: `${mark} Other` })
    const theirs = await Api.open(other)
    await theirs.call('POST', `/permissions/${id}/members`, { kind: 'user', add: [users[1]], remove: [] })
    await theirs.close()
    await press(page, 'Control+s')
    await page.getByText(`${mark} Other has changed who is assigned meanwhile`).waitFor()
    expect(await membersOf(id)).toEqual([address('ada'), address('ben'), address('eve')])
    expect((await get(id)).description).toBe('all at once')
    expect(sent).toEqual(Array(2).fill(`PUT /api/v1/permissions/${id}`))
    forgive()
  })

  it('needs a name of its own, and can be deleted unless it is built in', async () => {
    const [one, two] = [fresh('name'), fresh('name')]
    await api.permission(one)
    const id = await api.permission(two, ['xmpp.group'], [users[0]!, users[1]!])
    const page = await open('/admin/permissions/' + id)
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(one)
    await press(page, 'Control+s')
    await page.getByText('There is one of this name.').waitFor()
    await expect.poll(() => focused(page)).toBe('Name')
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('button', { name: `More for ${two}` }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    const question = page.getByRole('dialog', { name: `Delete ${two}?` })
    expect(await question.textContent()).toContain('2 users lose what it allows, at once. This cannot be undone.')
    await question.getByRole('button', { name: 'Delete permission' }).click()
    await page.waitForURL('**/admin/permissions')
    await page.getByText(`${two} deleted`).waitFor()
    await expect(get(id)).rejects.toThrow('404')

    await page.goto('/admin/permissions/all')
    await page.getByText('Built in').waitFor()
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).getAttribute('readonly')).not.toBeNull()
    expect(await page.getByRole('button', { name: 'More for All' }).count()).toBe(0)
    await page.goto('/admin/permissions/nothing')
    await page.getByRole('heading', { level: 1, name: 'There is nothing here' }).waitFor()
  })
})
