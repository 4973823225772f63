import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Api, focused, forgive, fresh, open, press, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

describe('hostile text', () => {
  it('is text on every page that shows it', async () => {
    const html = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`
    const mark = fresh()
    const name = mark + html
    const jid = await api.user(fresh('evil'), { displayName: name, email: `"'><b>@example.org`.replace(/["'<>]/g, 'x') })
    const gone = await api.user(fresh('evil'), { displayName: name })
    await api.call('DELETE', '/users/' + gone)
    const permission = await api.permission(name.slice(0, 60), ['xmpp.group'], [jid])
    const room = await api.group(name.slice(0, 60), [jid])
    const team = await api.team(name.slice(0, 60), [jid], { pauseReasons: [{ code: '1', title: html.slice(0, 60) }] })
    await api.call('PUT', '/groups/' + room, { before: { name: name.slice(0, 60), description: '' }, name: name.slice(0, 60), description: html })
    const action = { team: '', reason: '', location: '', target: '' }
    const profile = await api.call<{ id: string }>('POST', '/profiles', {
      name: name.slice(0, 60), colour: '#2c58d4', icon: 'star', showIcon: true, sticky: false, silent: false, show: '', permissions: [permission], triggers: [], teamsCall: false,
      enter: [{ ...action, kind: 'team.login', team: team.id }], leave: [],
    })
    const page = await open('/admin/users?q=' + encodeURIComponent(name))
    const pages = [
      '/admin/users?q=' + encodeURIComponent(name), '/admin/users/' + jid, `/admin/users/${jid}?tab=permissions`, '/admin/users/bin', '/admin/permissions', '/admin/permissions/' + permission,
      '/admin/profiles', '/admin/profiles/' + profile.id, '/admin/teams', '/admin/teams/' + team.id, `/admin/teams/${team.id}?tab=members`, `/admin/teams/${team.id}?tab=reasons`,
      '/admin/groups', '/admin/groups/' + encodeURIComponent(room), '/admin/log', '/admin/users?q=' + encodeURIComponent(html), '/admin/' + encodeURIComponent(html),
    ]
    for (const path of pages) {
      await page.goto(path)
      await settled(page)
      expect(await page.locator('img, script:not([src])').count(), path).toBe(0)
      expect(await page.evaluate(() => (window as unknown as { hit?: number }).hit), path).toBeUndefined()
    }
    await page.goto('/admin/users/' + jid)
    await page.getByRole('heading', { level: 1, name: html.slice(0, 20) }).waitFor()
    await page.goto('/admin/users?q=' + mark)
    await settled(page)
    await page.locator('tbody .check').first().click()
    await page.locator('.bulkbar .btn--quiet-danger').click()
    await page.getByRole('dialog').getByText(html.slice(0, 20)).first().waitFor() // in a question too
    expect(await page.locator('img').count()).toBe(0)
  })
})

describe('search over all', () => {
  it('finds pages, users, permissions, groups, devices, teams and trunks from the keyboard', async () => {
    const mark = fresh('goto')
    await api.user(mark, { displayName: `${mark} Person` })
    await api.permission(`${mark} Permission`)
    await api.group(`${mark} Group`, [await api.user(fresh())])
    await api.device(`${mark} Device`)
    await api.team(`${mark} Team`, [])
    await api.trunk(`${mark} Trunk`)
    const page = await open('/admin/log')
    await settled(page)
    await press(page, 'Control+k')
    await expect.poll(() => focused(page)).toBe('Search or go to')
    await page.keyboard.type(mark)
    await expect.poll(() => page.getByRole('option').allTextContents()).toHaveLength(6)
    await press(page, 'ArrowDown')
    await press(page, 'Enter')
    await page.getByRole('heading', { level: 1, name: `${mark} Permission` }).waitFor()
    await press(page, 'Control+k')
    await page.locator('.goto').waitFor()
    await page.keyboard.type('sessions')
    await press(page, 'Enter') // before the list has come
    await page.getByRole('heading', { level: 1, name: 'Online sessions' }).waitFor()
    await press(page, 'Control+k')
    await page.locator('.goto').waitFor()
    await press(page, 'Escape')
    await page.locator('.goto').waitFor({ state: 'detached' })
  })
})

