// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attr, child, parse } from '../shared/xmpp/xml'
import { Devices } from './devices'
import { FakeConnection, FakePort, settled } from './fakeconnection'
import { J } from './ns'
import { PeerCalls } from './peer'

const juliet = 'juliet@capulet.example/phone'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('Audio', class { play = () => Promise.resolve() })
  vi.stubGlobal('MediaStream', class { getTracks = () => [] })
})
afterEach(() => void vi.useRealTimers())

function start() {
  const port = new FakePort()
  port.jid = 'romeo@montague.example/page'
  const connections: FakeConnection[] = []
  const connect = (c: RTCConfiguration) => connections[connections.push(new FakeConnection(c)) - 1] as unknown as RTCPeerConnection
  const calls = new PeerCalls({ port, devices: new Devices(null), connect })
  const hears = (step: string, from = juliet, wrap = (m: string) => m) =>
    calls.stanza(parse(wrap(`<message xmlns='jabber:client' type='chat' from='${from}' to='${port.jid}'>${step}</message>`))!)
  const step = (name: string, id: string, inner = '') => `<${name} xmlns='${J.message}' id='${id}'>${inner}</${name}>`
  const propose = (id: string) => hears(step('propose', id, `<description xmlns='${J.rtp}' media='audio'/><description xmlns='${J.rtp}' media='video'/>`))
  /** said is the last step that was sent, its name, and to whom. */
  const said = () => {
    const m = port.sent.at(-1)!
    const e = [...m.children].find((c) => c.namespaceURI === J.message)!
    const reason = child(e, J.jingle, 'reason')?.firstElementChild?.localName
    return [e.localName, attr(m, 'to'), ...(reason ? [reason] : [])]
  }
  const ended = () => [calls.current.value!.state.value, calls.current.value!.end.value]
  return { port, connections, calls, hears, step, propose, said, ended }
}

describe('calling somebody', () => {
  it('rings at all of his clients and begins the session with the one that takes it', async () => {
    const t = start()
    const c = t.calls.call('juliet@capulet.example', true)!
    expect(t.said()).toEqual(['propose', 'juliet@capulet.example'])
    expect(t.port.sent[0]!.getElementsByTagName('description')).toHaveLength(2)
    expect(child(t.port.sent[0], J.hints, 'store')).toBeDefined()
    const id = attr(t.port.sent[0]!.firstElementChild!, 'id')
    t.hears(t.step('ringing', id))
    expect(c.state.value).toBe('ringing')
    t.hears(t.step('proceed', id))
    t.port.refuses('services', 'service-unavailable')
    await settled()
    const offer = t.port.takes('session-initiate')
    expect([offer.to, attr(offer.payload, 'sid'), attr(offer.payload, 'initiator')]).toEqual([juliet, id, t.port.jid])
  })

  it.each([
    ['reject', '', 'rejected'],
    ['reject', `<reason xmlns='${J.jingle}'><busy/></reason>`, 'busy'],
  ] as const)('ends when he says %s%s', (name, inner, end) => {
    const t = start()
    t.calls.call('juliet@capulet.example', false)
    t.hears(t.step(name, attr(t.port.sent[0]!.firstElementChild!, 'id'), inner))
    expect(t.ended()).toEqual(['ended', end])
  })

  it('ends when nobody answers, when he cannot be called, and when one thinks better of it', async () => {
    const t = start()
    t.calls.call('juliet@capulet.example', false)
    await vi.advanceTimersByTimeAsync(46_000)
    expect(t.ended()).toEqual(['ended', 'unanswered'])
    expect(t.said()).toEqual(['retract', 'juliet@capulet.example', 'cancel'])
    t.calls.call('juliet@capulet.example', false)
    const id = attr(t.port.sent.at(-1)!, 'id')
    t.calls.stanza(parse(`<message xmlns='jabber:client' type='error' id='${id}' from='juliet@capulet.example'><error type='cancel'/></message>`)!)
    expect(t.ended()).toEqual(['ended', 'unreachable'])
    t.calls.call('juliet@capulet.example', false)!.hangup()
    expect(t.said()).toEqual(['retract', 'juliet@capulet.example', 'cancel'])
    expect(t.ended()).toEqual(['ended', 'cancelled'])
  })

  it('is not answered by somebody else', () => {
    const t = start()
    const c = t.calls.call('juliet@capulet.example', false)!
    t.hears(t.step('proceed', attr(t.port.sent[0]!.firstElementChild!, 'id')), 'mallory@evil.example/x')
    expect(c.state.value).toBe('calling')
    expect(() => t.port.takes('services')).toThrow()
  })
})

