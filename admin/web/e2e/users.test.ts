import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import type { User, UserPage } from '../src/shared/types'
import { Api, domain, focused, fresh, number, open, press, settled, tabTo } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

const find = async (login: string): Promise<User | undefined> =>
  (await api.call<UserPage>('GET', '/users?q=' + encodeURIComponent(login))).items.find((u) => u.login === login)

const errorOf = (page: Page, field: string) => page.locator(`.field:has([name=${field}]) .err`)

describe('the quick form', () => {
  it('makes a user by keyboard alone', async () => { // A-053..A-072
    const login = fresh('maria')
    const page = await open('/admin/users')
    await settled(page)
    await tabTo(page, 'Add user')
    await press(page, 'Enter')
    await page.locator('.drawer').waitFor()
    await expect.poll(() => focused(page)).toBe('Login name')
    await page.keyboard.type(login)
    await tabTo(page, 'Display name')
    await page.keyboard.type('Maria Huber')
    await tabTo(page, 'Extension')
    await page.waitForFunction(() => (document.querySelector('[name=extension]') as HTMLInputElement).value !== '')
    const extension = await page.locator('[name=extension]').inputValue()
    await tabTo(page, 'Language')
    await press(page, 'ArrowDown') // Deutsch
    await tabTo(page, 'Stored here')
    await tabTo(page, 'Password')
    await page.keyboard.type('Sommerwind7')
    await expect.poll(() => page.locator('.rules .is-met').count()).toBe(4)
    await tabTo(page, 'PIN')
    await page.keyboard.type('4471')
    await tabTo(page, 'E-mail')
    await page.keyboard.type('maria@muster.example')
    await tabTo(page, 'User voicemail box')
    await press(page, 'ArrowDown') // external calls
    await tabTo(page, 'Has a mobile phone')
    await press(page, 'Space')
    await press(page, 'Tab')
    await page.keyboard.type('+49 171 1234567')
    await press(page, 'Control+s')
    await page.locator('.drawer').waitFor({ state: 'detached' })
    await page.getByText('Maria Huber added').waitFor()
    await expect.poll(() => focused(page)).toContain('Add user')
    expect(await find(login)).toMatchObject({
      displayName: 'Maria Huber', extension, auth: 'internal', language: 'de', hasPin: true, email: 'maria@muster.example', voicemail: 'external', softphone: true,
      mobile: true, mobileNumber: '+491711234567', callWaiting: true, state: 'active',
    })
  })

  it('says beside each field what is wrong, saves nothing, and keeps what was typed', async () => {
    const taken = fresh('taken')
    const used = number()
    await api.user(taken, { extension: used })
    const page = await open('/admin/users?add=1')
    const bad: [string, string, string][] = [
      ['login', 'Maria.Huber', 'Use lower-case letters: maria.huber is free.'],
      ['login', '1abc', 'Begin with a lower-case letter, a to z. abc is free.'],
      ['login', 'a b', 'Use lower-case letters, digits, “.”, “-” and “_”. a.b is free.'],
      ['login', taken, `There is a user of this name. ${taken}2 is free.`],
      ['extension', '0115', 'An extension cannot begin with 0: that is the way out.'],
      ['extension', '7', 'An extension needs 2 digits or more.'],
      ['extension', '110', 'This is an emergency number.'],
      ['extension', 'abc', 'Use digits only.'],
      ['password', 'kurz', 'Use 8 characters or more.'],
      ['password', 'sommerwind7', 'Add an upper-case letter.'],
      ['password', 'SOMMERWIND7', 'Add a lower-case letter.'],
      ['password', 'Sommerwind', 'Add a digit.'],
      ['pin', '123', 'Use 4 digits or more.'],
      ['pin', '12a4', 'Use digits only.'],
      ['email', 'maria', 'Write it as name@example.org.'],
      ['email', 'ma ria@x.org', 'An e-mail address has no spaces or brackets.'],
      ['faxExtension', '0600', 'An extension cannot begin with 0: that is the way out.'],
    ]
    for (const [field, value, text] of bad) {
      await page.fill(`[name=${field}]`, value)
      await page.locator(`[name=${field}]`).blur()
      await expect.poll(() => errorOf(page, field).textContent({ timeout: 5000 }), { message: `${field}: ${value}` }).toBe(text)
      expect(await page.locator(`[name=${field}]`).getAttribute('aria-invalid')).toBe('true')
      expect(await page.locator(`[name=${field}]`).inputValue()).toBe(value)
    }
    await page.fill('[name=extension]', used)
    await page.locator('[name=extension]').blur()
    await expect.poll(() => errorOf(page, 'extension').textContent()).toMatch(new RegExp(`^${used} belongs to ${taken}\\. Next free: \\d+$`))

    const before = (await api.call<UserPage>('GET', '/users?limit=1')).total
    await press(page, 'Control+s')
    await page.getByText(/fields need attention/).waitFor()
    await expect.poll(() => focused(page)).toBe('Login name') // the first bad field
    expect((await api.call<UserPage>('GET', '/users?limit=1')).total).toBe(before)
    expect(await page.locator('[name=email]').inputValue()).toBe('ma ria@x.org')

    // The value that would be right is taken by a click.
    await errorOf(page, 'extension').getByRole('button').click()
    expect(await page.locator('[name=extension]').inputValue()).not.toBe(used)
    await expect.poll(() => errorOf(page, 'extension').count()).toBe(0)
  })

  it('goes on to an empty form with Save and next, and to all details with Save and details', async () => { // A-073, A-074
    const [one, two] = [fresh('next'), fresh('next')]
    const page = await open('/admin/users?add=1')
    await page.fill('[name=login]', one)
    await page.getByRole('radio', { name: 'None' }).click()
    await expect.poll(() => page.locator('[name=password]').count()).toBe(0)
    await page.getByRole('button', { name: 'Save and next' }).click()
    await page.getByText(`${one} added`).waitFor()
    await expect.poll(() => page.locator('[name=login]').inputValue()).toBe('')
    await expect.poll(() => focused(page)).toBe('Login name')
    expect(await page.getByRole('radio', { name: 'None' }).getAttribute('aria-checked')).toBe('true')
    await page.fill('[name=login]', two)
    await page.getByRole('button', { name: 'Save and details' }).click()
    await page.waitForURL(`**/admin/users/${encodeURIComponent(`${two}@${domain}`)}`)
    await page.getByRole('heading', { name: two }).waitFor()
    expect(await find(one)).toMatchObject({ auth: 'none' })
  })

  it('makes a password that keeps the rules, and asks before what was typed is thrown away', async () => {
    const page = await open('/admin/users?add=1')
    await page.getByRole('button', { name: 'Make one' }).click()
    await expect.poll(() => page.locator('.rules .is-met').count()).toBeGreaterThanOrEqual(4)
    expect(await page.locator('[name=password]').getAttribute('type')).toBe('text')
    await press(page, 'Escape')
    await page.getByRole('button', { name: 'Stay here' }).click()
    expect(await page.locator('.drawer').count()).toBe(1)
    await page.locator('[name=login]').focus()
    await press(page, 'Escape')
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Discard' }).click()
    await page.locator('.drawer').waitFor({ state: 'detached' })
  })
})

