import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientSessionPage, Group, GroupMemberPage } from '../src/shared/types'
import { Api, focused, forgive, fresh, open, press, server, settled } from './harness'

let api: Api
const mark = fresh('grp')
const users: string[] = []

beforeAll(async () => {
  api = await Api.open()
  for (const name of ['Ada', 'Ben', 'Cleo']) users.push(await api.user(`${mark}${name.toLowerCase()}`, { displayName: `${mark} ${name}` }))
})
afterAll(() => api.close())

const get = (room: string): Promise<Group> => api.call('GET', '/groups/' + room)
const members = async (room: string): Promise<Record<string, string>> =>
  Object.fromEntries((await api.call<GroupMemberPage>('GET', `/groups/${room}/members`)).items.map((m) => [m.displayName, m.affiliation]))

describe('a group', () => {
  it('is made with owners and members', async () => {
    const name = fresh('Projekt')
    const page = await open('/admin/groups')
    await settled(page)
    await page.getByRole('button', { name: 'Add group' }).first().click()
    await page.getByRole('button', { name: /^Remove / }).click() // oneself is proposed as owner
    await press(page, 'Control+s')
    await page.getByText('Give it a name.').waitFor()
    await page.getByText('A group needs an owner.').waitFor()
    await expect.poll(() => focused(page)).toBe('Name')
    await page.keyboard.type(name)
    await page.getByLabel('Description').fill('Bridges & <b>bolts</b>')
    for (const [button, who] of [['Add owner', 'Ada'], ['Add member', 'Ben']] as const) {
      await page.getByRole('button', { name: button }).click()
      await page.locator('.finder input').fill(`${mark} ${who}`)
      await page.getByRole('option', { name: `${mark} ${who}` }).waitFor()
      await press(page, 'Enter')
      await page.locator('.chip', { hasText: `${mark} ${who}` }).waitFor()
    }
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    const room = decodeURIComponent(page.url().split('/').pop()!)
    expect(await get(room)).toMatchObject({ name, description: 'Bridges & <b>bolts</b>', public: false, members: 2 })
    expect(await members(room)).toEqual({ [`${mark} Ada`]: 'owner', [`${mark} Ben`]: 'member' })
    expect(await page.getByLabel('Description').inputValue()).toBe('Bridges & <b>bolts</b>')
  })

  it('gets members, other roles, and gives a removed member back', async () => {
    const room = await api.group(fresh('Members'), [users[0]!])
    const page = await open('/admin/groups/' + room)
    await settled(page)
    await page.getByRole('button', { name: 'Add member' }).click()
    await page.locator('.finder input').fill(`${mark} Cleo`)
    await page.getByRole('option', { name: `${mark} Cleo` }).waitFor()
    await press(page, 'Enter')
    await page.getByText(`${mark} Cleo is a member now`).waitFor()
    await page.getByLabel(`Role: ${mark} Cleo`).selectOption('Administrator')
    await page.getByText(`${mark} Cleo is Administrator now`).waitFor()
    expect(await members(room)).toEqual({ [`${mark} Ada`]: 'owner', [`${mark} Cleo`]: 'admin' })
    await page.getByRole('button', { name: `Remove ${mark} Cleo` }).click()
    await page.locator('.toast', { hasText: `${mark} Cleo is no member any more` }).waitFor()
    expect(await members(room)).toEqual({ [`${mark} Ada`]: 'owner' })
    await page.locator('.toast', { hasText: 'is no member any more' }).getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => members(room)).toEqual({ [`${mark} Ada`]: 'owner', [`${mark} Cleo`]: 'admin' })
    // The last owner cannot go: the server says why.
    await page.getByRole('button', { name: `Remove ${mark} Ada` }).click()
    await page.locator('.toast .lead-bad').waitFor()
    expect(await members(room)).toHaveProperty([`${mark} Ada`], 'owner')
  })

  it('allows guests: link and invitation, no PIN without a number; a guest comes, is seen, is removed; then no more', async () => { // ..A-016, A-022
    const name = fresh('Public')
    const room = await api.group(name, [users[0]!])
    const page = await open('/admin/groups/' + room)
    await settled(page)
    await page.getByText('Guests cannot read OMEMO messages.').waitFor()
    await page.getByRole('switch', { name: /Allow guests/ }).click()
    await page.getByText(`Guests allowed in ${name}`).waitFor()
    const url = (await page.locator('.access dd .mono').textContent())!
    expect(url.startsWith(server + '/g/')).toBe(true)
    const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
    await page.getByRole('button', { name: 'Copy link' }).click()
    expect(await clipboard()).toBe(url)
    expect(await page.locator('.access .pin').count()).toBe(0) // there is no number to dial
    await page.getByRole('button', { name: 'Copy invitation' }).click()
    await page.getByRole('button', { name: 'Copied' }).first().waitFor()
    expect(await clipboard()).toContain(url)
    expect(await clipboard()).toContain(name)

    const guest = await open(new URL(url).pathname, { as: null })
    await guest.getByText(name).first().waitFor()
    await guest.locator('input[type=text], input:not([type])').first().fill('Nora Blum')
    await press(guest, 'Enter')
    const present = page.locator('section', { has: page.getByRole('heading', { name: 'In it now' }) })
    await present.getByText('Nora Blum').waitFor()
    await present.getByText('Guest', { exact: true }).waitFor()
    await expect.poll(async () => (await get(room)).guests).toBe(1)

    // Among the sessions there is one of a guest.
    const guests = async (): Promise<number> => (await api.call<ClientSessionPage>('GET', '/sessions')).items.filter((s) => s.guest).length
    await expect.poll(guests).toBe(1)

    await present.getByRole('button', { name: 'Remove Nora Blum' }).click()
    await page.getByRole('dialog', { name: 'Remove Nora Blum?' }).getByRole('button', { name: 'Remove guest' }).click()
    await page.getByText('Nora Blum removed').waitFor()
    await expect.poll(async () => (await get(room)).guests).toBe(0)

    await page.getByRole('switch', { name: /Allow guests/ }).click()
    const question = page.getByRole('dialog', { name: `No more guests in ${name}?` })
    await question.getByRole('button', { name: 'Keep guests' }).click()
    await expect.poll(() => page.getByRole('switch', { name: /Allow guests/ }).isChecked()).toBe(true)
    expect((await get(room)).access.allowed).toBe(true)
    await page.getByRole('switch', { name: /Allow guests/ }).click()
    await question.getByRole('button', { name: 'Stop guests' }).click()
    await page.getByText(`No more guests in ${name}`).or(page.getByText(`Guests stopped in ${name}`)).first().waitFor()
    await expect.poll(() => page.locator('.access').count()).toBe(0)
    expect((await guest.request.get(url)).status()).toBe(404)
    forgive()
  })

  it('is renamed by one of two administrators at a time, and deleted', async () => {
    const name = fresh('Rename')
    const room = await api.group(name, [users[0]!])
    const page = await open('/admin/groups/' + room)
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name + ' mine')
    await api.call('PUT', '/groups/' + room, { before: { name, description: '' }, name: name + ' theirs', description: '' })
    await press(page, 'Control+s')
    await page.getByRole('alert').filter({ hasText: /^Not saved: Clara Weiß changed this / }).waitFor()
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe(name + ' mine')
    await page.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText(`${name} mine saved`).waitFor()
    expect((await get(room)).name).toBe(name + ' mine')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('')
    await press(page, 'Control+s')
    await page.getByText('Give it a name.').waitFor()
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('button', { name: `More for ${name} mine` }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete group' }).click()
    await page.waitForURL('**/admin/groups')
    await expect(get(room)).rejects.toThrow('404')
  })

  it('is found by its name and by whether it allows guests', async () => {
    const room = await api.group(mark + ' Garden', [users[0]!])
    await api.call('PUT', `/groups/${room}/guests`, { allowed: true })
    const page = await open('/admin/groups')
    await settled(page)
    await press(page, '/')
    await page.keyboard.type(mark + ' Gar')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    await page.getByRole('radio', { name: 'No guests' }).click()
    await page.getByText(`Nothing called “${mark} Gar”`).waitFor()
    await page.getByRole('radio', { name: 'No guests' }).press('ArrowLeft')
    await expect.poll(() => focused(page)).toBe('Guests allowed')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  })
})