describe('the overview', () => {
  it('counts what there is, and leads there', async () => {
    const page = await open('/admin/')
    await settled(page)
    const kpi = page.locator('.kpi')
    expect(await kpi.locator('.eyebrow').allTextContents()).toEqual(['Sessions', 'Messages', 'Groups and rooms', 'Guests', 'Running'])
    await page.getByText(/of \d+ places/).waitFor()
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    expect(await page.locator('.health li').count()).toBeGreaterThanOrEqual(3)
    expect(await page.locator('.health [lang=en]').count()).toBe(0) // each check has words in both languages
    await page.getByRole('radio', { name: '24 hours' }).click()
    await page.getByText('in the last 24 hours').waitFor()
    await page.getByRole('link', { name: /Sessions/ }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Online sessions' }).waitFor()
  })
})

describe('a chart', () => {
  it('says its figures to those who do not see it, and each value by the arrow keys', async () => {
    const page = await open('/admin/account')
    const series = { from: '2026-03-01T10:00:00Z', step: 60, messages: [0, 120, 40], sessions: [3, 5, 4], cpu: [1, 2, 3], memory: [1e8, 1e8, 1.1e8] }
    await page.route('**/api/v1/overview/series*', (route) => route.fulfill({ json: series })) // a server that runs for an hour
    await page.goto('/admin/')
    const chart = page.locator('.chart-box').first()
    await chart.waitFor()
    expect(await chart.getAttribute('aria-label')).toMatch(/^Messages per minute: most were 120 at .+, now 40\. Sessions: most were 5, now 4\.$/)
    await chart.focus()
    await press(page, 'ArrowLeft')
    await expect.poll(() => chart.getByRole('status').textContent()).toMatch(/: Messages 120, Sessions 5$/)
    await press(page, 'Home')
    await expect.poll(() => chart.getByRole('status').textContent()).toMatch(/: Messages 0, Sessions 3$/)
    await press(page, 'Escape')
    await expect.poll(() => page.locator('.chart-tip').count()).toBe(0)
    await page.goto('/admin/account')
    await page.route('**/api/v1/overview/series*', (route) => route.fulfill({ json: { ...series, messages: [], sessions: [], cpu: [], memory: [] } }))
    await page.goto('/admin/')
    await page.getByText('Lines are drawn from the second minute on.').first().waitFor() // and one that has just begun
  })
})

describe('the audit log', () => {
  it('says who did what, before and after, and never a secret', async () => {
    const login = fresh('logged')
    const jid = await api.user(login, { displayName: 'Logged Before', auth: 'internal', password: 'Sommerwind7' })
    const user = await api.call<Record<string, unknown>>('GET', '/users/' + jid)
    await api.call('PUT', '/users/' + jid, {
      ...Object.fromEntries(['revision', 'extension', 'auth', 'email', 'language', 'callWaiting', 'faxExtension', 'voicemail', 'softphone', 'mobile', 'mobileNumber', 'level'].map((k) => [k, user[k]])),
      displayName: 'Logged After', disabled: false, pin: '4471',
    })
    await api.call('PUT', `/users/${jid}/password`, { password: 'Winterwind8' })
    const page = await open('/admin/log')
    await settled(page)
    await press(page, '/')
    await page.keyboard.type(login)
    const rows = page.locator('tbody tr')
    await expect.poll(() => rows.count()).toBe(3)
    expect((await rows.locator('td:nth-child(3)').allTextContents())).toEqual(['Set a password', 'Changed a user', 'Added a user'])
    await rows.nth(1).getByRole('button').click()
    const changes = page.locator('.opened')
    await expect.poll(() => changes.locator('tbody tr').allTextContents()).toEqual(expect.arrayContaining(['Display nameLogged BeforeLogged After', 'PINnot shown']))
    expect(await page.locator('main').textContent()).not.toMatch(/4471|Winterwind8|Sommerwind7/)
    await page.getByRole('radio', { name: 'Groups' }).click()
    await page.getByText(`Nothing called “${login}”`).waitFor()
    await page.getByRole('button', { name: 'Clear search' }).click()
    await page.getByRole('radio', { name: 'Everything' }).click()
    await expect.poll(() => rows.count()).toBeGreaterThan(3)
    await rows.getByRole('link').first().waitFor()
    await page.getByRole('button', { name: 'Show older' }).or(page.getByText('That is all')).first().waitFor()
  })
})

describe('without a connection', () => {
  it('the page stays readable, says when it tries again, and goes on by itself', async () => {
    const login = fresh('offline')
    await api.user(login, { displayName: 'Still Here' })
    const page = await open('/admin/users?q=' + login)
    await page.getByText('Still Here').waitFor()
    await page.context().setOffline(true)
    await page.getByRole('columnheader', { name: 'Display name' }).getByRole('button').click()
    const told = page.locator('.no-connection')
    await told.getByText(/Trying again in \d second/).waitFor()
    await page.getByText('Still Here').waitFor()
    await page.getByRole('button', { name: 'Try now' }).click()
    await told.getByText(/Trying again/).waitFor()
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Try now' }).click()
    await told.waitFor({ state: 'detached' })
    expect(await page.getByRole('columnheader', { name: 'Display name' }).getAttribute('aria-sort')).toBe('descending')
    await page.getByText('Still Here').waitFor()
    forgive()
  })

  it('a form keeps what was typed', async () => {
    const page = await open('/admin/users?add=1')
    await page.locator('[name=login]').fill(fresh())
    await page.getByRole('radio', { name: 'None' }).click()
    await page.context().setOffline(true)
    await press(page, 'Control+s')
    await page.locator('.drawer').getByText('There is no connection to the server.').waitFor()
    await page.context().setOffline(false)
    await press(page, 'Control+s')
    await page.locator('.drawer').waitFor({ state: 'detached' })
    forgive()
  })
})

describe('on a phone', () => {
  it('the menu opens over the page and closes again', async () => {
    const page = await open('/admin/users', { width: 390, height: 844 })
    await settled(page)
    expect(await page.locator('.sidebar').isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Menu', exact: true }).click()
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor()
    await expect.poll(() => page.locator('.sidebar').isVisible()).toBe(false)
  })
})
