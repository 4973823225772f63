import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Api, axe, fresh, number, open, settled, type Lang } from './harness'

// Every page, in both themes and languages, has nothing that axe finds wrong.

let api: Api
const there = { user: '', deleted: '', permission: '', group: '', device: '', location: '', trunk: '', team: '', profile: '' }

beforeAll(async () => {
  api = await Api.open()
  there.user = await api.user(fresh('axe'), { displayName: 'Anna Keller', extension: number(), softphone: true, mobile: true })
  there.deleted = await api.user(fresh('axe'), { displayName: 'Nils Holm' })
  await api.call('DELETE', '/users/' + there.deleted)
  there.permission = await api.permission(fresh('axe'), ['xmpp.group', 'pickup.group'], [there.user])
  there.group = await api.group('Axe ' + fresh(), [there.user])
  there.device = await api.device('Axe ' + fresh(), there.user)
  await api.device('Axe ' + fresh())
  const { id } = await api.call<{ id: string }>('POST', '/locations', { name: 'Axe ' + fresh() })
  await api.call('PUT', `/locations/${id}/devices`, { assign: [await api.device('Axe ' + fresh())], unassign: [] })
  there.location = id
  there.trunk = await api.trunk('Axe ' + fresh())
  there.team = (await api.team('Axe ' + fresh(), [there.user])).id
  const action = { team: '', reason: '', location: '', target: '' }
  const profile = {
    name: 'Axe ' + fresh(), colour: '#cf8a00', icon: 'meet', showIcon: true, sticky: true, silent: false, show: 'away', permissions: ['all'], teamsCall: true,
    triggers: [{ at: '09:00', until: '09:30', days: [1, 3], date: '' }],
    enter: [{ ...action, kind: 'team.login', team: there.team }, { ...action, kind: 'followme.set', device: 'mobile', external: { to: 'on', delay: 5, timeout: 20 } }, { ...action, kind: 'forward.set', target: '*103' }],
    leave: [{ ...action, kind: 'gsm.set', on: false }],
  }
  there.profile = (await api.call<{ id: string }>('POST', '/profiles', profile)).id
  await api.call('PUT', `/groups/${there.group}/guests`, { allowed: true })
})
afterAll(() => api.close())

const pages: Record<string, () => string> = {
  overview: () => '/admin/',
  users: () => '/admin/users',
  'users, adding one': () => '/admin/users?add=1',
  'a user': () => `/admin/users/${there.user}`,
  'a user: sign-in': () => `/admin/users/${there.user}?tab=signin`,
  'a user: telephone': () => `/admin/users/${there.user}?tab=telephone`,
  'a user: devices': () => `/admin/users/${there.user}?tab=devices`,
  'a user: permissions': () => `/admin/users/${there.user}?tab=permissions`,
  bin: () => '/admin/users/bin',
  permissions: () => '/admin/permissions',
  'permissions, adding one': () => '/admin/permissions?add=1',
  'a permission': () => `/admin/permissions/${there.permission}`,
  'a permission: types': () => `/admin/permissions/${there.permission}?tab=types`,
  profiles: () => '/admin/profiles',
  'profiles, adding one': () => '/admin/profiles?add=1',
  'a profile': () => `/admin/profiles/${there.profile}`,
  'a built-in profile': () => '/admin/profiles/dnd',
  groups: () => '/admin/groups',
  'groups, adding one': () => '/admin/groups?add=1',
  'a group': () => `/admin/groups/${there.group}`,
  devices: () => '/admin/devices',
  'devices, adding one': () => '/admin/devices?add=1',
  'devices, changing one': () => `/admin/devices?edit=${there.device}`,
  'a location': () => `/admin/locations?edit=${there.location}`,
  teams: () => '/admin/teams',
  'teams, adding one': () => '/admin/teams?add=1',
  'a team': () => `/admin/teams/${there.team}`,
  'a team: settings': () => `/admin/teams/${there.team}?tab=settings`,
  'a team: members': () => `/admin/teams/${there.team}?tab=members`,
  'a team: reasons': () => `/admin/teams/${there.team}?tab=reasons`,
  'a team: pickup': () => `/admin/teams/${there.team}?tab=pickup`,
  'a team: voicemail': () => `/admin/teams/${there.team}?tab=box`,
  'a team: actions': () => `/admin/teams/${there.team}?tab=actions`,
  'IVR menus': () => '/admin/ivr',
  'an IVR menu, adding one': () => '/admin/ivr/new',
  'call routers': () => '/admin/routers',
  conditions: () => '/admin/conditions',
  'action templates': () => '/admin/templates',
  'an action template, adding one': () => '/admin/templates/new',
  'a time period, adding one': () => '/admin/conditions/new?kind=period',
  'a team: after': () => `/admin/teams/${there.team}?tab=after`,
  calls: () => '/admin/calls',
  records: () => '/admin/records',
  'the steps of a call that was removed': () => '/admin/records?call=none',
  'records of a period': () => '/admin/records?period=between',
  registrations: () => '/admin/registrations',
  trunks: () => '/admin/trunks',
  'trunks, adding one': () => '/admin/trunks?add=1',
  'a trunk': () => `/admin/trunks/${there.trunk}`,
  'a trunk: accounts': () => `/admin/trunks/${there.trunk}?tab=accounts`,
  'a trunk: incoming': () => `/admin/trunks/${there.trunk}?tab=incoming`,
  'a trunk: outgoing': () => `/admin/trunks/${there.trunk}?tab=outgoing`,
  'a trunk: test': () => `/admin/trunks/${there.trunk}?tab=test`,
  prompts: () => '/admin/prompts',
  services: () => '/admin/services',
  sessions: () => '/admin/sessions',
  log: () => '/admin/log',
  account: () => '/admin/account',
  'nothing there': () => '/admin/nowhere',
}

