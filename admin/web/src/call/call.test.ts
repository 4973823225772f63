// @vitest-environment jsdom
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attr, child, children, parse } from '../shared/xmpp/xml'
import { Call } from './call'
import { Devices } from './devices'
import { FakeConnection, FakePort, settled } from './fakeconnection'
import { J } from './ns'

const room = 'garden@groups.example.org'
const jid = `${room}/Conference`

/** shared are the stanzas that the server's tests read too. */
const shared = (name: string): Element =>
  parse(readFileSync(`../../jingle/testdata/browser/${name}.xml`, 'utf8').replace('<iq ', "<iq xmlns='jabber:client' "))!

vi.setConfig({ testTimeout: 30_000 }) // jsdom takes its time for descriptions of fourteen contents

class FakeAudio {
  srcObject: unknown = null
  volume = 1
  play = (): Promise<void> => Promise.resolve()
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('Audio', FakeAudio)
  vi.stubGlobal('MediaStream', class { constructor(private readonly tracks: unknown[]) {} getTracks = () => this.tracks })
})
afterEach(() => void vi.useRealTimers())

function start() {
  const port = new FakePort()
  const connections: FakeConnection[] = []
  const devices = new Devices(null)
  const connect = (c: RTCConfiguration) => connections[connections.push(new FakeConnection(c)) - 1] as unknown as RTCPeerConnection
  const call = new Call({ port, room, nick: () => 'Sofia', devices, connect })
  const says = (xml: string) => call.stanza(parse(`<message xmlns='jabber:client' type='headline' from='${jid}'>${xml}</message>`)!)
  /** asks is a request of the server's in the running session. */
  const asks = (e: Element) => {
    e.setAttribute('from', jid)
    const session = call['session' as never] as { sid: string } | undefined
    e.firstElementChild!.setAttribute('sid', session?.sid ?? 'none')
    return parse(call.request(e)!.text)!
  }
  return { port, connections, devices, call, says, asks, pc: () => connections.at(-1)! }
}

/** offered is a call whose session-initiate is on its way. */
async function offered() {
  const t = start()
  t.call.join()
  t.port.grants('services', "<services xmlns='urn:xmpp:extdisco:2'><service type='stun' host='h' port='3478'/><service type='turns' host='2001:db8::1' port='5349' transport='tcp' username='u' password='p'/></services>")
  await settled()
  return t
}

async function joined() {
  const t = await offered()
  t.port.grants('session-initiate')
  await settled()
  t.asks(shared('accept'))
  await settled()
  t.pc().becomes('connected')
  await settled()
  return t
}

