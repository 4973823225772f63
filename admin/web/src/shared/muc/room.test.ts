// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attr, child, parse, type Markup } from '../xmpp/xml'
import { inOrder } from './occupants'
import { Room, type Gone } from './room'
import type { Fault } from '../xmpp/fault'

const jid = 'demo@groups.localhost'

function start() {
  const sent: Element[] = []
  const calls = { entered: 0, refused: [] as Fault[], gone: [] as Gone[], typing: 0 }
  let ids = 0
  let up = true
  const room = new Room(
    { send: (m: Markup) => (sent.push(parse(m.text)!), up), newID: () => `m${++ids}` },
    jid,
    'Sofia',
    {
      entered: () => calls.entered++,
      refused: (f) => calls.refused.push(f),
      gone: (g) => calls.gone.push(g),
      typing: () => calls.typing++,
      occupants: () => {},
      log: () => {},
      subject: () => {},
    },
  )
  const says = (...frames: string[]) => frames.forEach((f) => room.stanza(parse(f)!))
  return { room, sent, calls, says, down: () => (up = false) }
}

interface Who {
  role?: string
  affiliation?: string
  type?: string
  item?: string
  codes?: number[]
  more?: string
}

/** presence is one of the room's, as the server writes it to a guest. */
function presence(nick: string, { role = 'participant', affiliation = 'none', type, item = '', codes = [], more = '' }: Who = {}): string {
  const status = codes.map((c) => `<status code='${c}'/>`).join('')
  return (
    `<presence xmlns='jabber:client'${type ? ` type='${type}'` : ''} from='${jid}/${nick}' to='g7@guest.localhost/r1'>` +
    `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='id-${nick}'/>` +
    (affiliation === 'none' ? "<hats xmlns='urn:xmpp:hats:0'><hat title='Guest' uri='urn:plenum:hat:guest'/></hats>" : '') +
    `<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='${affiliation}' role='${role}'${item || '/>'}${more}${status}</x></presence>`
  )
}

const anna = presence('Anna', { role: 'moderator', affiliation: 'owner' })
const gone = (nick: string, who: Who = {}) => presence(nick, { type: 'unavailable', role: 'none', ...who })

let serial = 0
interface What {
  id?: string
  sid?: string
  type?: string
  body?: string
  more?: string
  by?: string
}
function message(nick: string, { id = `x${++serial}`, sid = `s${++serial}`, type = 'groupchat', body, more = '', by = jid }: What): string {
  return (
    `<message xmlns='jabber:client' from='${jid}${nick && '/'}${nick}' to='g7@guest.localhost/r1' type='${type}' id='${id}'>` +
    (body === undefined ? '' : `<body>${body}</body>`) + more +
    (nick ? `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='id-${nick}'/>` : '') +
    `<stanza-id xmlns='urn:xmpp:sid:0' by='${by}' id='${sid}'/></message>`
  )
}

function inside() {
  const t = start()
  t.room.enter()
  t.says(anna, presence('Sofia', { codes: [110, 170] }))
  t.sent.length = 0
  return t
}

