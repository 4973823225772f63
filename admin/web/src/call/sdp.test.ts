// @vitest-environment jsdom
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { el, parse } from '../shared/xmpp/xml'
import type { Content, Description } from './description'
import { readContents, writeContents } from './jingle'
import { forConference, forPeers } from './narrow'
import { outline, parseCandidate, parseSDP, writeCandidate, writeSDP } from './sdp'

const sample = (name: string): string => readFileSync('src/call/testdata/' + name, 'utf8')
const chromium = parseSDP(sample('chromium-offer.sdp'), 'initiator')
const firefox = parseSDP(sample('firefox-offer.sdp'), 'initiator')
const byName = (d: Description, name: string): Content => d.contents.find((c) => c.name === name)!

/** through is a description that has been written as Jingle and read again. */
function through(d: Description): Description {
  const jingle = el('jingle', { xmlns: 'urn:xmpp:jingle:1' }, ...writeContents(d, 'initiator'))
  return readContents(parse(jingle.text)!)
}

/** said is a description without what is not told: sources of those who send nothing or name their layers. */
function said(d: Description): Description {
  const silent = (c: Content): boolean => c.rids.length > 0 || c.senders === 'responder'
  return { ...d, contents: d.contents.map((c) => (silent(c) ? { ...c, sources: [], groups: [] } : c)) }
}

describe("a browser's offer", () => {
  it('of Chromium is read: contents, who sends, codecs, layers, sources', () => {
    expect(chromium.bundle).toEqual(['0', '1', '2', '3'])
    expect(chromium.contents.map((c) => `${c.name} ${c.media} ${c.senders} ${c.creator}`)).toEqual([
      '0 audio initiator initiator', '1 video initiator initiator', '2 audio responder initiator', '3 video responder initiator',
    ])
    const [mic, cam] = [byName(chromium, '0'), byName(chromium, '1')]
    expect(mic.payloads[0]).toEqual({
      id: 111, name: 'opus', clock: 48000, channels: 2, parameters: [['minptime', '10'], ['useinbandfec', '1']], feedback: [{ type: 'transport-cc', subtype: '' }],
    })
    expect(mic.payloads[1]!.parameters).toEqual([['', '111/111']])
    expect(mic.sources).toHaveLength(1)
    expect(mic.sources[0]!.parameters.map(([name]) => name)).toEqual(['cname', 'msid'])
    expect(mic.transport.fingerprints[0]!.hash).toBe('sha-256')
    expect(mic.transport.setup).toBe('actpass')
    expect(cam.rids).toEqual([{ id: 'q', direction: 'send' }, { id: 'h', direction: 'send' }, { id: 'f', direction: 'send' }])
    expect(cam.payloads.find((p) => p.id === 96)!.feedback).toContainEqual({ type: 'nack', subtype: 'pli' })
    expect(cam.mux && cam.allowMixed).toBe(true)
  })

  it('of Firefox too: what it says once for all, sections that are only bundled, directions of extensions', () => {
    expect(firefox.bundle).toEqual(['0', '1', '2', '3'])
    expect(firefox.contents).toHaveLength(4)
    for (const c of firefox.contents) expect(c.transport.fingerprints).toEqual(byName(firefox, '0').transport.fingerprints)
    expect(byName(firefox, '1').extensions.find((x) => x.uri.endsWith(':rtp-stream-id'))!.senders).toBe('initiator')
    expect(byName(firefox, '1').groups[0]!.semantics).toBe('FID')
    expect(byName(firefox, '0').payloads.find((p) => p.name === 'telephone-event')!.parameters).toEqual([['', '0-15']])
  })

  it.each([['Chromium', chromium], ['Firefox', firefox]])('of %s says the same as Jingle', (_, offer) => {
    expect(through(offer)).toEqual(said(offer))
  })

  it.each([['Chromium', chromium], ['Firefox', firefox]])('of %s says the same as SDP again', (_, offer) => {
    const places = offer.contents.map((content) => ({ mid: content.name, content, media: content.media }))
    const again = parseSDP(writeSDP(places, offer.bundle, 'initiator', 1), 'initiator')
    // Sources are written with what is known of each; categories have no line of their own in what browsers read.
    expect(again).toEqual(offer)
  })

  it('leaves out what was stopped', () => {
    const sdp = sample('chromium-offer.sdp').replace('m=video 9', 'm=video 0')
    const d = parseSDP(sdp, 'initiator')
    expect(d.contents.map((c) => c.name)).toEqual(['0', '2', '3'])
    expect(d.bundle).toEqual(['0', '2', '3'])
    expect(outline(sdp).map((s) => `${s.mid} ${s.media}`)).toEqual(['0 audio', '1 video', '2 audio', '3 video'])
  })
})

