// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client, type State } from './client'
import { FakeSocket, frames, letIn, newSession, settled } from './fakes'
import { attr, child, el, parse } from './xml'

function start() {
  const sockets: FakeSocket[] = []
  const states: State[] = []
  const sessions: { jid: string; lost: readonly string[] }[] = []
  const stanzas: Element[] = []
  const client = new Client(
    {
      url: 'wss://localhost/xmpp-websocket',
      credentials: { domain: 'guest.localhost', token: 'tök€n' },
      dial: () => sockets[sockets.push(new FakeSocket()) - 1]!,
    },
    {
      state: (s) => states.push(s),
      session: (jid, lost) => sessions.push({ jid, lost }),
      stanza: (e) => stanzas.push(e),
      request: (iq) => (iq.firstElementChild?.localName === 'jingle' ? el('iq', { xmlns: 'jabber:client', type: 'result', id: attr(iq, 'id') }) : undefined),
    },
  )
  const last = () => states.at(-1)!
  return { client, sockets, states, sessions, stanzas, last }
}

/** online is a client in its first session; what it sent for the login is out of the way. */
async function online() {
  const t = start()
  t.client.connect()
  await letIn(t.sockets[0]!)
  await newSession(t.sockets[0]!)
  t.sockets[0]!.sent.length = 0
  return t
}

const chat = (id: string) => el('message', { xmlns: 'jabber:client', id, to: 'demo@groups.localhost', type: 'groupchat' }, el('body', {}, id))
const incoming = (id: string) => `<message xmlns='jabber:client' from='demo@groups.localhost/Anna' type='groupchat' id='${id}'><body>${id}</body></message>`

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('login', () => {
  it('opens the stream, shows the token, binds and switches stream management on', async () => {
    const t = start()
    t.client.connect()
    const s = t.sockets[0]!
    await letIn(s)
    expect(attr(s.takes(), 'to')).toBe('guest.localhost')
    const auth = s.takes()
    expect(attr(auth, 'mechanism')).toBe('ANONYMOUS')
    expect(Buffer.from(auth.textContent!, 'base64').toString()).toBe('tök€n')
    expect(s.takes().localName).toBe('open')
    expect(child(s.takes(), 'urn:ietf:params:xml:ns:xmpp-bind', 'bind')).toBeDefined()
    await newSession(s)
    expect(attr(s.takes(), 'resume')).toBe('true')
    expect(t.sessions).toEqual([{ jid: 'g7@guest.localhost/r1', lost: [] }])
    expect(t.states.map((x) => x.is)).toEqual(['connecting', 'online'])
  })

  it('ends when the link opens nothing', async () => {
    const t = start()
    t.client.connect()
    const s = t.sockets[0]!
    s.opens()
    await settled()
    s.says(frames.open, frames.mechanisms)
    await settled()
    s.says("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text xml:lang='en'>no such link</text></failure>")
    await settled()
    expect(t.last()).toEqual({ is: 'ended', fault: { is: 'sasl', condition: 'not-authorized', text: 'no such link' } })
    await vi.advanceTimersByTimeAsync(600_000)
    expect(t.sockets).toHaveLength(1)
    t.client.connect()
    expect(t.sockets).toHaveLength(1)
  })

  it('ends when there is no place at first, and waits for one when a session was lost', async () => {
    const full = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/><text xml:lang='en'>all places are taken</text></failure>"
    const refuse = async (s: FakeSocket) => {
      s.opens()
      await settled()
      s.says(frames.open, frames.mechanisms)
      await settled()
      s.says(full)
      await settled()
    }
    const t = start()
    t.client.connect()
    await refuse(t.sockets[0]!)
    expect(t.last()).toMatchObject({ is: 'ended', fault: { condition: 'temporary-auth-failure', text: 'all places are taken' } })
    const u = await online()
    u.sockets[0]!.breaks()
    await vi.advanceTimersByTimeAsync(500)
    await refuse(u.sockets[1]!)
    expect(u.last()).toMatchObject({ is: 'waiting', fault: { is: 'sasl' } })
    await vi.advanceTimersByTimeAsync(1000)
    expect(u.sockets).toHaveLength(3)
  })

  it('gives a server up that does not answer in time, and comes back later and later', async () => {
    const t = start()
    t.client.connect()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(t.last()).toMatchObject({ is: 'waiting', fault: { is: 'timeout' } })
    expect(t.sockets[0]!.closed).toBe(true)
    for (let i = 0; i < 12; i++) {
      t.sockets.at(-1)!.breaks()
      const s = t.last()
      expect(s.is).toBe('waiting')
      const wait = s.is === 'waiting' ? s.until - Date.now() : 0
      expect(wait).toBeLessThanOrEqual(30_000)
      await vi.advanceTimersByTimeAsync(wait)
    }
    expect(t.sockets.length).toBe(13)
    t.client.connect() // while one attempt is under way: nothing
    expect(t.sockets.length).toBe(13)
  })

  it('takes no other server for ours', async () => {
    const t = start()
    t.client.connect()
    t.sockets[0]!.opens()
    await settled()
    t.sockets[0]!.says("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>")
    await settled()
    expect(t.last()).toMatchObject({ is: 'waiting', fault: { is: 'protocol' } })
  })
})

