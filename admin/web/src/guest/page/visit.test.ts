// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Visit } from './visit'

const answers: (() => Response | Promise<Response>)[] = []
const asked: string[] = []

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => () => new Response(JSON.stringify(body), { status, headers })
const open = json(200, { group: 'Demo', state: 'open', room: 'demo@groups.localhost', domain: 'guest.localhost' })
const full = json(200, { group: 'Demo', state: 'full', room: 'demo@groups.localhost', domain: 'guest.localhost' })
const nobody = () => Promise.reject(new TypeError('no network'))

beforeEach(() => {
  vi.useFakeTimers()
  answers.length = asked.length = 0
  vi.stubGlobal('fetch', (url: URL) => {
    asked.push(url.pathname)
    return Promise.resolve().then(answers.shift())
  })
})
afterEach(() => void vi.useRealTimers())

describe('asking about the link', () => {
  it('leads to the options', async () => {
    answers.push(open)
    const v = new Visit('a/b')
    expect(v.screen.value).toBe('loading')
    await v.ask()
    expect([v.screen.value, v.invited.value?.group, v.notice.value]).toEqual(['options', 'Demo', undefined])
    expect(asked).toEqual(['/api/v1/public/guest/a%2Fb'])
  })

  it('says that all places are taken', async () => {
    answers.push(full)
    const v = new Visit('t')
    await v.ask()
    expect([v.screen.value, v.notice.value]).toEqual(['options', { is: 'full' }])
  })

  it('says that the link leads nowhere', async () => {
    answers.push(json(404, { title: 'Not Found', status: 404 }))
    const v = new Visit('t')
    await v.ask()
    expect(v.screen.value).toBe('invalid')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked).toHaveLength(1)
  })

  it('waits as long as the server says when that has heard too much, and goes on by itself', async () => {
    answers.push(json(429, {}, { 'Retry-After': '20' }), open)
    const v = new Visit('t')
    await v.ask()
    expect([v.screen.value, v.retryAt.value - Date.now()]).toEqual(['busy', 20_000])
    await vi.advanceTimersByTimeAsync(19_999)
    expect(v.screen.value).toBe('busy')
    await vi.advanceTimersByTimeAsync(1)
    expect([v.screen.value, v.notice.value]).toEqual(['options', undefined])
  })

  it('tries again when nobody answers, every few seconds and when asked to', async () => {
    answers.push(nobody, json(503, {}), nobody, open)
    const v = new Visit('t')
    await v.ask()
    expect([v.screen.value, v.notice.value]).toEqual(['unreachable', undefined])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked).toHaveLength(2)
    v.now()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(asked).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(1)
    expect(v.screen.value).toBe('options')
  })
})

describe('the name', () => {
  it('gets its form, and is refused beside the field', () => {
    const v = new Visit('t')
    v.name.value = '  Sofia\u202e \n Marques '
    expect([v.checkName(), v.name.value]).toEqual([true, 'Sofia Marques'])
    v.name.value = '\u202e'
    expect([v.checkName(), v.nameProblem.value]).toEqual([false, 'empty'])
    v.name.value = 'x'.repeat(61)
    expect([v.checkName(), v.nameProblem.value]).toEqual([false, 'long'])
  })
})