describe('the list', () => {
  it('searches as one types, sorts, filters, pages, and keeps it all in the address', async () => {
    const mark = fresh('find')
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push(await api.user(`${mark}n${i}`, { displayName: `${mark} ${'CAB'[i]}`, extension: number() }))
    const permission = await api.permission(mark, ['redirect.choice'], [ids[1]!])
    await api.call('POST', '/users/bulk', { action: 'disable', users: [ids[2]] })

    const page = await open('/admin/users')
    await settled(page)
    await press(page, '/')
    await page.keyboard.type(mark)
    const rows = page.locator('tbody tr')
    await expect.poll(() => rows.count()).toBe(3)
    const names = (): Promise<string[]> => page.locator('tbody .who b').allTextContents()
    expect(await names()).toEqual([`${mark} A`, `${mark} B`, `${mark} C`])
    await page.getByRole('columnheader', { name: 'Display name' }).getByRole('button').click()
    await expect.poll(names).toEqual([`${mark} C`, `${mark} B`, `${mark} A`])
    expect(await page.getByRole('columnheader', { name: 'Display name' }).getAttribute('aria-sort')).toBe('descending')
    await page.getByRole('columnheader', { name: 'Login' }).getByRole('button').click()
    await expect.poll(names).toEqual([`${mark} C`, `${mark} A`, `${mark} B`])

    await page.getByRole('button', { name: 'Permission: any' }).click()
    await page.locator('.finder input').fill(mark)
    await page.getByRole('option', { name: mark }).waitFor()
    await press(page, 'Enter')
    await expect.poll(names).toEqual([`${mark} A`])
    await page.reload()
    await settled(page)
    expect(await names()).toEqual([`${mark} A`])
    expect(new URL(page.url()).searchParams.get('permission')).toBe(permission)

    await page.goto(`/admin/users?q=${mark}&state=disabled`)
    await expect.poll(names).toEqual([`${mark} B`])
    await page.getByText('Disabled', { exact: true }).first().waitFor()
    await page.goto('/admin/users?q=nobody-is-called-so')
    await page.getByText('Nothing called “nobody-is-called-so”').waitFor()
    await page.getByRole('button', { name: 'Clear search' }).click()
    await expect.poll(() => rows.count()).toBeGreaterThan(3)

    await page.getByLabel('Rows').selectOption('25')
    for (let i = 0; i < 30; i++) await api.user(`${mark}p${i}`)
    await page.goto(`/admin/users?q=${mark}p`)
    await page.getByText('1–25 of 30').waitFor()
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText('26–30 of 30').waitFor()
    expect(await page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true)
  })

  it('changes many at once, and takes back what it deleted', async () => {
    const mark = fresh('bulk')
    for (let i = 0; i < 4; i++) await api.user(`${mark}n${i}`, { displayName: `Bulk ${i}` })
    const permission = await api.permission(mark)
    const page = await open('/admin/users?q=' + mark)
    await settled(page)
    await page.getByRole('checkbox', { name: 'Select Bulk 0' }).click()
    await page.getByRole('checkbox', { name: 'Select Bulk 2' }).click({ modifiers: ['Shift'] })
    await page.getByText('3 selected').waitFor()

    await page.getByRole('button', { name: 'Assign permission' }).click()
    await page.locator('.finder input').fill(mark)
    await page.getByRole('option', { name: mark }).click()
    await page.getByText(`${mark} assigned to 3 users`).waitFor()
    expect((await api.call<{ members: { users: number } }>('GET', '/permissions/' + permission)).members.users).toBe(3)

    await page.locator('.bulkbar').getByRole('button', { name: 'Disable' }).click()
    await page.getByText('3 users disabled').waitFor()
    expect((await find(`${mark}n1`))?.state).toBe('disabled')

    await page.getByRole('checkbox', { name: 'Select all on this page' }).click()
    await page.getByText('4 selected').waitFor()
    await page.locator('.bulkbar').getByRole('button', { name: 'Delete' }).click()
    const question = page.getByRole('dialog', { name: 'Delete 4 users?' })
    await question.waitFor()
    expect(await question.textContent()).toContain('Bulk 0, Bulk 1, Bulk 2 and 1 more')
    await expect.poll(() => focused(page)).toBe('Keep users') // the safe answer
    await press(page, 'Escape')
    expect(await find(`${mark}n1`)).toBeDefined()
    await page.locator('.bulkbar').getByRole('button', { name: 'Delete' }).click()
    await question.getByRole('button', { name: 'Delete 4 users' }).click()
    await page.getByText('4 users deleted').waitFor()
    await page.getByText(/Nothing called/).waitFor()
    expect(await find(`${mark}n1`)).toBeUndefined()
    await page.locator('.toast', { hasText: '4 users deleted' }).getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => page.locator('tbody tr').count()).toBe(4)
    expect((await find(`${mark}n1`))?.state).toBe('disabled')
  })

  it('has a menu for each user that arrows move through', async () => {
    const login = fresh('menu')
    await api.user(login, { displayName: 'Menu Person' })
    const page = await open('/admin/users?q=' + login)
    await settled(page)
    await page.getByRole('button', { name: 'More for Menu Person' }).focus()
    await press(page, 'ArrowDown')
    await expect.poll(() => focused(page)).toBe('Open')
    await press(page, 'ArrowDown')
    await expect.poll(() => focused(page)).toBe('Disable')
    await press(page, 'End')
    await expect.poll(() => focused(page)).toBe('Delete')
    await press(page, 'Escape')
    await expect.poll(() => focused(page)).toBe('More for Menu Person')
    await press(page, 'Enter')
    await expect.poll(() => focused(page)).toBe('Open')
    await press(page, 'Enter')
    await page.getByRole('heading', { level: 1, name: 'Menu Person' }).waitFor()
  })
})

