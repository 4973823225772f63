// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { attr } from '../../shared/xmpp/xml'
import { address, affiliate, allowGuests, invitation, make, readMembers, readSetup } from './administer'
import { Table } from './fakes'
import { APP } from './ns'

beforeEach(() => localStorage.clear())

const room = 'verona@groups.example.org'

async function table() {
  const t = new Table()
  await t.logsIn()
  return t
}

it.each([
  ['a plain name', 'Rollout North', 'rollout-north-'],
  ['letters of other alphabets', 'Müller & Söhne – Straße', 'muller-sohne-strasse-'],
  ['no letter that an address has', '会議', 'group-'],
  ['a long name', 'x'.repeat(80), 'x'.repeat(30) + '-'],
])('makes an address out of %s', (_, name, begin) => expect(address(name, 36 ** 6 - 1)).toBe(begin + 'zzzzzz'))

describe('the access of guests (A-010, A-012, A-016)', () => {
  it('is read from the owner\'s form and switched there', async () => {
    const t = await table()
    const read = readSetup(t.desk, room)
    const f = (name: string, value: string) => `<field var='${name}'><value>${value}</value></field>`
    await t.answers(t.asked(APP.mucOwner), `<query xmlns='${APP.mucOwner}'><x xmlns='jabber:x:data' type='form'>${f('muc#roomconfig_roomname', 'Verona')}${f('{urn:plenum:group:0}allow_guests', '1')}` +
      `${f('{urn:plenum:group:0}guest_link', 'https://example.org/g/abc')}${f('{urn:plenum:group:0}guest_number', '+43 1 555')}${f('{urn:plenum:group:0}guest_pin', '313 787 136')}</x></query>`)
    expect(await read).toEqual({ ok: true, value: { name: 'Verona', description: '', guests: true, link: 'https://example.org/g/abc', number: '+43 1 555', pin: '313 787 136' } })
    const set = allowGuests(t.desk, room, false)
    const form = t.asked(APP.mucOwner, (e) => attr(e, 'type') === 'set')
    expect([...form.querySelectorAll('field')].map((e) => `${attr(e, 'var')}=${e.textContent}`)).toEqual([
      'FORM_TYPE=http://jabber.org/protocol/muc#roomconfig', '{urn:plenum:group:0}allow_guests=0',
    ])
    await t.answers(form)
    expect(await set).toBeUndefined()
  })

  it('goes into an invitation, with the telephone only where there is a number', () => {
    const access = { link: 'https://example.org/g/abc', number: '', pin: '313 787 136' }
    expect(invitation('en', 'A $& B', access)).toBe('You are invited to “A $& B”.\n\nJoin in your browser:\nhttps://example.org/g/abc\n')
    expect(invitation('de', 'Verona', { ...access, number: '+43 1 555' })).toBe(
      'Sie sind eingeladen: „Verona“.\n\nIm Browser teilnehmen:\nhttps://example.org/g/abc\n\nOder mit dem Telefon:\n+43 1 555\nPIN: 313 787 136\n',
    )
  })
})

describe('members', () => {
  it('are all who have an affiliation', async () => {
    const t = await table()
    const read = readMembers(t.desk, room)
    for (const affiliation of ['owner', 'admin', 'member']) {
      const asked = t.asked(APP.mucAdmin, (e) => e.querySelector('item')?.getAttribute('affiliation') === affiliation)
      await t.answers(asked, `<query xmlns='${APP.mucAdmin}'>${affiliation === 'admin' ? '' : `<item affiliation='${affiliation}' jid='${affiliation}@example.org'/>`}</query>`)
    }
    expect(await read).toEqual({ ok: true, value: [{ jid: 'owner@example.org', affiliation: 'owner' }, { jid: 'member@example.org', affiliation: 'member' }] })
  })

  it('are told when it is not allowed to change them', async () => {
    const t = await table()
    const set = affiliate(t.desk, room, ['a@example.org', 'b@example.org'], 'none')
    const asked = t.asked(APP.mucAdmin)
    expect(asked.querySelectorAll('item')).toHaveLength(2)
    t.says(`<iq xmlns='jabber:client' type='error' id='${attr(asked, 'id')}' from='${room}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
    expect(await set).toMatchObject({ is: 'stanza', condition: 'forbidden' })
  })
})

it('makes a group: enters it, sets it up, takes members in (A-007)', async () => {
  const t = await table()
  const made = make(t.desk, 'Rollout', ['romeo@example.org'])
  const there = attr(t.sent((e) => e.localName === 'presence' && attr(e, 'to') !== '').at(-1)!, 'to')
  const where = there.split('/')[0]!
  expect(where).toMatch(/^rollout-[0-9a-z]{6}@groups\.example\.org$/)
  t.says(`<presence xmlns='jabber:client' from='${there}'><x xmlns='http://jabber.org/protocol/muc#user'><item role='moderator' affiliation='owner'/><status code='110'/><status code='201'/></x></presence>`)
  await t.rest()
  const config = t.asked(APP.mucOwner)
  expect(config.textContent).toContain('Rollout')
  await t.answers(config)
  const members = t.asked(APP.mucAdmin)
  expect(attr(members.querySelector('item')!, 'jid')).toBe('romeo@example.org')
  await t.answers(members)
  expect(await made).toMatchObject({ ok: true, value: { jid: where } })
})

it('says why a group could not be made', async () => {
  const t = await table()
  const made = make(t.desk, 'Rollout', [])
  const to = attr(t.sent((e) => e.localName === 'presence' && attr(e, 'to') !== '').at(-1)!, 'to')
  t.says(`<presence xmlns='jabber:client' type='error' from='${to}'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`)
  await t.rest()
  expect(await made).toMatchObject({ ok: false, fault: { condition: 'not-allowed' } })
})
