// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { attr, child, text } from '../../shared/xmpp/xml'
import { Table } from './fakes'
import { APP } from './ns'
import { inSections } from './roster'
import type { Conversation } from './conversation'

beforeEach(() => localStorage.clear())

const client = 'jabber:client'
const room = 'verona@groups.example.org'
const roster = "<query xmlns='jabber:iq:roster'><item jid='romeo@example.org' name='Romeo' subscription='both'><group>Montague</group><group>All</group></item>" +
  "<item jid='nurse@example.org' subscription='both'><group>All</group></item><item jid='peter@example.org' subscription='to'/></query>"
const bookmark = (jid: string, name: string, autojoin = true): string =>
  `<item id='${jid}'><conference xmlns='urn:xmpp:bookmarks:1' name='${name}' autojoin='${autojoin}'/></item>`
const bookmarks = (...items: string[]): string => `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'>${items.join('')}</items></pubsub>`
const presence = (from: string, more = ''): string => `<presence xmlns='jabber:client' from='${from}'>${more}</presence>`
const occupant = (nick: string, more = ''): string =>
  presence(`${room}/${nick}`, `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o-${nick}'/><x xmlns='http://jabber.org/protocol/muc#user'><item role='participant' affiliation='member' jid='${nick.toLowerCase()}@example.org/x'/>${more}</x>`)
const chat = (from: string, id: string, body: string, more = ''): string =>
  `<message xmlns='jabber:client' type='chat' from='${from}' to='juliet@example.org' id='${id}'><body>${body}</body><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='s-${id}'/>${more}</message>`
const said = (c: Conversation): string[] => c.log.value.map((e) => (e.kind === 'said' ? `${e.author.nick}: ${e.body}${e.edited ? ' (edited)' : ''}${e.state === 'sent' ? '' : ` [${e.state}]`}` : e.kind))

async function started(...items: string[]) {
  const t = new Table()
  await t.logsIn()
  await t.answers(t.asked(APP.roster), roster)
  await t.answers(t.asked(APP.pubsub), bookmarks(...items))
  return t
}

/** entered lets the page into the room, as somebody beside Romeo, with an empty archive. */
async function entered(t: Table) {
  t.says(occupant('Romeo'), occupant('Juliet Capulet', "<status code='110'/>"))
  await t.rest()
  await t.fin(t.asked(APP.mam, (e) => attr(e, 'to') === room), '', true)
  return t.desk.groups.value.get(room)!
}