const shown = (t: ReturnType<typeof start>) =>
  t.room.chat.entries.map((e) =>
    e.kind === 'said' ? `${e.author.nick}: ${e.body}${e.edited ? ' (edited)' : ''}${e.toMe ? ' (to me)' : ''}${e.state === 'sent' ? '' : ` (${e.state})`}`
    : e.kind === 'taken' ? `${e.author.nick}: taken back${e.by && ` by ${e.by}`}${e.reason && `: ${e.reason}`}`
    : e.kind === 'sealed' ? `${e.author.nick}: sealed × ${e.count}`
    : `${e.nick} ${e.what}${e.other && ` ${e.other}`}`,
  )

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('entering', () => {
  it('asks for the name, without history, and knows everybody at once', () => {
    const t = start()
    t.room.enter()
    const join = t.sent[0]!
    expect(attr(join, 'to')).toBe(`${jid}/Sofia`)
    expect(attr(child(child(join, 'http://jabber.org/protocol/muc', 'x'), 'http://jabber.org/protocol/muc', 'history'), 'maxstanzas')).toBe('0')
    t.says(anna, presence('Paul'))
    expect(t.room.occupants).toEqual([])
    t.says(presence('Sofia', { codes: [110, 170] }))
    expect(t.calls.entered).toBe(1)
    expect(inOrder(t.room.occupants, 'en').map((o) => [o.nick, o.moderator, o.guest, o.self])).toEqual([
      ['Anna', true, false, false], ['Paul', false, true, false], ['Sofia', false, true, true],
    ])
    expect(shown(t)).toEqual([])
  })

  it('takes the next free name when others are called so', () => {
    const t = start()
    t.room.enter()
    const conflict = (to: string) =>
      `<presence xmlns='jabber:client' type='error' from='${jid}/${to}'><x xmlns='http://jabber.org/protocol/muc'/><error type='cancel' by='${jid}'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`
    t.says(anna, conflict('Sofia'), conflict('Sofia 2'))
    expect(t.sent.map((e) => attr(e, 'to').slice(jid.length + 1))).toEqual(['Sofia', 'Sofia 2', 'Sofia 3'])
    t.says(presence('Sofia 3', { codes: [110] }))
    expect(t.room.self?.nick).toBe('Sofia 3')
    expect(t.calls.refused).toEqual([])
  })

  it('is called as the room decides', () => {
    const t = start()
    t.room.enter()
    t.says(presence('sofia', { codes: [110, 210] }))
    expect(t.room.self?.nick).toBe('sofia')
  })

  it('says why the room refuses', () => {
    const t = start()
    t.room.enter()
    t.says(
      `<presence xmlns='jabber:client' type='error' from='${jid}/Sofia'><error type='wait'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>the room is full</text></error></presence>`,
    )
    expect(t.calls.refused).toEqual([{ is: 'stanza', type: 'wait', condition: 'service-unavailable', text: 'the room is full' }])
    vi.advanceTimersByTime(60_000)
    expect(t.calls.refused).toHaveLength(1)
  })

  it('does not wait for ever', () => {
    const t = start()
    t.room.enter()
    vi.advanceTimersByTime(30_000)
    expect(t.calls.refused).toEqual([{ is: 'timeout' }])
  })

  it('again, after a session was lost, keeps the list until the new one is whole, and marks the gap', () => {
    const t = inside()
    t.room.say('hello')
    t.room.say('world')
    t.room.enter(['m1'])
    expect(t.room.occupants).toHaveLength(2)
    t.says(presence('Sofia', { codes: [110] }))
    expect(t.room.occupants.map((o) => o.nick)).toEqual(['Sofia'])
    expect(shown(t)).toEqual(['Sofia: hello (failed)', 'Sofia: world', ' gap'])
  })
})

describe('people', () => {
  it('come, go, get other names and are put out', () => {
    const t = inside()
    t.says(
      presence('Paul'),
      gone('Paul', { codes: [303], item: " nick='Paula'/>" }),
      presence('Paula'),
      gone('Paula'),
      presence('Mallory'),
      gone('Mallory', { codes: [307], item: "><actor nick='Anna'/><reason>spam</reason></item>" }),
      presence('Eve'),
      gone('Eve', { codes: [301], affiliation: 'outcast' }),
      gone('Nobody'),
    )
    expect(shown(t)).toEqual([
      'Paul came', 'Paul renamed Paula', 'Paula went', 'Mallory came', 'Mallory removed Anna', 'Eve came', 'Eve banned',
    ])
    expect(t.room.occupants.map((o) => o.nick)).toEqual(['Anna', 'Sofia'])
  })

  it('change their role in place', () => {
    const t = inside()
    t.says(presence('Anna', { role: 'participant', affiliation: 'member' }))
    expect(t.room.occupants[0]).toMatchObject({ nick: 'Anna', moderator: false, guest: false, voice: true })
    t.says(presence('Sofia', { role: 'visitor' }))
    expect(t.room.self).toMatchObject({ voice: false, self: true })
    expect(shown(t)).toEqual([])
  })

  it('of other rooms do not matter', () => {
    const t = inside()
    t.says(presence('Mallory').replaceAll(jid, 'demo@groups.localhost.evil'), presence('Mallory').replaceAll(jid, 'x@groups.localhost'))
    expect(t.room.occupants).toHaveLength(2)
  })
})