describe('joining', () => {
  it("offers the page's contents in their order over the relays that the server names", async () => {
    const t = await offered()
    expect(t.pc().configuration.iceServers).toEqual([
      { urls: 'stun:h:3478' }, { urls: 'turns:[2001:db8::1]:5349?transport=tcp', username: 'u', credential: 'p' },
    ])
    const offer = t.port.takes('session-initiate').payload
    const names = children(offer, J.jingle, 'content').map((c) => attr(c, 'name'))
    expect(names).toEqual(['mic', 'cam', 'a0', 'a1', 'a2', 'v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8'])
    expect(children(child(offer, J.grouping, 'group')!, J.grouping, 'content').map((c) => attr(c, 'name'))).toEqual(names)
    const fixture = shared('initiate').firstElementChild!
    const said = (e: Element) => children(e, J.jingle, 'content').map((c) => `${attr(c, 'creator')} ${attr(c, 'name')} ${attr(c, 'senders')}`)
    expect(said(offer)).toEqual(said(fixture))
    const rids = children(child(children(offer, J.jingle, 'content')[1], J.rtp, 'description')!, J.rid, 'rid').map((r) => attr(r, 'id'))
    expect(rids).toEqual(['q', 'h', 'f'])
    expect(t.call.link.value.is).toBe('joining')
  })

  it('gives the browser the acceptance as an answer in the places of its offer, and says what is on', async () => {
    const t = await joined()
    const { sdp } = t.pc().remote[0]!
    expect(sdp!.match(/^m=/gm)).toHaveLength(14)
    expect(sdp).toContain('a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12 13\r\n')
    expect(sdp).toContain('a=simulcast:recv q;h;f')
    expect(sdp).toMatch(/a=mid:5\r\n[^]*?a=sendonly[^]*?a=ssrc-group:FID 1201 1202/)
    expect(sdp).toContain('a=candidate:3131292217 1 udp 2130706431 192.0.2.10 19302 typ host generation 0')
    expect(t.call.link.value.is).toBe('connected')
    expect(attr(t.port.grants('status'), 'video')).toBe('none')
  })

  it('tells candidates once the session is known, several at a time', async () => {
    const t = await offered()
    t.pc().finds('candidate:1 1 udp 2122260223 198.51.100.23 58012 typ host generation 0')
    t.pc().finds('candidate:2 1 udp 41885439 203.0.113.9 60120 typ relay raddr 198.51.100.23 rport 58012 generation 0')
    await vi.advanceTimersByTimeAsync(100)
    expect(() => t.port.takes('transport-info')).toThrow()
    t.port.grants('session-initiate')
    await settled()
    const content = child(t.port.takes('transport-info').payload, J.jingle, 'content')
    expect(attr(content, 'name')).toBe('mic')
    const transport = child(content, J.ice, 'transport')!
    expect(attr(transport, 'ufrag')).toBe('own0')
    expect(children(transport, J.ice, 'candidate').map((c) => attr(c, 'type'))).toEqual(['host', 'relay'])
  })

  it('keeps candidates of the server that overtake its acceptance', async () => {
    const t = await offered()
    t.port.grants('session-initiate')
    await settled()
    const early = parse(shared('transport-info').outerHTML.replace('7dVq', 'uVEz'))!
    expect(attr(t.asks(early), 'type')).toBe('result')
    await settled()
    expect(t.pc().candidates).toEqual([])
    t.asks(shared('accept'))
    await settled()
    expect(t.pc().candidates).toHaveLength(3)
    expect(t.pc().candidates[0]!.sdpMid).toBe('0')
  })

  it('ends when it is refused, and is tried again when that may pass', async () => {
    const t = await offered()
    t.port.refuses('session-initiate', 'resource-constraint', 'wait')
    await settled()
    expect(t.call.link.value.is).toBe('joining')
    await vi.advanceTimersByTimeAsync(600)
    t.port.grants('services')
    await settled()
    t.port.refuses('session-initiate', 'forbidden', 'auth')
    await settled()
    expect(t.call.link.value).toMatchObject({ is: 'ended', why: { why: 'refused', fault: { condition: 'forbidden' } } })
    expect(t.connections.every((c) => c.closed)).toBe(true)
  })

  it('says goodbye when one leaves or the page goes', async () => {
    for (const go of [(t: Awaited<ReturnType<typeof joined>>) => t.call.leave(), () => void dispatchEvent(new Event('pagehide'))]) {
      const t = await joined()
      go(t)
      expect(child(t.port.takes('session-terminate').payload, J.jingle, 'reason')?.firstElementChild?.localName).toBe('success')
      expect(t.call.link.value.is).toBe('none')
      expect(t.pc().closed).toBe(true)
    }
  })
})

