import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceSecret, RecordPage, Team, TeamLive, TeamPage } from '../src/shared/types'
import { Api, focused, fresh, number, open, press, settled, tabTo } from './harness'
import { Phone } from './phone'

let api: Api
const mark = fresh('team')
const [anna, bert] = [`${mark} Anna`, `${mark} Bert`]
const extension = number()
let addresses: string[] = []
const phones: DeviceSecret[] = []

beforeAll(async () => {
  api = await Api.open()
  addresses = [await api.user(fresh('team'), { displayName: anna, extension: number() }), await api.user(fresh('team'), { displayName: bert, extension })]
  for (const user of addresses) phones.push(await api.call<DeviceSecret>('POST', `/devices/${await api.device(fresh('Desk'), user)}/secret`))
})
afterAll(() => api.close())

const stored = async (name: string): Promise<Team | undefined> => (await api.call<TeamPage>('GET', '/teams?q=' + encodeURIComponent(name))).items[0]

/** A team of Anna and Bert. */
const make = (name: string, extension: string): Promise<Team> => api.team(name, addresses, { extension })

describe('a team', () => {
  it('is made, gets members in an order, reasons and a way on, and what is wrong is said in its tab', async () => {
    const name = `${mark} Sales`
    const at = number()
    const page = await open('/admin/teams?q=' + mark)
    await settled(page)
    await page.getByRole('button', { name: 'Add team' }).first().click()
    await press(page, 'Control+s')
    await page.getByText('Give it a name.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel(/^Extension/).fill(extension)
    await press(page, 'Control+s')
    await page.getByText(`${extension} belongs to ${bert}.`).waitFor()
    await page.getByLabel(/^Extension/).fill(at)
    await page.getByLabel('Who is rung').selectOption('Random, weighted')
    await press(page, 'Control+s')
    await page.getByRole('heading', { level: 1, name }).waitFor()

    for (const who of [anna, bert]) {
      await page.getByRole('button', { name: 'Add member' }).click()
      await page.keyboard.type(who)
      await page.getByRole('option', { name: who }).click()
      await page.getByRole('switch', { name: `${who} logs in and out` }).waitFor()
    }
    await page.getByLabel(`Weight of ${anna}`).fill('3')
    await page.getByLabel(`Priority of ${bert}`).fill('1001')
    await page.getByRole('switch', { name: `${bert} logs in and out` }).uncheck()
    await page.getByRole('button', { name: `Move ${anna} down` }).click()
    await expect.poll(() => focused(page)).toBe(`Move ${anna} up`) // the one row that it can still be moved to
    await press(page, 'Alt+ArrowUp')
    await expect.poll(() => focused(page)).toBe(`Move ${anna} down`)
    await press(page, 'Alt+ArrowDown')
    await page.getByLabel('Login code').fill('44')

    await page.getByRole('tab', { name: 'Pause reasons' }).click()
    await page.getByRole('button', { name: 'Add reason' }).click()
    await page.getByLabel('Title').fill('Lunch')
    await page.getByRole('tab', { name: 'What comes after' }).click()
    await page.getByLabel('Go on to').fill(at)
    await page.getByLabel('Callers from outside wait for (s)').fill('90000')
    await press(page, 'Control+s')
    await page.getByText('4 fields need attention').waitFor()
    for (const tab of ['What comes after', 'Members']) expect(await page.getByRole('tab', { name: tab }).locator('.dot--bad').count(), tab).toBe(1)
    await page.getByRole('tab', { name: 'What comes after' }).click()
    await page.getByText('Callers cannot go on to the same team.').waitFor()
    await page.getByText('From 0 to 86,400 seconds.').waitFor()
    await page.getByLabel('Go on to').fill(extension)
    await page.getByLabel('Callers from outside wait for (s)').fill('60')
    await page.getByRole('tab', { name: 'Members' }).click()
    await page.getByText('Weight and priority are from 0 to 1,000.').waitFor()
    await page.getByText('This begins another function code, or one begins with it.').waitFor()
    await page.getByLabel(`Priority of ${bert}`).fill('1')
    await page.getByLabel('Login code').fill('66')
    await press(page, 'Control+s')
    await page.getByText(`${name} has been saved`).waitFor()
    expect(await stored(name)).toMatchObject({
      extension: at, strategy: 'weighted', afterTarget: extension, externalTimeout: 60, loginCode: '66', pauseReasons: [{ code: '1', title: 'Lunch' }],
      members: [{ user: addresses[1], dynamic: false, weight: 0, priority: 1 }, { user: addresses[0], dynamic: true, weight: 3, priority: 0 }],
    })

    await page.getByRole('button', { name: `More for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete team' }).click()
    await page.getByText(`${name} has been deleted`).waitFor()
    expect(await stored(name)).toBeUndefined()
  })

  it('that somebody else has changed can be overwritten', async () => {
    const name = `${mark} Twice`
    const made = await make(name, '')
    const page = await open(`/admin/teams/${made.id}?tab=settings`)
    await settled(page)
    await page.getByLabel('Wrap-up (s)').fill('7')
    const { id: _, agents: _agents, changed: _changed, changedBy: _by, hasBoxPin: _pin, ...data } = made
    await api.call('PUT', '/teams/' + made.id, { ...data, wrapUp: 9 })
    await press(page, 'Control+s')
    await page.getByRole('button', { name: 'Overwrite' }).click()
    await page.getByText(`${name} has been saved`).waitFor()
    expect((await stored(name))!.wrapUp).toBe(7)
    await api.call('DELETE', '/teams/' + made.id)
  })
})

// B9, B12
it('who else hears of callers, and its voicemail, are set in its tabs, by keyboard too; what is wrong is said there', async () => {
  const name = `${mark} Heard`
  const group = fresh('pickers')
  const permission = await api.permission(group, ['pickup.group'])
  const made = await make(name, '')
  const page = await open(`/admin/teams/${made.id}?tab=pickup`)
  await settled(page)
  expect(await page.getByLabel('Pickup group').count()).toBe(0) // nobody hears of callers
  await page.getByLabel('Who else hears of callers').selectOption('The whole pickup group')
  await page.getByLabel('Pickup group').selectOption(group)
  await tabTo(page, /^Pickup$/, 'Shift+Tab')
  await press(page, 'End')
  expect(await focused(page)).toBe('Voicemail')
  await page.getByRole('switch', { name: 'Delete when mailed' }).check()
  await page.getByLabel('New PIN').fill('12')
  await press(page, 'Control+s')
  await page.getByText('2 fields need attention').waitFor()
  expect(await page.getByRole('tab', { name: 'Voicemail' }).locator('.dot--bad').count()).toBe(1)
  await page.getByLabel('Send to').fill('heard@example.org')
  await page.getByLabel('New PIN').fill('4711')
  await press(page, 'Control+s')
  await page.getByText(`${name} has been saved`).waitFor()
  expect(await stored(name)).toMatchObject({ notify: 'group', pickupGroup: permission, boxEmail: 'heard@example.org', boxDiscard: true, hasBoxPin: true })
  await page.getByRole('switch', { name: 'Remove the PIN' }).check()
  await press(page, 'Control+s')
  await page.getByRole('switch', { name: 'Remove the PIN' }).waitFor({ state: 'detached' })
  expect((await stored(name))!.hasBoxPin).toBe(false)
  await api.call('DELETE', '/teams/' + made.id)
})

it.each(['en', 'de'] as const)('all its tabs are seen in a window of 1200 px, in %s', async (lang) => {
  const made = await make(`${mark} Wide`, '')
  const page = await open(`/admin/teams/${made.id}?tab=box`, { lang, width: 1200 })
  await settled(page)
  const hidden = (which: string) => page.locator('.tabs').evaluate((strip, which) => {
    const { left, right } = strip.getBoundingClientRect()
    return [...strip.querySelectorAll(which)].filter((tab) => tab.getBoundingClientRect().left < left || tab.getBoundingClientRect().right > right).map((tab) => tab.textContent)
  }, which)
  expect(await hidden('[role=tab]')).toEqual([])
  // Where there is no room for all, the one that is chosen is, and the strip shows that it goes on.
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`/admin/teams/${made.id}?tab=after`)
  await settled(page)
  await page.locator('.tabs[data-before][data-tight]').waitFor()
  expect(await hidden('[aria-selected=true]')).toEqual([])
  await api.call('DELETE', '/teams/' + made.id)
})

//
it('members are let in and out and sent into a pause, by keyboard alone', async () => {
  const made = await make(`${mark} Moved`, '')
  const page = await open('/admin/teams/' + made.id)
  await settled(page)
  const row = page.getByRole('row', { name: anna })
  await row.getByText('Logged out', { exact: true }).waitFor()
  const choose = async (item: string): Promise<void> => {
    await tabTo(page, `More for ${anna}`)
    await press(page, 'Enter')
    await page.getByRole('menu').waitFor()
    for (let i = 0; i < 5 && (await focused(page)) !== item; i++) await press(page, 'ArrowDown')
    expect(await focused(page)).toBe(item)
    await press(page, 'Enter')
  }
  await choose('Log in')
  await row.getByText('No telephone').waitFor()
  await choose('Pause: Lunch')
  await row.getByText('Paused: Lunch').waitFor()
  expect((await stored(made.name))!.agents[0]).toMatchObject({ in: true, paused: '1' })
  await choose('End the pause')
  await row.getByText('No telephone').waitFor()
  await choose('Log out')
  await row.getByText('Logged out', { exact: true }).waitFor()
  await api.call('DELETE', '/teams/' + made.id)
})

// A-127, B10: the forward leads into the line, where the caller is seen, and the record says so.
it('callers who wait are seen with who is rung for them, also those whom a forward has brought', async () => {
  const at = number()
  const made = await make(`${mark} Line`, at)
  await api.call('PUT', `/teams/${made.id}/members/${addresses[0]}`, { in: true, paused: '' })
  await api.call('PUT', `/users/${addresses[1]}/forward`, { revision: 0, target: at, active: true })
  const customer = await api.user(fresh('team'), { displayName: `${mark} Customer`, extension: number() })
  const [a, b] = [await Phone.open(phones[0]!), await Phone.open(await api.call<DeviceSecret>('POST', `/devices/${await api.device(fresh('Desk'), customer)}/secret`))]
  try {
    expect(await a.register('Test')).toBe(200)
    expect(await b.register('Test')).toBe(200)
    expect(await b.call(extension)).toBe(200) // with music
    const page = await open('/admin/teams?q=' + encodeURIComponent(made.name))
    await settled(page)
    await page.getByRole('row', { name: made.name }).getByText('1 of 2').waitFor()
    await page.getByRole('link', { name: made.name }).click()
    const waiting = page.getByRole('row', { name: `${mark} Customer` })
    await waiting.getByText(anna).waitFor()
    await page.getByRole('row', { name: anna }).getByText('Rings').waitFor()
    if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT })
    const { waiting: list } = await api.call<TeamLive>('GET', `/teams/${made.id}/live`)
    expect(list.map((c) => c.name)).toEqual([`${mark} Customer`])
    await page.goto('/admin/forwards?q=' + encodeURIComponent(bert))
    await settled(page)
    await page.getByRole('row', { name: bert }).getByText(made.name).waitFor()
    await api.call('DELETE', '/calls/' + list[0]!.call)
    await expect.poll(async () => (await api.call<TeamLive>('GET', `/teams/${made.id}/live`)).waiting.length).toBe(0)
    const records = await api.call<RecordPage>('GET', `/records?user=${customer}`)
    expect(records.items.map((r) => [r.via, r.dialled, r.callee.name])).toEqual([['queue', '', anna], ['forward', at, made.name], ['dial', extension, bert]])
  } finally {
    a.close()
    b.close()
    await api.call('DELETE', `/users/${addresses[1]}/forward`)
    await api.call('DELETE', '/teams/' + made.id)
  }
})
