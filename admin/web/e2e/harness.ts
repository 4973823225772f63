import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { chromium, request, type APIRequestContext, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { newMember, newTeam } from '../src/console/teams/model'
import type { Session, Team } from '../src/shared/types'
import { findings } from './axe'

// The server under test is told by the environment: PLENUM_URL is its address, PLENUM_LOGIN and PLENUM_PASSWORD those of
// a system administrator, PLENUM_CHROMIUM the browser when it is not the one of Debian.

function told(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: make interop TESTFLAGS='-run Console' sets it`)
  return value
}

export const server = told('PLENUM_URL')
export const admin = { login: told('PLENUM_LOGIN'), password: told('PLENUM_PASSWORD') }

/** The main domain, and what groups are called there. */
export const domain = 'localhost'

export type Lang = 'en' | 'de'

let browser: Browser
const contexts: BrowserContext[] = []
const complaints: string[] = []

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.PLENUM_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
  })
})

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((c) => c.close()))
  // Whatever the browser complains about is a fault: an exception, or what the content security policy has stopped.
  expect(complaints.splice(0)).toEqual([])
})

afterAll(async () => {
  await browser.close()
})

export interface Look {
  lang?: Lang
  width?: number
  height?: number
  /** Who is signed in; nobody when null. */
  as?: { login: string; password: string } | null
  /** A finger instead of a pointer. */
  touch?: boolean
}

/** A new window of a browser that nothing else is kept in. */
export async function open(path: string, look: Look = {}): Promise<Page> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    baseURL: server,
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    locale: look.lang === 'de' ? 'de-DE' : 'en-GB',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write', 'camera', 'microphone'],
    isMobile: look.touch ?? false,
    hasTouch: look.touch ?? false,
  })
  contexts.push(context)
  if (look.as !== null) await signIn(context.request, look.as ?? admin, path.startsWith('/app') ? '/app/session' : '/session')
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('pageerror', (e) => complaints.push(String(e.stack ?? e)))
  page.on('dialog', (d) => {
    complaints.push(`dialog: ${d.message()}`)
    void d.dismiss()
  })
  page.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) complaints.push(m.text())
  })
  await page.goto(path)
  return page
}

/** A refused request that a test wanted is no complaint. */
export function forgive(): void {
  complaints.length = 0
}

async function signIn(api: APIRequestContext, who: { login: string; password: string }, where = '/session'): Promise<Session> {
  const answer = await api.post(server + '/api/v1' + where, { data: who, headers: { Origin: server } })
  if (!answer.ok()) throw new Error(`sign in as ${who.login}: ${answer.status()} ${await answer.text()}`)
  return (await answer.json()) as Session
}

/** The JSON API as an administrator has it, for what a test needs to be there. */
export class Api {
  private constructor(
    private readonly api: APIRequestContext,
    readonly session: Session,
  ) {}

  static async open(who = admin): Promise<Api> {
    const api = await request.newContext({ ignoreHTTPSErrors: true })
    return new Api(api, await signIn(api, who))
  }

  async call<T>(method: string, path: string, data?: unknown): Promise<T> {
    const answer = await this.api.fetch(server + '/api/v1' + path, {
      method, headers: { Origin: server, 'X-CSRF-Token': this.session.csrf }, ...(data !== undefined && { data }),
    })
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
    const text = await answer.text()
    return (text ? JSON.parse(text) : undefined) as T
  }

  /** A user who cannot sign in, unless data says so: enough to be listed, assigned, put into groups. */
  async user(login: string, data: object = {}): Promise<string> {
    await this.call('POST', '/users', {
      login, displayName: login, extension: '', auth: 'none', email: '', language: '', callWaiting: true, faxExtension: '', voicemail: 'none',
      softphone: false, mobile: false, mobileNumber: '', level: '', disabled: false, ...data,
    })
    return `${login}@${domain}`
  }

  async permission(name: string, types: string[] = [], users: string[] = []): Promise<string> {
    const auto = { users: false, devices: false, teams: false, locations: false }
    const { id } = await this.call<{ id: string }>('POST', '/permissions', { name, description: '', types, auto })
    if (users.length) await this.call('POST', `/permissions/${id}/members`, { kind: 'user', add: users, remove: [] })
    return id
  }

  async group(name: string, owners: string[], members: string[] = []): Promise<string> {
    return (await this.call<{ room: string }>('POST', '/groups', { name, owners, members })).room
  }

  /** A telephone, of somebody or nobody. */
  async device(name: string, owner = '', data: object = {}): Promise<string> {
    return (await this.call<{ id: string }>('POST', '/devices', { kind: 'phone', name, owner, encryption: '', ...data })).id
  }

  /** A team of users who log in and out, with a reason to pause. */
  async team(name: string, users: string[], data: object = {}): Promise<Team> {
    return this.call<Team>('POST', '/teams', { ...newTeam(name, '', 'ringall'), pauseReasons: [{ code: '1', title: 'Lunch' }], members: users.map(newMember), ...data })
  }

  /** A trunk that is switched off, with an account and rules for numbers. */
  async trunk(name: string, data: object = {}): Promise<string> {
    const account = {
      id: '', title: '', host: 'sip.voip.example', port: 0, transport: 'udp', proxy: '', addresses: [], extension: '', user: 'alice', register: true, options: false, clip: 'auto', clir: 'auto', toHeader: false,
    }
    return (await this.call<{ id: string }>('POST', '/trunks', {
      name, enabled: false, kind: 'registering', accounts: [account], country: '49', area: '', international: '00', national: '0', prefix: '0', format: 'e164', inbound: [], outbound: [], maxCalls: 0,
      policy: { international: false, premium: false, prefixes: [], perHour: 0 }, fallback: '', block: { base: '+49 999 12345', digits: 2, central: '' }, ...data,
    })).id
  }

  close(): Promise<void> {
    return this.api.dispose()
  }
}

let last = 0
/** A login name that no other test has. */
export function fresh(prefix = 'user'): string {
  return `${prefix}${process.pid}x${++last}`
}

/** An extension that no other test has. */
export function number(): string {
  return String(10_000 + ((process.pid * 97 + ++last * 13) % 80_000))
}

/** Waits until the page shows what it loads. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('main') && !document.querySelector('[aria-busy="true"], .skel'))
}

/** What axe finds wrong with the page as it is, in both themes, as text: the rule, and where. */
export async function axe(page: Page): Promise<string[]> {
  const found = (await findings(page)).map((f) => 'light: ' + f)
  await page.emulateMedia({ colorScheme: 'dark' })
  found.push(...(await findings(page, ['color-contrast'])).map((f) => 'dark: ' + f)) // nothing else depends on colours
  await page.emulateMedia({ colorScheme: 'light' })
  return found
}

/** Presses a key several times. */
export async function press(page: Page, key: string, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) await page.keyboard.press(key)
}

/** The name of what has the focus, as a screen reader would say it. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const e = document.activeElement as HTMLElement | null
    if (!e) return ''
    const labelled = e.getAttribute('aria-label') ?? (e as HTMLInputElement).labels?.[0]?.textContent ?? e.textContent ?? ''
    return labelled.trim()
  })
}

/** Goes on with Tab until a control of this name has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, name: string | RegExp, key = 'Tab', most = 80): Promise<void> {
  for (let i = 0; i < most; i++) {
    const now = await focused(page)
    if (typeof name === 'string' ? now.startsWith(name) : name.test(now)) return
    await page.keyboard.press(key)
  }
  throw new Error(`no control called ${name} within ${most} times ${key}; the focus is on ${await focused(page)}`)
}