describe('in the conference', () => {
  it('shows its state, who takes part, and whose picture comes where', async () => {
    const t = await joined()
    t.says(
      `<conference xmlns='${J.conference}' state='live' since='2026-11-26T22:10:00Z' locked='true' you='live' moderator='false' people='2' waiting='1'>` +
        "<participant nick='Anna' id='o1' state='live' moderator='true' guest='false' audio='on' video='on' screen='off' hand='false' phone='false' quality='fair'/>" +
        "<participant nick='Sofia' id='o2' state='live' guest='true' audio='muted' video='none' screen='off' hand='2026-11-26T22:11:00Z' quality='good'/></conference>",
    )
    t.says(`<slots xmlns='${J.conference}' dominant='Anna'><slot n='0' nick='Anna' media='mic'/><slot n='3' nick='Anna' media='screen' paused='true'/><slot n='11' nick='Anna' media='camera'/></slots>`)
    expect(t.call.conference.value).toEqual({
      state: 'live', since: Date.UTC(2026, 10, 26, 22, 10), locked: true, you: 'live', moderator: false, reason: '', people: 2, waiting: 1,
    })
    expect(t.call.participants.value.map((p) => [p.nick, p.self, p.audio, p.hand > 0, p.quality])).toEqual([
      ['Anna', false, 'on', false, 'fair'], ['Sofia', true, 'muted', true, 'good'],
    ])
    expect(t.call.dominant.value).toBe('Anna')
    expect(t.call.pictures.value.map((p) => [p.slot, p.media, p.paused, (p.track as unknown as { id: string }).id])).toEqual([
      [0, 'screen', true, 'video5'], [8, 'camera', false, 'video13'],
    ])
  })

  it('hears nobody but the conference', async () => {
    const t = await joined()
    t.call.stanza(parse(`<message xmlns='jabber:client' from='${room}/Mallory'><conference xmlns='${J.conference}' state='ended'/></message>`)!)
    expect(t.call.conference.value.state).toBe('idle')
    const other = shared('terminate')
    other.setAttribute('from', `${room}/Mallory`)
    expect(t.call.request(other)).toBeUndefined()
    expect(t.call.link.value.is).toBe('connected')
  })

  it('sends the layers that somebody shows', async () => {
    const t = await joined()
    expect(attr(t.asks(shared('layers')), 'type')).toBe('result')
    await settled()
    expect(t.pc().transceivers[1]!.sender.encodings.map((e) => [e.rid, e.active])).toEqual([['q', true], ['h', true], ['f', false]])
  })

  it('is muted and stopped by a moderator, and says so', async () => {
    const t = await joined()
    t.devices.setAudioOn(true)
    t.says(`<mute xmlns='${J.conference}' by='Clara'/>`)
    expect(t.devices.audioOn.value).toBe(false)
    expect(t.call.notice.value).toEqual({ n: 1, is: 'muted', by: 'Clara' })
    t.says(`<stop xmlns='${J.conference}' media='camera' by='Clara'/>`)
    expect(t.devices.videoOn.value).toBe(false)
    expect(t.call.notice.value).toEqual({ n: 2, is: 'stopped', media: 'camera', by: 'Clara' })
    t.devices.setAudioOn(true)
    t.asks(shared('muted')) // as the session itself says it
    expect(t.devices.audioOn.value).toBe(false)
  })

  it('tells what it shows, gathered, and whom it has pinned', async () => {
    const t = await joined()
    t.port.grants('view')
    t.call.view([720, 180])
    t.call.view([720, 180, 0, 180.4])
    await vi.advanceTimersByTimeAsync(200)
    const view = t.port.grants('view')
    expect(children(view, J.conference, 'slot').map((s) => `${attr(s, 'n')} ${attr(s, 'height')}`)).toEqual(['3 720', '4 180', '6 180'])
    t.call.pin({ nick: 'Anna', media: 'screen' })
    expect(attr(child(t.port.grants('view'), J.conference, 'pin'), 'nick')).toBe('Anna')
  })

  it('carries out what moderators do, and says what the server says to it', async () => {
    const t = await joined()
    const done = t.call.order({ do: 'stop', nick: 'Ben', media: 'screen' })
    const stop = t.port.grants('stop')
    expect([stop.namespaceURI, attr(stop, 'nick'), attr(stop, 'media')]).toEqual([J.conference, 'Ben', 'screen'])
    expect(await done).toBeUndefined()
    const refused = t.call.order({ do: 'mute-all' })
    t.port.refuses('mute-all', 'forbidden', 'auth')
    expect(await refused).toMatchObject({ is: 'stanza', condition: 'forbidden' })
  })

  it("keeps a raised hand until it is lowered, whatever was said before it was up", async () => {
    const t = await joined()
    const state = (hand: string) => t.says(`<conference xmlns='${J.conference}' state='live'><participant nick='Sofia' hand='${hand}'/></conference>`)
    t.port.grants('status')
    t.call.raise(true)
    expect(attr(t.port.grants('status'), 'hand')).toBe('true')
    state('false') // was on its way already
    expect(t.call.own.hand.value).toBe(true)
    state('2026-11-26T22:11:00Z')
    state('false')
    expect(t.call.own.hand.value).toBe(false)
  })

  it('has the one hand that its telephone raises and lowers', async () => {
    const t = await joined()
    const state = (hand: string) => t.says(`<conference xmlns='${J.conference}' state='live'><participant nick='Sofia' phone='true' hand='${hand}'/></conference>`)
    t.port.grants('status')
    state('2026-11-26T22:11:00Z')
    expect(t.call.own.hand.value).toBe(true)
    expect(attr(t.port.grants('status'), 'hand')).toBe('true')
    state('false')
    expect(t.call.own.hand.value).toBe(false)
    expect(attr(t.port.grants('status'), 'hand')).toBe('false')
  })

  it('shares a screen with its sound, and takes both back', async () => {
    const t = await joined()
    const track = (kind: string) => Object.assign(new EventTarget(), { kind, stop: vi.fn(), contentHint: '' })
    const tracks = [track('video'), track('audio')]
    vi.stubGlobal('navigator', { languages: ['en'], mediaDevices: { getDisplayMedia: () => Promise.resolve({ getTracks: () => tracks }) } })
    Object.defineProperty(t.call, 'sharable', { value: true })
    t.port.grants('status')
    const refused = t.call.share()
    await settled()
    t.says(`<conference xmlns='${J.conference}' state='live'><participant nick='Anna' screen='on'/></conference>`)
    t.port.refuses('status', 'conflict')
    expect(await refused).toBe(false)
    expect(t.call.notice.value).toMatchObject({ is: 'occupied', by: 'Anna' })
    expect(tracks.every((x) => x.stop.mock.calls.length === 1)).toBe(true)
    const sharing = t.call.share()
    await settled()
    expect(attr(t.port.grants('status'), 'screen')).toBe('on')
    await settled()
    const add = t.port.grants('content-add')
    const said = (e: Element) => children(e, J.jingle, 'content').map((c) => [attr(c, 'name'), attr(c, 'senders'), attr(child(child(c, J.rtp, 'description'), J.category, 'category'), 'name')])
    expect(said(add)).toEqual(said(shared('add-screen').firstElementChild!))
    t.asks(shared('accept-screen'))
    expect(await sharing).toBe(true)
    expect(t.pc().remote.at(-1)!.sdp!.match(/^m=/gm)).toHaveLength(16)
    expect(t.call.own.screen.value).toBe(tracks[0])
    t.call.unshare()
    await settled()
    const removed = t.port.grants('content-remove')
    await settled()
    expect(said(removed).map(([name]) => name)).toEqual(['screen', 'screen-audio'])
    expect(t.pc().remote.at(-1)!.sdp!.match(/^m=(audio|video) 0 /gm)).toHaveLength(2)
    expect(tracks[0]!.stop).toHaveBeenCalled()
    expect(t.call.own.screen.value).toBeUndefined()
    t.pc().becomes('failed') // what has been in the session keeps its place in it
    await vi.advanceTimersByTimeAsync(1)
    t.port.grants('transport-info')
    await settled()
    t.asks(shared('restart-answer'))
    await settled()
    expect(t.call.link.value.is).toBe('reconnecting')
    expect(t.pc().remote.at(-1)!.sdp!.match(/a=ice-ufrag:pWc2/g)).toHaveLength(14)
  })
})