describe.each<Lang>(['en', 'de'])('axe finds nothing in %s', (lang) => {
  it('signing in', async () => {
    const page = await open('/admin/', { lang, as: null })
    await page.locator('#login').waitFor()
    expect(await axe(page)).toEqual([])
  })

  it('every page', { timeout: 400_000 }, async () => {
    const page = await open('/admin/', { lang })
    const found: string[] = []
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path())
      await settled(page)
      found.push(...(await axe(page)).map((f) => `${name}: ${f}`))
      expect(await page.locator('html').getAttribute('lang')).toBe(lang)
    }
    expect(found).toEqual([])
  })

  it('what lies above pages: menus, finders, questions, errors', async () => {
    const page = await open('/admin/users', { lang })
    const found: string[] = []
    const inspect = async (at: string): Promise<void> => {
      found.push(...(await axe(page)).map((f) => `${at}: ${f}`))
    }
    await settled(page)
    await page.locator('tbody .check').first().click()
    await inspect('bulk bar')
    await page.locator('tbody .c-act button').first().click()
    await page.getByRole('menu').waitFor()
    await inspect('menu')
    await page.keyboard.press('Escape')
    await page.locator('.table-tools .btn').first().click()
    await page.getByRole('listbox').waitFor()
    await inspect('finder')
    await page.keyboard.press('Escape')
    await page.locator('.bulkbar .btn--quiet-danger').click()
    await page.getByRole('dialog').waitFor()
    await inspect('question')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.locator('.goto input').fill('a')
    await page.locator('.goto [role=option]').first().waitFor()
    await inspect('search over all')
    await page.keyboard.press('Escape')
    await page.goto('/admin/users?add=1')
    await page.locator('.drawer').waitFor()
    await page.keyboard.press('Control+s')
    await page.locator('.field.is-bad').first().waitFor()
    await inspect('errors')
    expect(found).toEqual([])
  })
})

it('axe finds nothing on a phone, and nothing reaches out of narrow windows', { timeout: 400_000 }, async () => {
  const page = await open('/admin/', { width: 390, height: 844 })
  const found: string[] = []
  for (const [name, path] of Object.entries(pages)) {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(path())
    await settled(page)
    found.push(...(await axe(page)).map((f) => `${name}: ${f}`))
    for (const width of [390, 700, 900, 1100]) {
      await page.setViewportSize({ width, height: 844 })
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) found.push(`${name}: reaches ${wide} px out of a window of ${width} px`)
    }
  }
  expect(found).toEqual([])
})