describe('being called', () => {
  it('rings, and is taken', () => {
    const t = start()
    t.propose('c1')
    expect(t.said()).toEqual(['ringing', juliet])
    expect([t.calls.current.value!.state.value, t.calls.current.value!.video, t.calls.current.value!.outgoing]).toEqual(['ringing', true, false])
    t.calls.accept(t.calls.current.value!, true)
    expect(t.said()).toEqual(['proceed', juliet])
    expect(t.calls.current.value!.state.value).toBe('connecting')
  })

  it('is turned down', () => {
    const t = start()
    t.propose('c1')
    t.calls.current.value!.reject()
    expect(t.said()).toEqual(['reject', juliet, 'decline'])
    expect(t.ended()).toEqual(['ended', 'rejected'])
  })

  it('stops ringing when the caller gives up, or another of our devices has taken it', () => {
    const t = start()
    t.propose('c1')
    t.hears(t.step('retract', 'c1'))
    expect(t.ended()).toEqual(['ended', 'cancelled'])
    const carbon = (by: string) => (m: string) =>
      `<message xmlns='jabber:client' from='${by}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${m}</forwarded></sent></message>`
    t.propose('c2')
    t.hears(t.step('proceed', 'c2'), 'romeo@montague.example/phone', carbon('mallory@evil.example'))
    expect(t.calls.current.value!.state.value).toBe('ringing') // nobody but our own account tells what we have sent
    t.hears(t.step('proceed', 'c2'), 'romeo@montague.example/phone', carbon('romeo@montague.example'))
    expect(t.ended()).toEqual(['ended', 'elsewhere'])
  })

  it('while one speaks rings too; a third is told that one is busy', () => {
    const t = start()
    t.propose('c1')
    t.calls.accept(t.calls.current.value!, false)
    const audio = `<description xmlns='${J.rtp}' media='audio'/>`
    t.hears(t.step('propose', 'c2', audio), 'nurse@capulet.example/x')
    expect(t.said()).toEqual(['ringing', 'nurse@capulet.example/x'])
    expect([t.calls.current.value!.peer, t.calls.calls.value.map((c) => c.state.value)]).toEqual([juliet, ['connecting', 'ringing']])
    t.hears(t.step('propose', 'c3', audio), 'paris@verona.example/y')
    expect(t.said()).toEqual(['reject', 'paris@verona.example/y', 'busy'])
    expect(t.calls.call('mercutio@verona.example', false)).toBeUndefined()
  })

  it('by whom one calls just now: the lower id stays', () => {
    const t = start()
    t.calls.call('juliet@capulet.example', false) // id1
    t.propose('id9')
    expect(t.said()).toEqual(['reject', juliet, 'expired'])
    t.propose('id0')
    expect([t.calls.current.value!.outgoing, t.calls.current.value!.state.value]).toEqual([false, 'ringing'])
  })

  it('a session of somebody else, or of no call that was taken, is unknown', () => {
    const t = start()
    t.propose('c1')
    t.calls.accept(t.calls.current.value!, false)
    const iq = (from: string, action: string) =>
      t.calls.request(parse(`<iq xmlns='jabber:client' type='set' id='1' from='${from}'><jingle xmlns='${J.jingle}' action='${action}' sid='c1'/></iq>`)!)!.text
    expect(iq('juliet@capulet.example/other', 'session-initiate')).toContain('unknown-session')
    expect(iq(juliet, 'session-accept')).toContain('unknown-session')
    expect(iq(juliet, 'session-initiate')).toContain("type='result'")
  })
})

describe('two calls', () => {
  /** Two calls of which the first was taken, and the second begun by us. */
  async function two() {
    const t = start()
    t.propose('c1')
    t.calls.accept(t.calls.current.value!, false)
    const first = t.calls.current.value!
    const second = t.calls.call('nurse@capulet.example', false)!
    await settled()
    return { ...t, first, second }
  }
  const holds = (t: Awaited<ReturnType<typeof two>>) => [t.first.holds.value, t.second.holds.value, t.calls.current.value === t.second]

  it('another that one begins puts the first on hold; one goes to and fro between them', async () => {
    const t = await two()
    expect(holds(t)).toEqual([true, false, true])
    t.calls.bring(t.first)
    expect(holds(t)).toEqual([false, true, false])
    t.calls.bring(t.second)
    expect(holds(t)).toEqual([true, false, true])
    t.second.hangup()
    expect([t.calls.current.value, t.first.holds.value, t.calls.under.value.length]).toEqual([t.first, true, 1]) // it is taken back when one wants it
    t.calls.clear()
    expect(t.calls.calls.value).toEqual([t.first])
  })

  it('the first is told that it is on hold, hears nothing, and is told when it is not', async () => {
    const t = start()
    /** told is what the session's other end was told by session-info. */
    const told = () => t.port.asked.splice(0).filter((a) => attr(a.payload, 'action') === 'session-info').map((a) => a.payload.firstElementChild!.localName)
    const c = t.calls.call('12@pbx.example', false)!
    c.hold(true) // before he has answered
    t.hears(t.step('proceed', attr(t.port.sent[0]!.firstElementChild!, 'id')), '12@pbx.example/sip')
    t.port.refuses('services', 'service-unavailable')
    await settled()
    const offer = t.port.takes('session-initiate')
    offer.answer({ ok: true, value: offer.payload })
    await settled()
    const answer = offer.payload.cloneNode(true) as Element
    answer.setAttribute('action', 'session-accept')
    t.calls.request(parse(`<iq xmlns='jabber:client' type='set' id='a' from='12@pbx.example/sip'>${answer.outerHTML}</iq>`)!)
    await settled()
    t.connections[0]!.becomes('connected')
    expect([c.state.value, c.keyed.value, told()]).toEqual(['live', true, ['mute', 'hold']]) // there is no microphone here
    t.calls.bring(c)
    const lost = t.port.takes('session-info')
    expect(lost.payload.firstElementChild!.localName).toBe('unhold')
    lost.answer({ ok: false, fault: { is: 'lost' } })
    await settled()
    t.calls.call('13@pbx.example', false)
    t.port.grants('session-info')
    await settled()
    t.calls.online()
    expect(told()).toEqual([])
    t.calls.bring(c)
    t.port.takes('session-info').answer({ ok: false, fault: { is: 'lost' } })
    await settled()
    t.calls.online() // what did not arrive is said once more
    expect(told()).toEqual(['unhold'])
  })

  it('cannot be joined before both have answered', async () => {
    const t = await two()
    expect([t.calls.join(true), t.calls.joined.value]).toEqual([false, false])
  })

  it('end together when one leaves', async () => {
    const t = await two()
    t.calls.hangup()
    expect([t.first.state.value, t.second.state.value]).toEqual(['ended', 'ended'])
  })
})
