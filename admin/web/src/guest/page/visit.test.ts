// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices } from '../../call'
import { FakeMeeting } from '../../call/fake'
import { FakeSocket, letIn, newSession, settled } from '../../shared/xmpp/fakes'
import { Visit, type Part } from './visit'

const silent = { stanza: () => {}, request: () => undefined, online: () => {}, close: () => {} }
const visitOf = (token: string): Visit => new Visit(token, new Devices(undefined), ({ devices }): Part => Object.assign(new FakeMeeting(devices), silent))

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
    const v = visitOf('a/b')
    expect(v.screen.value).toBe('loading')
    await v.ask()
    expect([v.screen.value, v.invited.value?.group, v.notice.value]).toEqual(['options', 'Demo', undefined])
    expect(asked).toEqual(['/api/v1/public/guest/a%2Fb'])
  })

  it('says that all places are taken', async () => {
    answers.push(full)
    const v = visitOf('t')
    await v.ask()
    expect([v.screen.value, v.notice.value]).toEqual(['options', { is: 'full' }])
  })

  it('says that the link leads nowhere', async () => {
    answers.push(json(404, { title: 'Not Found', status: 404 }))
    const v = visitOf('t')
    await v.ask()
    expect(v.screen.value).toBe('invalid')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked).toHaveLength(1)
  })

  it('waits as long as the server says when that has heard too much, and goes on by itself', async () => {
    answers.push(json(429, {}, { 'Retry-After': '20' }), open)
    const v = visitOf('t')
    await v.ask()
    expect([v.screen.value, v.retryAt.value - Date.now()]).toEqual(['busy', 20_000])
    await vi.advanceTimersByTimeAsync(19_999)
    expect(v.screen.value).toBe('busy')
    await vi.advanceTimersByTimeAsync(1)
    expect([v.screen.value, v.notice.value]).toEqual(['options', undefined])
  })

  it('tries again when nobody answers, every few seconds and when asked to', async () => {
    answers.push(nobody, json(503, {}), nobody, open)
    const v = visitOf('t')
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

describe('the options', () => {
  it('learn that the meeting is under way, and that there is a place again', async () => {
    answers.push(full, json(200, { group: 'Demo', state: 'open', room: 'demo@groups.localhost', domain: 'guest.localhost', running: true }), nobody)
    const v = visitOf('t')
    await v.ask()
    await v.refresh()
    expect([v.invited.value?.running, v.notice.value]).toEqual([true, undefined])
    await v.refresh()
    expect([v.screen.value, v.invited.value?.running]).toEqual(['options', true])
  })
})

describe('the name', () => {
  it('gets its form, and is refused beside the field', () => {
    const v = visitOf('t')
    v.name.value = '  Sofia\u202e \n Marques '
    expect([v.checkName(), v.name.value]).toEqual([true, 'Sofia Marques'])
    v.name.value = '\u202e'
    expect([v.checkName(), v.nameProblem.value]).toEqual([false, 'empty'])
    v.name.value = 'x'.repeat(61)
    expect([v.checkName(), v.nameProblem.value]).toEqual([false, 'long'])
  })
})

describe('a visit', () => {
  const sockets: FakeSocket[] = []
  const online: string[] = []
  let part: FakeMeeting
  let v: Visit
  const room = 'demo@groups.localhost'
  const presence = (attrs: string, inner: string): string => `<presence xmlns='jabber:client' ${attrs}><x xmlns='http://jabber.org/protocol/muc#user'>${inner}</x></presence>`
  const self = presence(`from='${room}/Sofia'`, "<item affiliation='none' role='participant'/><status code='110'/>")
  const says = async (...what: string[]): Promise<void> => {
    sockets.at(-1)!.says(...what)
    await settled()
  }
  const come = async (): Promise<void> => {
    v.enter()
    await letIn(sockets.at(-1)!)
    await newSession(sockets.at(-1)!)
    await says(self)
  }
  beforeEach(async () => {
    sockets.length = online.length = 0
    sessionStorage.clear()
    vi.stubGlobal('WebSocket', function () {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    })
    v = new Visit('t', new Devices(undefined), ({ devices }): Part => {
      part = new FakeMeeting(devices, 'Sofia', 0) // jsdom draws no pictures of others
      vi.spyOn(part, 'join').mockImplementation(() => (part.link.value = { is: 'joining' }))
      return Object.assign(part, { ...silent, online: (s: string) => void online.push(s) })
    })
    answers.push(open)
    await v.ask()
    v.name.value = 'Sofia'
    await come()
  })

  it('takes part once it is in the room, and shows where one is', () => {
    expect([part.link.value.is, online, v.screen.value, v.entering.value]).toEqual(['joining', ['new'], 'options', true])
    const seen = (['waiting', 'knocking', 'live', 'hold', 'lost'] as const).map((scene) => {
      part.play(scene)
      return v.screen.value
    })
    expect([seen, v.entering.value]).toEqual([['waiting', 'waiting', 'meeting', 'waiting', 'meeting'], false])
  })

  it('goes on with the chat when sound and picture take their time, and with the rest when they are there', async () => {
    await vi.advanceTimersByTimeAsync(11_999)
    expect(v.screen.value).toBe('options')
    await vi.advanceTimersByTimeAsync(1)
    expect([v.screen.value, v.entering.value]).toEqual(['chat', false])
    part.play('waiting')
    expect(v.screen.value).toBe('waiting')
  })

  it('plays the music as loud as one likes it, and the meeting in full', () => {
    v.setMusic(0.25)
    part.play('waiting')
    expect(v.devices.volume.value).toBe(0.25)
    part.play('live')
    expect(v.devices.volume.value).toBe(1)
    v.byPhone(true)
    expect([v.devices.volume.value, v.devices.audioOn.value]).toEqual([0, false])
  })

  it('asks for the code that joins a telephone to the page, once, and only for who wants that: A-042', async () => {
    const asks = (): string[] => sockets.at(-1)!.sent.filter((s) => s.includes('<phone '))
    part.play('waiting')
    expect(asks()).toHaveLength(0)
    v.byPhone(true)
    part.play('live')
    part.play('hold')
    const [ask, ...more] = asks()
    expect(more).toHaveLength(0)
    await says(`<iq xmlns='jabber:client' type='result' id='${/ id=['"]([^'"]+)/.exec(ask!)![1]}' from='${room}/Conference'><phone xmlns='urn:plenum:conference:0' number='+49991296916' pin='313787136' code='4711'/></iq>`)
    expect(v.code.value).toBe('4711')
    v.leave()
    expect(v.code.value).toBe('')
  })

  it('goes on with the chat where there is no conference, and with the meeting once there is one', () => {
    part.link.value = { is: 'ended', why: { why: 'refused', fault: { is: 'stanza', type: 'cancel', condition: 'item-not-found', text: '' } } }
    expect(v.screen.value).toBe('chat')
    part.play('live')
    expect(v.screen.value).toBe('meeting')
  })

  it.each([
    [{ why: 'ended' }, 'over'],
    [{ why: 'failed', condition: 'decline' }, 'rejected'],
    [{ why: 'failed', condition: 'expired' }, 'nobody'],
  ] as const)('whose part ends with %j is %s', async (why, is) => {
    part.play('knocking')
    answers.push(open)
    part.link.value = { is: 'ended', why }
    expect(v.screen.value).toBe('waiting')
    await vi.advanceTimersByTimeAsync(1_000)
    expect([v.screen.value, v.notice.value, v.part.value]).toEqual(['options', { is }, undefined])
  })

  it('that is turned away at the door and put out of the room says the former', async () => {
    part.play('knocking')
    answers.push(open)
    part.link.value = { is: 'ended', why: { why: 'failed', condition: 'decline' } }
    await says(presence(`from='${room}/Sofia' type='unavailable'`, "<item role='none'/><status code='307'/><status code='110'/>"))
    await vi.advanceTimersByTimeAsync(0)
    expect([v.screen.value, v.notice.value]).toEqual(['options', { is: 'rejected' }])
  })

  it('says that one was removed, which the room tells after the part has ended', async () => {
    part.play('live')
    answers.push(open)
    part.play('ended')
    await says(presence(`from='${room}/Sofia' type='unavailable'`, "<item role='none'><actor nick='Anna'/><reason>x</reason></item><status code='307'/><status code='110'/>"))
    await vi.advanceTimersByTimeAsync(5_000)
    expect([v.screen.value, v.notice.value]).toEqual(['options', { is: 'removed', by: 'Anna', reason: 'x' }])
  })

  it('is left by the door, and remembered for as long as one is inside', () => {
    part.play('waiting')
    expect(sessionStorage.getItem('plenum.inside')).toBe('t')
    answers.push(open)
    v.leave()
    expect([v.screen.value, v.notice.value, v.part.value, sessionStorage.getItem('plenum.inside')]).toEqual(['options', { is: 'left' }, undefined, null])
    expect(sockets[0]!.sent.join()).toContain("type='unavailable'")
  })

  it('enters the room before the conference when the session was lost', async () => {
    part.play('live')
    sockets[0]!.breaks()
    v.now()
    await letIn(sockets[1]!)
    await says("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
    await newSession(sockets[1]!)
    expect(online).toEqual(['new'])
    await says(self)
    expect([online, v.screen.value]).toEqual([['new', 'new'], 'meeting'])
  })

  it('goes on when the session is resumed', async () => {
    part.play('live')
    sockets[0]!.breaks()
    v.now()
    await letIn(sockets[1]!)
    await says("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>")
    expect([online, v.screen.value]).toEqual([['new', 'resumed'], 'meeting'])
  })
})