describe('the bin', () => {
  it('gives users back, or removes them for ever', async () => {
    const [back, gone] = [fresh('binned'), fresh('binned')]
    for (const login of [back, gone]) await api.call('DELETE', '/users/' + (await api.user(login, { displayName: `The ${login}` })))
    const page = await open('/admin/users')
    await page.getByRole('link', { name: 'Bin' }).click()
    await page.getByRole('button', { name: `Restore: The ${back}` }).click()
    await page.getByText('1 user restored').waitFor()
    await expect.poll(() => find(back)).toBeDefined()
    await page.getByRole('button', { name: `Remove for ever: The ${gone}` }).click()
    const question = page.getByRole('dialog', { name: `Remove The ${gone} for ever?` })
    expect(await question.textContent()).toContain('This cannot be undone.')
    await question.getByRole('button', { name: 'Remove for ever' }).click()
    await page.getByText(`The ${gone} removed for ever`).waitFor()
    await expect.poll(() => page.getByText(`The ${gone}`, { exact: true }).count()).toBe(0)
  })
})

describe('the details', () => {
  it('change a user in tabs, by keyboard, and say so', async () => {
    const login = fresh('detail')
    const jid = await api.user(login, { displayName: 'Detail Person' })
    const permission = await api.permission(fresh('perm'), ['xmpp.group'])
    const page = await open('/admin/users/' + jid)
    await settled(page)
    await page.getByText('Nothing to save').waitFor()
    await page.getByLabel('Display name').fill('Detail Changed')
    await page.getByText('Not saved').first().waitFor()
    await page.getByLabel('Administration level').selectOption('Dashboard viewer')
    await page.getByRole('tab', { name: 'General' }).focus()
    await press(page, 'ArrowRight')
    await expect.poll(() => focused(page)).toContain('Sign-in')
    await press(page, 'ArrowRight')
    await expect.poll(() => focused(page)).toContain('Telephone')
    await page.getByLabel('Fax extension').fill(number())
    await page.getByRole('switch', { name: /Enable softphone/ }).check()
    await press(page, 'Tab')
    await page.getByRole('tab', { name: /Permissions/ }).click()
    expect(await page.locator('.choice', { hasText: 'Automatic' }).first().getByRole('checkbox').isDisabled()).toBe(true) // "All"
    await page.locator(`.choice`, { hasText: (await api.call<{ name: string }>('GET', '/permissions/' + permission)).name }).getByRole('checkbox').check()
    await press(page, 'Control+s')
    await page.getByText('Detail Changed saved').waitFor()
    await expect.poll(() => find(login)).toMatchObject({ displayName: 'Detail Changed', level: 'grafana-viewer', softphone: true, permissions: [{ id: 'all' }, { id: permission }] })
    await page.getByRole('heading', { level: 1, name: 'Detail Changed' }).waitFor()
    await page.getByText('Nothing to save').waitFor()
  })

  it('go to the tab and field that is wrong', async () => {
    const jid = await api.user(fresh('wrong'))
    const page = await open('/admin/users/' + jid)
    await page.getByRole('tab', { name: 'Telephone' }).click()
    await page.getByLabel('Fax extension').fill('0600')
    await page.getByRole('tab', { name: 'General' }).click()
    await press(page, 'Control+s')
    await page.getByText('1 field needs attention').waitFor()
    await expect.poll(() => focused(page)).toContain('Fax extension')
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.getByText('Nothing to save').waitFor()
    expect(await page.getByLabel('Fax extension').inputValue()).toBe('')
  })

  it('set password and PIN, and remove the PIN', async () => { // A-057..A-060
    const login = fresh('secret')
    const jid = await api.user(login, { auth: 'internal', password: 'Sommerwind7', level: 'grafana-viewer' })
    const page = await open(`/admin/users/${jid}?tab=signin`)
    await page.getByLabel('New password').fill('zu kurz')
    await page.getByRole('button', { name: 'Set password' }).click()
    await page.getByText('Use 8 characters or more.').or(page.getByText('Add an upper-case letter.')).waitFor()
    await page.getByLabel('New password').fill('Winterwind8')
    await page.getByRole('button', { name: 'Set password' }).click()
    await page.getByText(`Password of ${login} set`).waitFor()
    const signedIn = await Api.open({ login, password: 'Winterwind8' })
    await signedIn.close()
    await page.getByText('No PIN is set').waitFor()
    await page.getByLabel(/New PIN/).fill('447')
    await press(page, 'Control+s')
    await page.getByText('Use 4 digits or more.').waitFor()
    await page.getByLabel(/New PIN/).fill('4471')
    await press(page, 'Control+s')
    await page.getByText('A PIN is set').waitFor()
    await page.getByLabel('Remove the PIN').check()
    await press(page, 'Control+s')
    await page.getByText('No PIN is set').waitFor()
  })

  it('ask before they are left with something unsaved', async () => {
    const login = fresh('leave')
    const jid = await api.user(login)
    const page = await open('/admin/users?q=' + login)
    await page.getByRole('link', { name: login }).click()
    await page.getByLabel('Display name').fill('Somebody else')
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('button', { name: 'Stay here' }).click()
    expect(page.url()).toContain(encodeURIComponent(jid))
    expect(await page.getByLabel('Display name').inputValue()).toBe('Somebody else')
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('button', { name: 'Leave', exact: true }).click()
    await page.waitForURL('**/admin/groups')
    // Whoever uses the browser's own buttons is asked too.
    await page.goBack()
    await page.getByLabel('Display name').fill('Once more')
    await page.evaluate(() => history.back())
    await page.getByRole('button', { name: 'Stay here' }).click()
    expect(page.url()).toContain(encodeURIComponent(jid))
    expect(await page.getByLabel('Display name').inputValue()).toBe('Once more')
    await page.getByRole('button', { name: 'Discard' }).click()
  })
})