describe('being put out', () => {
  it.each<[string, Who, Gone]>([
    ['by a moderator', { codes: [110, 307], item: "><actor nick='Anna'/><reason>bye</reason></item>" }, { why: 'removed', by: 'Anna', reason: 'bye' }],
    ['for good', { codes: [110, 301], affiliation: 'outcast' }, { why: 'banned', by: '', reason: '' }],
    ['since guests are off', { codes: [110, 307, 322] }, { why: 'closed' }],
    ['since the affiliation is gone', { codes: [110, 321] }, { why: 'closed' }],
    ['since the room is no more', { codes: [110], more: '<destroy><reason>done</reason></destroy>' }, { why: 'destroyed', reason: 'done' }],
  ])('%s', (_, who, why) => {
    const t = inside()
    t.says(gone('Sofia', who))
    expect(t.calls.gone).toEqual([why])
    expect(t.room.occupants).toEqual([])
  })
})

it.each([[[110, 332]], [[110, 307, 333]], [[110]]])('enters again when the room has put one out for a technical reason: %j', (codes) => {
  const t = inside()
  t.says(gone('Sofia', { codes }))
  expect(t.room.occupants).toEqual([])
  vi.advanceTimersByTime(2000)
  expect(attr(t.sent[0]!, 'to')).toBe(`${jid}/Sofia`)
  t.says(presence('Sofia', { codes: [110] }))
  expect([t.calls.gone, t.calls.refused, shown(t)]).toEqual([[], [], [' gap']])
})