describe('when the path is lost', () => {
  it('waits a moment, then looks for another one', async () => {
    const t = await joined()
    t.pc().becomes('disconnected')
    expect(t.call.link.value.is).toBe('reconnecting')
    await vi.advanceTimersByTimeAsync(1_600)
    const restart = t.port.grants('transport-info')
    expect(attr(child(child(restart, J.jingle, 'content'), J.ice, 'transport'), 'ufrag')).toBe('own1')
    expect(restart.getElementsByTagName('candidate')).toHaveLength(0)
    await settled()
    t.asks(shared('restart-answer'))
    await settled()
    expect(t.pc().remote.at(-1)).toMatchObject({ type: 'answer' })
    expect(t.pc().remote.at(-1)!.sdp!.match(/a=ice-ufrag:pWc2/g)).toHaveLength(14)
    t.pc().becomes('connected')
    expect(t.call.link.value.is).toBe('connected')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(t.connections).toHaveLength(1)
  })

  it('hurries the connection for as long as that lasts', async () => {
    const t = await joined()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(t.port.hurries).toBe(0)
    t.pc().becomes('disconnected')
    await vi.advanceTimersByTimeAsync(5_100)
    expect(t.port.hurries).toBe(5)
    t.pc().becomes('connected')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(t.port.hurries).toBe(5)
    t.pc().becomes('failed')
    t.call.leave()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(t.port.hurries).toBe(5)
  })

  it('does nothing when it comes back by itself', async () => {
    const t = await joined()
    t.pc().becomes('disconnected')
    await vi.advanceTimersByTimeAsync(1_000)
    t.pc().becomes('connected')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(() => t.port.takes('transport-info')).toThrow()
  })

  it('looks at once when the network is there again', async () => {
    const t = await joined()
    t.pc().becomes('disconnected')
    dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(1)
    t.port.takes('transport-info')
  })

  it('begins a new session when the server knows the old one no more', async () => {
    const t = await joined()
    t.pc().becomes('failed')
    await vi.advanceTimersByTimeAsync(1)
    t.port.refuses('transport-info', 'item-not-found')
    await settled()
    expect(t.connections[0]!.closed).toBe(true)
    t.port.grants('services')
    await settled()
    t.port.grants('session-initiate')
    expect(t.connections).toHaveLength(2)
    expect(t.call.link.value.is).toBe('reconnecting')
  })

  it('begins a new session when no other path is found', async () => {
    const t = await joined()
    t.pc().becomes('failed')
    await vi.advanceTimersByTimeAsync(1)
    t.port.grants('transport-info')
    await vi.advanceTimersByTimeAsync(7_000)
    t.port.takes('services')
  })

  it('waits for the room to be entered again in a new session of the connection', async () => {
    const t = await joined()
    t.port.jid = 'another@guest.example.org/browser'
    t.asks(parse(shared('terminate').outerHTML.replace('success', 'gone'))!)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(() => t.port.takes('services')).toThrow()
    t.call.online('new')
    await settled()
    t.port.takes('services')
  })

  it('ends when the session is ended for all', async () => {
    const t = await joined()
    expect(attr(t.asks(shared('terminate')), 'type')).toBe('result')
    await settled()
    expect(t.call.link.value).toEqual({ is: 'ended', why: { why: 'ended' } })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(t.connections).toHaveLength(1)
    expect(attr(t.asks(shared('terminate')), 'type')).toBe('error') // unknown by now
  })
})

describe('a request that does not fit', () => {
  it.each([
    ['session-accept', 'unexpected-request', 'out-of-order'],
    ['content-accept', 'unexpected-request', 'out-of-order'],
    ['transport-replace', 'feature-not-implemented', undefined],
  ])('%s is refused', async (action, condition, application) => {
    const t = await joined()
    const refused = t.asks(parse(`<iq xmlns='jabber:client' type='set' id='x'><jingle xmlns='${J.jingle}' action='${action}'><content creator='initiator' name='mic'/></jingle></iq>`)!)
    const error = refused.firstElementChild!
    expect([...error.children].map((c) => c.localName)).toEqual([condition, application].filter(Boolean))
  })

  it('a session-info of unknown meaning is too', async () => {
    const t = await joined()
    const refused = t.asks(parse(`<iq xmlns='jabber:client' type='set' id='x'><jingle xmlns='${J.jingle}' action='session-info'><dance xmlns='x'/></jingle></iq>`)!)
    expect(refused.getElementsByTagName('unsupported-info')).toHaveLength(1)
  })
})