describe('resumption', () => {
  it('goes on where the connection broke: nothing is lost, nothing comes twice', async () => {
    const t = await online()
    const first = t.sockets[0]!
    for (const id of ['one', 'two']) t.client.send(chat(id), id)
    first.says(incoming('a'), frames.ack(1), incoming('b'))
    first.breaks()
    expect(t.client.send(chat('three'), 'three')).toBe(true) // kept until the session goes on
    await vi.advanceTimersByTimeAsync(500)
    const second = t.sockets[1]!
    await letIn(second)
    const trace = Buffer.from(parse(second.sent[1]!)!.textContent!, 'base64').toString()
    expect(trace).toBe('tök€n:g7:sm-1') // so that the server knows whose session it is
    second.sent.splice(0, 3)
    const resume = second.takes()
    expect([resume.localName, attr(resume, 'previd'), attr(resume, 'h')]).toEqual(['resume', 'sm-1', '2'])
    second.says(frames.resumed(1), incoming('c'))
    await settled()
    expect(second.sent.map((f) => /id='(\w+)'/.exec(f)?.[1])).toEqual(['two', 'three'])
    expect(t.stanzas.map((e) => attr(e, 'id'))).toEqual(['a', 'b', 'c'])
    expect(t.sessions).toHaveLength(1)
    second.sent.length = 0
    second.says(frames.request)
    expect(attr(second.takes(), 'h')).toBe('3')
  })

  it('begins anew when the server has given the session up, and says what may be lost', async () => {
    const t = await online()
    for (const id of ['one', 'two']) t.client.send(chat(id), id)
    t.sockets[0]!.breaks()
    await vi.advanceTimersByTimeAsync(500)
    const second = t.sockets[1]!
    await letIn(second)
    second.says("<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
    await settled()
    await newSession(second)
    expect(t.sessions[1]).toEqual({ jid: 'g7@guest.localhost/r1', lost: ['two'] })
    second.sent.length = 0
    second.says(incoming('a'), frames.request)
    expect(attr(second.takes(), 'h')).toBe('1')
  })

  it('answers requests that were under way with "lost" when a new session begins', async () => {
    const t = await online()
    const asked = t.client.iq('get', 'demo@groups.localhost', el('query', { xmlns: 'x' }), 60_000)
    t.sockets[0]!.breaks()
    await vi.advanceTimersByTimeAsync(500)
    await letIn(t.sockets[1]!)
    t.sockets[1]!.says("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
    await settled()
    await newSession(t.sockets[1]!)
    expect(await asked).toEqual({ ok: false, fault: { is: 'lost' } })
  })

  it('does not go on with a session whose count is wrong', async () => {
    const t = await online()
    t.sockets[0]!.says(frames.ack(5))
    expect(t.last()).toMatchObject({ is: 'waiting', fault: { is: 'protocol' } })
    expect(t.client.send(chat('one'), 'one')).toBe(false)
    await vi.advanceTimersByTimeAsync(500)
    await letIn(t.sockets[1]!)
    expect(t.sockets[1]!.sent.at(-1)).toContain('<bind')
  })
})

describe('a connection that is dead without saying so', () => {
  it('is asked for a sign of life after a silence, and given up when none comes', async () => {
    const t = await online()
    await vi.advanceTimersByTimeAsync(24_000)
    expect(t.sockets[0]!.sent).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(t.sockets[0]!.takes().localName).toBe('r')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(t.last()).toMatchObject({ is: 'waiting', fault: { is: 'timeout' } })
  })

  it('stays when the sign comes', async () => {
    const t = await online()
    await vi.advanceTimersByTimeAsync(25_000)
    t.sockets[0]!.says(frames.ack(0))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(t.last().is).toBe('online')
  })

  it('is found out soon when the page wakes up, and at once when the browser says that there is no network', async () => {
    const t = await online()
    await vi.advanceTimersByTimeAsync(10_000)
    t.client.wake()
    expect(t.sockets[0]!.takes().localName).toBe('r')
    await vi.advanceTimersByTimeAsync(4_000)
    expect(t.last().is).toBe('waiting')
    t.client.wake() // does not wait for the planned attempt
    expect(t.last().is).toBe('connecting')
    await letIn(t.sockets[1]!)
    t.sockets[1]!.says(frames.resumed(0))
    await settled()
    t.client.cut()
    expect(t.last().is).toBe('waiting')
  })
})

describe('iq', () => {
  it('brings the answer of the one who was asked, and of nobody else', async () => {
    const t = await online()
    const asked = t.client.iq('get', 'groups.localhost', el('query', { xmlns: 'x' }))
    const id = attr(t.sockets[0]!.takes(), 'id')
    t.sockets[0]!.says(`<iq xmlns='jabber:client' type='result' id='${id}' from='demo@groups.localhost/Mallory'/>`)
    t.sockets[0]!.says(`<iq xmlns='jabber:client' type='error' id='${id}' from='groups.localhost'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error></iq>`)
    expect(await asked).toEqual({ ok: false, fault: { is: 'stanza', type: 'auth', condition: 'forbidden', text: 'no' } })
  })

  it('ends with a timeout', async () => {
    const t = await online()
    const asked = t.client.iq('get', 'groups.localhost', undefined, 5000)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await asked).toEqual({ ok: false, fault: { is: 'timeout' } })
  })

  it('of others is answered: ping and disco as they ask, the rest with an error', async () => {
    const t = await online()
    const ask = (payload: string) => {
      t.sockets[0]!.says(`<iq xmlns='jabber:client' type='get' id='q' from='guest.localhost'>${payload}</iq>`)
      return t.sockets[0]!.takes()
    }
    expect(attr(ask("<ping xmlns='urn:xmpp:ping'/>"), 'type')).toBe('result')
    expect(ask("<query xmlns='http://jabber.org/protocol/disco#info'/>").firstElementChild?.children).toHaveLength(3)
    expect(attr(ask("<query xmlns='jabber:iq:last'/>"), 'type')).toBe('error')
    expect(attr(ask("<jingle xmlns='urn:xmpp:jingle:1'/>"), 'type')).toBe('result') // by the listener
    expect(t.client.jid).toBe('g7@guest.localhost/r1')
  })
})

describe('in a hurry', () => {
  it('a connection that does not answer is made anew, and so is an attempt that comes to nothing', async () => {
    const t = await online()
    await vi.advanceTimersByTimeAsync(10)
    for (let i = 0; i < 4; i++) {
      t.client.hurry()
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(t.sockets[0]!.closed).toBe(true)
    expect(t.sockets.length).toBeGreaterThan(1)
    const attempts = t.sockets.length
    for (let i = 0; i < 6; i++) {
      t.client.hurry()
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(t.sockets.length).toBeGreaterThanOrEqual(attempts + 2)
    expect(t.sockets.slice(0, -1).every((s) => s.closed)).toBe(true)
    await letIn(t.sockets.at(-1)!)
    t.sockets.at(-1)!.says(frames.resumed(0))
    await settled()
    expect(t.last()).toEqual({ is: 'online' })
  })

  it('one that answers stays', async () => {
    const t = await online()
    for (let i = 0; i < 10; i++) {
      t.client.hurry()
      await vi.advanceTimersByTimeAsync(500)
      t.sockets[0]!.says(frames.ack(0))
      await vi.advanceTimersByTimeAsync(500)
    }
    expect(t.sockets).toHaveLength(1)
  })
})

describe('the end', () => {
  it('is final when the server ends the session for a reason that stays', async () => {
    const t = await online()
    t.sockets[0]!.says(
      "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>guests are off</text></stream:error>",
      frames.close,
    )
    expect(t.last()).toEqual({ is: 'ended', fault: { is: 'stream', condition: 'not-authorized', text: 'guests are off' } })
  })

  it('is not when the server goes down', async () => {
    const t = await online()
    t.sockets[0]!.says(
      "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    )
    expect(t.last()).toMatchObject({ is: 'waiting', fault: { is: 'stream', condition: 'system-shutdown' } })
  })

  it('says goodbye: the farewell, the end of the stream, then nothing more', async () => {
    const t = await online()
    t.client.close(el('presence', { type: 'unavailable' }))
    expect(t.sockets[0]!.takes().localName).toBe('presence')
    expect(t.sockets[0]!.takes().localName).toBe('close')
    expect(t.sockets[0]!.closed).toBe(true)
    expect(t.last()).toEqual({ is: 'ended', fault: undefined })
    t.sockets[0]!.says(incoming('late'))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(t.stanzas).toEqual([])
    expect(t.sockets).toHaveLength(1)
  })
})