describe('messages', () => {
  it('of others and own ones, each once', () => {
    const t = inside()
    t.says(message('Anna', { body: 'hi &lt;b&gt;', sid: 's-1' }), message('Anna', { body: 'hi &lt;b&gt;', sid: 's-1' }))
    t.room.say('two\nlines')
    expect(shown(t)).toEqual(['Anna: hi <b>', 'Sofia: two\nlines (sending)'])
    const out = t.sent[0]!
    expect([attr(out, 'type'), attr(out, 'to'), attr(out, 'id')]).toEqual(['groupchat', jid, 'm1'])
    t.says(message('Sofia', { id: 'm1', body: 'two\nlines', sid: 's-2' }), message('Sofia', { id: 'm1', body: 'two\nlines', sid: 's-2' }))
    expect(shown(t)).toEqual(['Anna: hi <b>', 'Sofia: two\nlines'])
  })

  it('trust nobody but the room with ids', () => {
    const t = inside()
    t.says(message('Anna', { body: 'a', sid: 'same', by: 'evil.example' }), message('Anna', { body: 'b', sid: 'same', by: 'evil.example' }))
    expect(shown(t)).toEqual(['Anna: a', 'Anna: b'])
  })

  it('carry the time of their delay', () => {
    const t = inside()
    t.says(message('Anna', { body: 'old', more: "<delay xmlns='urn:xmpp:delay' from='x' stamp='2026-11-26T10:31:00Z'/>" }))
    expect(t.room.chat.entries[0]!.at).toBe(Date.UTC(2026, 10, 26, 10, 31))
  })

  it('that fail can be sent again or discarded', () => {
    const t = inside()
    t.room.say('one')
    t.says(`<message xmlns='jabber:client' type='error' id='m1' from='${jid}'><body>one</body><error type='wait'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
    expect(shown(t)).toEqual(['Sofia: one (failed)'])
    t.room.again(t.room.chat.entries[0]!.key)
    expect(shown(t)).toEqual(['Sofia: one (sending)'])
    t.says(message('Sofia', { id: 'm2', body: 'one' }))
    expect(shown(t)).toEqual(['Sofia: one'])
    t.room.discard(t.room.chat.entries[0]!.key) // was sent: stays
    t.down()
    t.room.say('two')
    expect(shown(t)).toEqual(['Sofia: one', 'Sofia: two (failed)'])
    t.room.discard(t.room.chat.entries[1]!.key)
    expect(shown(t)).toEqual(['Sofia: one'])
  })

  it('to one alone say so', () => {
    const t = inside()
    t.says(message('Anna', { type: 'chat', body: 'psst' }), message('', { type: 'normal', body: 'from nobody' }))
    expect(shown(t)).toEqual(['Anna: psst (to me)'])
  })

  it('set the subject, which is no message', () => {
    const t = inside()
    t.says(message('Anna', { more: '<subject>Autumn plan</subject>' }))
    expect(t.room.subject).toBe('Autumn plan')
    t.says(message('Anna', { body: 'x', more: '<subject>not this one</subject>' }))
    expect(t.room.subject).toBe('Autumn plan')
    expect(shown(t)).toEqual(['Anna: x'])
  })

  it('that guests cannot read are counted, not shown with the text that stands in for them', () => {
    const t = inside()
    const omemo = "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
    t.says(
      message('Anna', { body: 'I sent you an OMEMO encrypted message', more: omemo }),
      message('Anna', { more: "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>" }),
      message('Paul', { more: omemo }),
    )
    expect(shown(t)).toEqual(['Anna: sealed × 2', 'Paul: sealed × 1'])
  })
})

describe('corrections', () => {
  const replace = (id: string) => `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`

  it('replace the text of the author alone', () => {
    const t = inside()
    t.says(message('Anna', { id: 'a', body: 'teh plan' }))
    t.says(message('Mallory', { body: 'evil plan', more: replace('a') }))
    t.says(message('Anna', { body: 'the plan', more: replace('a') }))
    expect(shown(t)).toEqual(['Anna: the plan (edited)', 'Mallory: evil plan (edited)'])
  })

  it('of what was never seen are messages', () => {
    const t = inside()
    t.says(message('Anna', { body: 'the plan', more: replace('before') }))
    expect(shown(t)).toEqual(['Anna: the plan (edited)'])
  })
})

describe('retractions', () => {
  it('by the author, whatever he is called by then', () => {
    const t = inside()
    t.says(message('Anna', { body: 'oops', sid: 'r-1' }))
    const retract = `<retract xmlns='urn:xmpp:message-retract:1' id='r-1'/>`
    t.says(message('Mallory', { more: retract, body: 'This person attempted to retract a message' }))
    expect(shown(t)).toEqual(['Anna: oops'])
    t.says(message('Annie', { more: retract, body: 'This person attempted to retract a message' }).replace('id-Annie', 'id-Anna'))
    expect(shown(t)).toEqual(['Anna: taken back'])
  })

  it('by a moderator, told by the room and by nobody else', () => {
    const t = inside()
    t.says(message('Mallory', { body: 'spam', sid: 'r-1' }))
    const retract = `<retract xmlns='urn:xmpp:message-retract:1' id='r-1'><moderated xmlns='urn:xmpp:message-moderate:1' by='${jid}/Anna'/><reason>advertising</reason></retract>`
    t.says(message('Eve', { more: retract }))
    expect(shown(t)).toEqual(['Mallory: spam'])
    t.says(message('', { more: retract }))
    expect(shown(t)).toEqual(['Mallory: taken back by Anna: advertising'])
  })
})

describe('writing', () => {
  const state = (nick: string, s: string) => message(nick, { more: `<${s} xmlns='http://jabber.org/protocol/chatstates'/>` })

  it('of others is shown until they say something, stop, leave or are silent for long', () => {
    const t = inside()
    t.says(presence('Paul'), state('Anna', 'composing'), state('Paul', 'composing'), state('Sofia', 'composing'))
    expect(t.room.typing).toEqual(['Anna', 'Paul'])
    t.says(message('Anna', { body: 'hi', more: "<active xmlns='http://jabber.org/protocol/chatstates'/>" }))
    expect(t.room.typing).toEqual(['Paul'])
    t.says(gone('Paul'), state('Anna', 'composing'))
    expect(t.room.typing).toEqual(['Anna'])
    vi.advanceTimersByTime(30_000)
    expect(t.room.typing).toEqual([])
  })

  it('of our own is told once, and not kept by the room', () => {
    const t = inside()
    t.room.writes(true)
    t.room.writes(true)
    t.room.writes(false)
    expect(t.sent.map((e) => e.firstElementChild?.localName)).toEqual(['composing', 'paused'])
    expect(t.sent.every((e) => child(e, 'urn:xmpp:hints', 'no-store'))).toBe(true)
    t.room.writes(true)
    t.room.say('done')
    t.room.writes(false)
    expect(t.sent.map((e) => e.firstElementChild?.localName)).toEqual(['composing', 'paused', 'composing', 'body'])
  })
})

it('keeps the log at a size that a phone can show', () => {
  const t = inside()
  for (let i = 0; i < 2100; i++) t.says(message('Anna', { body: String(i) }))
  expect(t.room.chat.entries).toHaveLength(2000)
  expect(shown(t).at(-1)).toBe('Anna: 2099')
})