describe('two administrators', () => {
  it('learn of each other: the second compares, takes over, or overwrites', async () => {
    const login = fresh('both')
    const jid = await api.user(login, { displayName: 'Both' })
    const [first, second] = [await open('/admin/users/' + jid), await open('/admin/users/' + jid)]
    await first.getByLabel('Display name').fill('By the first')
    await second.getByLabel('Display name').fill('By the second')
    await press(first, 'Control+s')
    await first.getByText('By the first saved').waitFor()
    await press(second, 'Control+s')
    const told = second.getByRole('alert').filter({ hasText: 'changed this' })
    await told.waitFor()
    expect(await told.textContent()).toMatch(/^Not saved: .+ changed this /)
    expect(await second.getByLabel('Display name').inputValue()).toBe('By the second')
    expect((await find(login))?.displayName).toBe('By the first')
    await second.getByRole('button', { name: 'Compare' }).click()
    const compare = second.getByRole('dialog', { name: 'Two versions' })
    expect(await compare.getByRole('row').last().textContent()).toBe('Display nameBy the secondBy the first')
    await compare.getByRole('button', { name: 'Take theirs' }).click()
    await expect.poll(() => second.getByLabel('Display name').inputValue()).toBe('By the first')
    await second.getByLabel('Display name').fill('By the second again')

    await first.getByLabel('Display name').fill('First once more')
    await press(first, 'Control+s')
    await first.getByText('First once more saved').waitFor()
    await press(second, 'Control+s')
    await second.getByRole('button', { name: 'Overwrite' }).click()
    await second.getByText('By the second again saved').waitFor()
    await expect.poll(async () => (await find(login))?.displayName).toBe('By the second again')
  })

  it('are told when what they edit is gone', async () => {
    const jid = await api.user(fresh('gone'))
    const page = await open('/admin/users/' + jid)
    await page.getByLabel('Display name').fill('Too late')
    await api.call('DELETE', '/users/' + jid)
    await api.call('DELETE', '/bin/' + jid)
    await press(page, 'Control+s')
    await page.getByText('this was deleted in the meantime').first().waitFor()
    expect(await page.getByLabel('Display name').inputValue()).toBe('Too late')
  })
})