describe('what is offered', () => {
  it('to a conference is small: its codecs, their retransmission, four header extensions', () => {
    const cam = forConference(byName(chromium, '1'))
    expect(cam.payloads.map((p) => `${p.id} ${p.name}`)).toEqual(['96 VP8', '97 rtx', '108 H264', '109 rtx'])
    expect(cam.extensions).toHaveLength(3)
    expect(forConference(byName(chromium, '0')).payloads.map((p) => p.name)).toEqual(['opus'])
    const page = { contents: Array.from({ length: 14 }, () => cam), bundle: [] }
    expect(writeContents(page, 'initiator').map((m) => m.text).join('').length).toBeLessThan(50_000) // of 65,536 that a guest may send
  })

  it('to other clients lacks what none has use for', () => {
    const names = forPeers(byName(chromium, '1')).payloads.map((p) => p.name)
    expect(names).not.toContain('ulpfec')
    expect(names).not.toContain('red')
    expect(names.filter((n) => n === 'rtx').length).toBe(names.filter((n) => n !== 'rtx').length)
  })
})

describe("a peer's answer", () => {
  it('is written in the places of the offer; what he has not taken is rejected', () => {
    const content: Content = {
      ...forConference(byName(chromium, '1')), name: 'cam', senders: 'initiator', rids: [{ id: 'q', direction: 'recv' }, { id: 'h', direction: 'recv' }],
    }
    const sdp = writeSDP([{ mid: '0', content: undefined, media: 'audio' }, { mid: '1', content, media: 'video' }], ['mic', 'cam'], 'responder', 2)
    expect(sdp).toContain('o=- 1 2 IN IP4 0.0.0.0\r\n')
    expect(sdp).toContain('a=group:BUNDLE 1\r\n')
    expect(sdp).toMatch(/m=audio 0 [^]*a=mid:0\r\na=inactive\r\nm=video 9 /)
    expect(sdp).toContain('a=recvonly\r\n')
    expect(sdp).toContain('a=rid:h recv\r\n')
    expect(sdp).toContain('a=simulcast:recv q;h\r\n')
    expect(parseSDP(sdp, 'responder').contents.map((c) => c.name)).toEqual(['1'])
  })

  it('cannot bring lines of its own', () => {
    const evil = "x&#13;&#10;a=candidate:1 1 udp 1 10.0.0.1 1 typ host"
    const jingle = parse(
      `<jingle xmlns='urn:xmpp:jingle:1'><content creator='initiator' name='a'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>` +
        `<payload-type id='111' name='${evil}' clockrate='48000'><parameter name='${evil}' value='${evil}'/>` +
        `<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='${evil}' subtype='${evil}'/></payload-type>` +
        `<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='${evil}'/>` +
        `<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='${evil}'><parameter name='cname' value='${evil}'/></source>` +
        `<rid xmlns='urn:plenum:rtp:rid:0' id='${evil}' direction='recv'/></description>` +
        `<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='${evil}' pwd='${evil}'>` +
        `<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='${evil}' setup='${evil}'>${evil}</fingerprint>` +
        `<candidate component='1' foundation='${evil}' ip='${evil}' port='1' priority='1' protocol='${evil}' type='${evil}' tcptype='${evil}' rel-addr='${evil}' rel-port='1'/>` +
        `</transport></content></jingle>`,
    )!
    const { contents } = readContents(jingle)
    const sdp = writeSDP([{ mid: '0', content: contents[0], media: 'audio' }], [], 'responder', 1)
    expect(sdp.split('\r\n').filter((l) => l.startsWith('a=candidate:1 '))).toEqual([])
    expect(sdp.split(/[\r\n]+/).length).toBe(sdp.split('\r\n').length)
  })
})

describe('a candidate', () => {
  const lines = [
    'candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0',
    'candidate:842163049 1 udp 1677729535 203.0.113.9 60120 typ srflx raddr 192.168.0.196 rport 46243 generation 0',
    'candidate:435653019 1 tcp 1845501695 192.168.0.196 9 typ host tcptype active generation 0',
    'candidate:2 1 udp 2122187007 0d6cbd5e-1d5a-4ea5-9d28-7f3ba4ba8ab6.local 50123 typ host generation 0',
  ]
  it.each(lines)('%s is the same afterwards', (line) => {
    expect(writeCandidate(parseCandidate(line)!)).toBe(line)
  })

  it('that is none is left out', () => {
    expect(parseCandidate('')).toBeUndefined()
    expect(parseCandidate('candidate:1 1 udp')).toBeUndefined()
  })
})