describe('a session', () => {
  it('logs in as who the browser is, and asks for colleagues, groups and copies', async () => {
    const t = new Table()
    await t.logsIn()
    const auth = t.sent((e) => e.localName === 'auth')[0]!
    expect([attr(auth, 'mechanism'), atob(auth.textContent!)]).toEqual(['EXTERNAL', 'juliet@example.org'])
    expect(attr(t.asked(APP.carbons), 'type')).toBe('set')
    const shown = t.sent((e) => e.localName === 'presence')[0]!
    expect(attr(child(shown, APP.caps, 'c'), 'ver')).toMatch(/^[\w+/]{27}=$/)
    await t.answers(t.asked(APP.roster), roster)
    expect(inSections(t.desk.roster.contacts.value.values(), 'en').map((s) => [s.name, ...s.contacts.map((c) => c.name)])).toEqual([
      ['All', 'nurse', 'Romeo'], ['Montague', 'Romeo'], ['', 'peter'],
    ])
  })

  it('says what the page can do under the hash that it has announced', async () => {
    const t = await started()
    const ver = attr(child(t.sent((e) => e.localName === 'presence')[0], APP.caps, 'c'), 'ver')
    t.says(`<iq xmlns='jabber:client' type='get' id='q' from='example.org'><query xmlns='http://jabber.org/protocol/disco#info' node='urn:plenum:app#${ver}'/></iq>`)
    const features = [...t.sent((e) => attr(e, 'id') === 'q')[0]!.firstElementChild!.children].map((f) => attr(f, 'var'))
    expect(features).toContain('urn:xmpp:bookmarks:1+notify')
  })

  it('ends in good order when the page is put away, and begins anew when it is taken out again', async () => {
    const t = await started()
    const stop = t.desk.watch()
    window.dispatchEvent(new Event('pagehide'))
    expect(t.socket.sent.slice(-2).map((f) => /^<(\w+)[^>]*?(?: type='(\w+)')?\/?>/.exec(f)?.slice(1, 3))).toEqual([['presence', 'unavailable'], ['close', undefined]])
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    expect(t.sockets).toHaveLength(2)
    await t.logsIn()
    expect(t.desk.connection.value.is).toBe('online')
    stop()
  })

  it('shows what there is when the server has no groups for it, or does not tell them', async () => {
    for (const condition of ['item-not-found', 'internal-server-error']) {
      const t = new Table()
      await t.logsIn()
      const asked = t.asked(APP.pubsub)
      expect(t.desk.grouped.value).toBe(false)
      t.says(`<iq xmlns='jabber:client' type='error' id='${attr(asked, 'id')}' from='juliet@example.org'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
      await t.rest()
      expect(t.desk.grouped.value).toBe(true)
    }
  })

  it('takes changes of the roster from the server alone', async () => {
    const t = await started()
    const push = (from: string, id: string) => `<iq xmlns='jabber:client' type='set' id='${id}' from='${from}'><query xmlns='jabber:iq:roster'><item jid='mallory@example.org' subscription='both'/></query></iq>`
    t.says(push('mallory@example.org/x', 'p1'))
    expect(t.desk.roster.contacts.value.has('mallory@example.org')).toBe(false)
    t.says(push('juliet@example.org', 'p2'))
    expect(t.desk.roster.contacts.value.has('mallory@example.org')).toBe(true)
    expect(t.sent((e) => /^p\d$/.test(attr(e, 'id'))).map((e) => attr(e, 'type'))).toEqual(['error', 'result'])
  })
})

// A-208
describe('a team in the roster', () => {
  const push = (id: string, item: string): string => `<iq xmlns='jabber:client' type='set' id='${id}' from='juliet@example.org'><query xmlns='jabber:iq:roster'>${item}</query></iq>`

  it('is none of the colleagues, has its presence, and goes', async () => {
    const t = await started()
    const people = [...t.desk.roster.contacts.value.keys()]
    t.says(push('t1', "<item jid='6abc@pbx.example.org' name='Sales' subscription='both'><group>Montague</group></item>"), push('t2', "<item jid='+4930@pbx.example.org' subscription='both'/>"))
    expect([...t.desk.roster.teams.value.values()].map((x) => x.name)).toEqual(['Sales'])
    expect([...t.desk.roster.contacts.value.keys()]).toEqual([...people, '+4930@pbx.example.org'])
    expect(t.desk.presences.of('6abc@pbx.example.org').show).toBe('offline')
    t.says(presence('6abc@pbx.example.org/sip', '<show>xa</show><status>Nobody is logged in</status>'))
    expect(t.desk.presences.of('6abc@pbx.example.org').show).toBe('away')
    t.says(push('t3', "<item jid='6abc@pbx.example.org' subscription='remove'/>"))
    expect(t.desk.roster.teams.value.size).toBe(0)
  })
})

describe('presence', () => {
  it('shows the client that matters most', async () => {
    const t = await started()
    const shown = (): string => {
      const { show, status } = t.desk.presences.of('romeo@example.org')
      return `${show} ${status}`.trim()
    }
    t.says(presence('romeo@example.org/desk', '<show>away</show><status>Lunch</status>'))
    expect(shown()).toBe('away Lunch')
    t.says(presence('romeo@example.org/phone'))
    expect(shown()).toBe('available')
    t.says(presence('romeo@example.org/desk', '<show>dnd</show><priority>5</priority>'))
    expect(shown()).toBe('dnd')
    t.says("<presence xmlns='jabber:client' type='unavailable' from='romeo@example.org/desk'/>", "<presence xmlns='jabber:client' type='unavailable' from='romeo@example.org/phone'/>")
    expect(shown()).toBe('offline')
  })

  it('tells what telephones do apart from who is there, and shows profiles (B3, A-161)', async () => {
    const t = await started()
    const phone = (state: string, inner = ''): string => presence('romeo@example.org/phone', `<status>Telephone</status><phone xmlns='urn:plenum:phone:0' state='${state}'>${inner}</phone><profile xmlns='urn:plenum:profile:0' name='Lunch' icon='coffee' colour='#c77700'/>`)
    const shown = (): unknown[] => [t.desk.presences.of('romeo@example.org').show, t.desk.presences.phone('romeo@example.org'), t.desk.presences.mark('romeo@example.org')?.name]
    expect(shown()).toEqual(['offline', { is: 'none', with: '' }, undefined])
    t.says(phone('ringing', "<with number='12' name='Nurse'/>"))
    expect(shown()).toEqual(['offline', { is: 'ringing', with: 'Nurse' }, 'Lunch'])
    t.says(presence('romeo@example.org/desk', "<profile xmlns='urn:plenum:profile:0' name='Home' icon='home' colour='#0f8b8d'/>"), phone('free'))
    expect(shown()).toEqual(['available', { is: 'free', with: '' }, 'Home'])
    t.says("<presence xmlns='jabber:client' type='unavailable' from='romeo@example.org/phone'/>")
    expect(shown()).toEqual(['available', { is: 'none', with: '' }, 'Home'])
  })

  it('of oneself goes to contacts and groups', async () => {
    const t = await started(bookmark(room, 'Verona'))
    await entered(t)
    t.socket.sent.length = 0
    t.desk.setShow('dnd', '  in a meeting ')
    expect(t.sent((e) => e.localName === 'presence').map((e) => [attr(e, 'to'), text(e, client, 'show'), text(e, client, 'status')])).toEqual([
      ['', 'dnd', 'in a meeting'], [`${room}/Juliet Capulet`, 'dnd', 'in a meeting'],
    ])
  })
})

describe('a group', () => {
  it('is entered by its bookmark, with what its archive has', async () => {
    const t = await started(bookmark(room, 'Verona'), bookmark('quiet@groups.example.org', 'Quiet', false))
    expect(t.sent((e) => e.localName === 'presence' && attr(e, 'to') !== '').map((e) => attr(e, 'to'))).toEqual([`${room}/Juliet Capulet`])
    t.says(occupant('Romeo'), occupant('Juliet Capulet', "<status code='110'/>"))
    await t.rest()
    const asked = t.asked(APP.mam, (e) => attr(e, 'to') === room)
    const old = (id: string, nick: string, body: string, more = '') => `<message xmlns='jabber:client' type='groupchat' id='${id}' from='${room}/${nick}'><body>${body}</body>${more}</message>`
    t.stored(asked, 'a1', '2026-11-20T10:00:00Z', old('m1', 'Romeo', 'old'))
    t.stored(asked, 'a2', '2026-11-20T10:01:00Z', old('m2', 'Tybalt', 'stranger'))
    t.stored(asked, 'a3', '2026-11-20T10:02:00Z', old('m3', 'Romeo', 'new', "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"))
    // Somebody else cannot put messages into an archive.
    t.says(`<message xmlns='jabber:client' from='mallory@example.org'><result xmlns='urn:xmpp:mam:2' queryid='${attr(asked.firstElementChild!, 'queryid')}' id='x'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='groupchat' from='${room}/Romeo'><body>forged</body></message></forwarded></result></message>`)
    await t.fin(asked, 'a1')
    const group = t.desk.groups.value.get(room)!
    expect(said(group)).toEqual(['Romeo: new (edited)', 'Tybalt: stranger'])
    expect(new Date(group.log.value[0]!.at).toISOString()).toBe('2026-11-20T10:00:00.000Z')
    void group.history.more()
    const next = t.asked(APP.mam, (e) => attr(e, 'to') === room)
    expect(next.querySelector('before')?.textContent).toBe('a1')
    t.stored(next, 'a0', '2026-11-19T10:00:00Z', old('m0', 'Romeo', 'older'))
    await t.fin(next, 'a0', true)
    expect(said(group)).toEqual(['Romeo: older', 'Romeo: new (edited)', 'Tybalt: stranger'])
    expect(group.history.state.value).toBe('all')
  })

  it('has no news of who comes and goes, and counts what is unread and where one is spoken to', async () => {
    const t = await started(bookmark(room, 'Verona'))
    const group = await entered(t)
    const speaks = (id: string, body: string) => `<message xmlns='jabber:client' type='groupchat' id='${id}' from='${room}/Romeo'><body>${body}</body><stanza-id xmlns='urn:xmpp:sid:0' by='${room}' id='s${id}'/><delay xmlns='urn:xmpp:delay' from='${room}' stamp='2100-01-01T00:00:0${id}Z'/></message>`
    t.says(occupant('Benvolio'), speaks('1', 'hello'))
    expect(said(group)).toEqual(['Romeo: hello'])
    expect([group.marks.fresh.value.length, group.mentioned.value]).toEqual([1, false])
    t.says(speaks('2', 'what do you say, @juliet capulet?'))
    expect([t.desk.unread.value, group.mentioned.value]).toEqual([2, true])
    t.desk.pick(group)
    expect([group.marks.fresh.value.length, group.marks.line.value === group.log.value[0]!.key]).toEqual([0, true])
  })

  it('hears from its conference without anything to read', async () => {
    const t = await started(bookmark(room, 'Verona'))
    const group = await entered(t)
    t.says(`<message xmlns='jabber:client' type='groupchat' from='${room}/Conference'><body>Sofia is waiting in the conference.</body><delay xmlns='urn:xmpp:delay' stamp='2100-01-01T00:00:00Z'/></message>`)
    expect(group.log.value).toMatchObject([{ kind: 'note', what: 'told', other: 'Sofia is waiting in the conference.' }])
    expect(t.desk.unread.value).toBe(0)
  })

  it('shows its conference: public, waiting, live (A-011, A-027)', async () => {
    const t = await started(bookmark(room, 'Verona'))
    const group = await entered(t)
    const conference = (attrs: string) => presence(`${room}/Conference`, `<conference xmlns='urn:plenum:conference:0' ${attrs}/><x xmlns='http://jabber.org/protocol/muc#user'><item role='participant' affiliation='none'/></x>`)
    t.says(conference("state='idle' public='true'"))
    expect(group.conference.value).toEqual({ state: 'idle', people: 0, waiting: 0, isPublic: true })
    t.says(conference("state='waiting' waiting='2' people='2' public='true'"))
    expect(group.conference.value).toMatchObject({ state: 'waiting', waiting: 2 })
    expect(group.occupants.value.map((o) => o.nick)).toEqual(['Romeo', 'Juliet Capulet'])
    t.says(`<presence xmlns='jabber:client' type='unavailable' from='${room}/Conference'/>`)
    expect(group.conference.value.isPublic).toBe(false)
  })

  it('says that it cannot be entered where its server is not reached', async () => {
    const other = 'coven@chat.shakespeare.lit'
    const t = await started(bookmark(other, 'Coven'))
    expect(t.desk.groups.value.get(other)?.place.value.is).toBe('entering')
    t.says(`<presence xmlns='jabber:client' type='error' from='${other}/Juliet Capulet'><error type='cancel'><remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`)
    expect(t.desk.groups.value.get(other)?.place.value).toMatchObject({ is: 'refused', fault: { condition: 'remote-server-not-found' } })
  })

  it('comes and goes with its bookmark', async () => {
    const t = await started()
    const event = (inner: string, from = 'juliet@example.org') => `<message xmlns='jabber:client' type='headline' from='${from}'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'>${inner}</items></event></message>`
    const item = bookmark(room, 'Verona')
    t.says(event(item, 'mallory@example.org'))
    expect(t.desk.groups.value.size).toBe(0)
    t.says(event(item))
    expect(t.desk.groups.value.get(room)?.place.value.is).toBe('entering')
    t.says(event(bookmark(room, 'Verona Beach')))
    expect(t.desk.groups.value.get(room)?.name.value).toBe('Verona Beach')
    t.says(event(`<retract id='${room}'/>`))
    expect(t.desk.groups.value.size).toBe(0)
  })
})

describe('a conversation with a colleague', () => {
  it('begins with the last messages of the archive and goes on backwards', async () => {
    const t = await started()
    const asked = t.asked(APP.mam)
    t.stored(asked, 'a1', '2026-11-20T10:00:00Z', chat('romeo@example.org/x', 'm1', 'one'))
    t.stored(asked, 'a2', '2026-11-20T10:01:00Z', "<message xmlns='jabber:client' type='chat' id='m2' from='juliet@example.org/phone' to='romeo@example.org'><body>two</body></message>")
    t.stored(asked, 'a3', '2026-11-20T10:02:00Z', chat(`${room}/Romeo`, 'm3', 'in private'))
    await t.fin(asked, 'a1')
    expect([...t.desk.directs.value.keys()]).toEqual(['romeo@example.org'])
    const romeo = t.desk.direct('romeo@example.org')
    expect(said(romeo)).toEqual(['Romeo: one', 'Juliet Capulet: two'])
    t.desk.pick(romeo)
    const next = t.asked(APP.mam)
    expect([next.querySelector('before')?.textContent, next.querySelector("field[var='with'] value")?.textContent]).toEqual(['a1', 'romeo@example.org'])
  })

  it('knows messages from other clients of ours by copies from our own account alone', async () => {
    const t = await started()
    const copy = (from: string, body: string) => `<message xmlns='jabber:client' from='${from}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' id='c1' from='juliet@example.org/phone' to='romeo@example.org'><body>${body}</body></message></forwarded></sent></message>`
    t.says(copy('mallory@example.org/x', 'forged'))
    expect(t.desk.directs.value.has('romeo@example.org')).toBe(false)
    t.says(copy('juliet@example.org', 'from my phone'))
    expect(said(t.desk.direct('romeo@example.org'))).toEqual(['Juliet Capulet: from my phone'])
  })

  it('shows a message as sent when the server has it, and as failed when it was lost', async () => {
    const t = await started()
    const romeo = t.desk.direct('romeo@example.org')
    romeo.say('hello')
    expect(said(romeo)).toEqual(['Juliet Capulet: hello [sending]'])
    const n = t.sent((e) => ['iq', 'message', 'presence'].includes(e.localName) && e.getAttribute('id') !== 'bind').length
    t.says(`<a xmlns='urn:xmpp:sm:3' h='${n}'/>`)
    expect(said(romeo)).toEqual(['Juliet Capulet: hello'])
    t.says(`<message xmlns='jabber:client' type='error' from='romeo@example.org' id='none'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
    romeo.say('again')
    const id = attr(t.sent((e) => e.localName === 'message').at(-1)!, 'id')
    t.says(`<message xmlns='jabber:client' type='error' from='romeo@example.org' id='${id}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
    expect(said(romeo)).toEqual(['Juliet Capulet: hello', 'Juliet Capulet: again [failed]'])
  })

  it('takes corrections of the author alone, answers receipts, and shows who writes', async () => {
    const t = await started()
    t.says(chat('romeo@example.org/x', 'm1', 'helo', "<request xmlns='urn:xmpp:receipts'/>"))
    t.says(chat('romeo@example.org/x', 'm2', 'hello', "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"))
    const romeo = t.desk.direct('romeo@example.org')
    expect(said(romeo)).toEqual(['Romeo: hello (edited)'])
    expect(t.sent((e) => child(e, APP.receipts, 'received') !== undefined).map((e) => attr(e, 'to'))).toEqual(['romeo@example.org/x'])
    t.says("<message xmlns='jabber:client' type='chat' from='romeo@example.org/x'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    expect(romeo.typing.value).toEqual(['Romeo'])
    t.says("<message xmlns='jabber:client' type='chat' from='mallory@example.org/x'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    expect(t.desk.directs.value.has('mallory@example.org')).toBe(false)
  })
})
