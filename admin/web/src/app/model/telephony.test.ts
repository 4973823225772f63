// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { attr } from '../../shared/xmpp/xml'
import { Calls } from './calls'
import { browser, Dialler } from './dialler'
import { Table } from './fakes'
import { APP } from './ns'
import { asNumber, Numbers } from './numbers'
import { Telephony } from './telephony'

const parts = `<self jid='juliet@example.org' name='Juliet Capulet' extension='101'><permission type='pickup.group'/></self>
<profiles active='available'><profile id='available' name='Available' icon='ok' colour='#1f8a4c'/><profile id='dnd' name='DND' icon='dnd' colour='#c8321f' silent='true'/></profiles>
<devices outgoing='auto'>
 <device holder='juliet@example.org' id='d3' kind='phone' name='Desk' online='true' revision='7'><timer class='internal' enabled='true' delay='0'/><timer class='external' enabled='true' delay='5' ring='20'/><timer class='queue' delay='0'/></device>
 <device holder='juliet@example.org' id='xmpp' kind='xmpp' online='true' configurable='true' revision='0'><timer class='internal' enabled='true' delay='0'/></device>
</devices>
<locations at='l2'><location id='l1' name='Garden' recent='2' user='romeo@example.org'/><location id='l2' name='Balcony' recent='1' user='juliet@example.org'/></locations>
<forward target='12' active='true' revision='4'/>
<teams><team id='t1' name='Support' extension='500'><reason code='1' title='Lunch'/><member jid='juliet@example.org' name='Juliet' in='true' dynamic='true' doing='free' since='2026-11-27T08:00:00Z' calls='3'/></team></teams>
<voicemail new='1' old='4'><team id='t1' name='Support' new='2' old='0'/></voicemail>
<missed calls='2'/>
<journal/>
<calls><call id='c1' dialled='101' began='2026-11-27T09:00:00Z'><party leg='A1' role='caller' number='100' name='Romeo' doing='calling'/><party leg='B1' role='callee' device='d3' doing='ringing' own='true'/></call></calls>`

/** The page, logged in, with what was asked of the server. */
async function served() {
  const t = new Table()
  const tel = new Telephony(t.desk, numbersOf(t))
  await t.logsIn()
  await t.answers(t.asked(APP.app), `<snapshot xmlns='urn:plenum:app:0' n='0'>${parts}</snapshot>`)
  return { t, tel }
}

const numbersOf = (t: Table): Numbers => new Numbers(t.desk)
const event = (n: number, inner: string, from = 'juliet@example.org'): string =>
  `<message xmlns='jabber:client' type='headline' from='${from}' to='juliet@example.org/web'><event xmlns='urn:plenum:app:0' n='${n}'>${inner}</event></message>`
const snapshots = (t: Table): Element[] => t.sent((e) => e.firstElementChild?.localName === 'snapshot')

describe('telephony', () => {
  it('asks once for everything and shows it', async () => {
    const { t, tel } = await served()
    expect(snapshots(t)).toHaveLength(1)
    expect([tel.served.value, tel.self.value?.extension, tel.profile.value?.name, tel.place.value?.name]).toEqual([true, '101', 'Available', 'Balcony'])
    expect(tel.devices.value?.list.map((d) => [d.id, d.configurable, d.timers.external])).toEqual([
      ['d3', false, { enabled: true, delay: 5, ring: 20 }], ['xmpp', true, { enabled: false, delay: 0, ring: undefined }],
    ])
    expect(tel.forward.value).toEqual({ target: '12', active: true, revision: '4' })
    expect([...tel.teams.value.values()].map((x) => [x.name, x.members[0]?.doing, x.reasons[0]?.title])).toEqual([['Support', 'free', 'Lunch']])
    expect([tel.voicemail.value, tel.missed.value, tel.calls.value.get('c1')?.parties[1]?.own]).toEqual([{ fresh: 1, old: 4, teams: new Map([['t1', { fresh: 2, old: 0 }]]) }, 2, true])
  })

  it('follows events: parts are replaced, calls and teams come and go, the journal has something new', async () => {
    const { t, tel } = await served()
    const before = tel.journal.value
    t.says(event(1, "<forward target='12' revision='5'/><call id='c1' over='true'/><entry id='j2' direction='in' number='12'/><missed calls='3'/>"))
    expect([tel.forward.value?.active, tel.calls.value.size, tel.missed.value, tel.journal.value - before]).toEqual([false, 0, 3, 1])
    t.says(event(2, "<team id='t2' name='Sales'/><team id='t1' over='true'/><voicemail new='0' old='5'/>"))
    expect([[...tel.teams.value.keys()], tel.voicemail.value.fresh]).toEqual([['t2'], 0])
  })

  it('tells of callers for whom one is wanted, though one is not logged in to their team (B9)', async () => {
    const { t, tel } = await served()
    t.says(event(1, "<pickups><caller call='c7' team='t9' team-name='Sales' extension='501' number='+4930123' since='2026-11-27T09:12:40Z'/></pickups>"))
    expect(tel.pickups.value.map((p) => [p.call, p.team, p.teamName, p.extension, p.number])).toEqual([['c7', 't9', 'Sales', '501', '+4930123']])
    t.says(event(2, '<pickups/>'))
    expect(tel.pickups.value).toEqual([])
  })

  it('asks anew when an event was lost, and takes none before the answer is there', async () => {
    const { t, tel } = await served()
    t.says(event(2, "<voicemail new='7' old='0'/>"))
    expect([tel.voicemail.value.fresh, snapshots(t).length]).toEqual([1, 2])
    t.says(event(3, "<voicemail new='8' old='0'/>"))
    expect(tel.voicemail.value.fresh).toBe(1)
    await t.answers(snapshots(t)[1]!, `<snapshot xmlns='urn:plenum:app:0' n='0'>${parts}</snapshot>`)
    t.says(event(1, "<voicemail new='9' old='0'/>"))
    expect([tel.voicemail.value.fresh, snapshots(t).length]).toEqual([9, 2])
  })

  it('hears the own server alone', async () => {
    const { t, tel } = await served()
    t.says(event(1, "<voicemail new='99' old='0'/>", 'mallory@example.org/x'))
    expect([tel.voicemail.value.fresh, snapshots(t).length]).toEqual([1, 1])
  })

  it('is not there where the server does not know it', async () => {
    const t = new Table()
    const tel = new Telephony(t.desk, numbersOf(t))
    await t.logsIn()
    const asked = t.asked(APP.app)
    t.says(`<iq xmlns='jabber:client' type='error' id='${attr(asked, 'id')}' from='juliet@example.org'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
    await t.rest()
    expect([tel.served.value, snapshots(t).length]).toEqual([false, 1])
  })

  it('gives commands, and says why one was refused', async () => {
    const { t, tel } = await served()
    const [desk] = tel.devices.value!.list
    const last = (): string => t.sent((e) => e.localName === 'iq').at(-1)!.firstElementChild!.outerHTML.replace(` xmlns="${APP.app}"`, '')
    const said = (give: () => unknown): string => {
      void give()
      return last()
    }
    expect(said(() => tel.dial('12', { device: 'd3' }))).toBe('<dial number="12" device="d3"/>')
    expect(said(() => tel.hold('c1', false))).toBe('<resume call="c1"/>')
    expect(said(() => tel.transfer('c1', '13'))).toBe('<transfer call="c1" to="13"/>')
    expect(said(() => tel.join('c1', 'c2'))).toBe('<transfer call="c1" with="c2"/>')
    expect(said(() => tel.setPlace(''))).toBe('<location/>')
    expect(said(() => tel.setForward('', false))).toBe('<forward target="" active="false"/>')
    expect(said(() => tel.team('t1', 'pause', '1'))).toBe('<team id="t1" do="pause" reason="1"/>')
    expect(said(() => tel.setTimer(desk!, 'external', { enabled: true, delay: 3, ring: undefined }))).toBe(
      '<followme holder="juliet@example.org" device="d3"><timer class="external" enabled="true" delay="3"/></followme>')
    expect(said(() => tel.setGSM(desk!, true))).toBe('<followme holder="juliet@example.org" device="d3" gsm="true"/>')
    expect(tel.devices.value!.list[0]!.timers.external).toEqual({ enabled: true, delay: 3, ring: undefined }) // at once
    expect(said(() => tel.turn('s1', false))).toBe('<switch id="s1" on="false"/>')
    t.says(event(1, "<switches><switch id='s1' name='Night' extension='800' on='true'/><switch id='s2' name='Gate'/></switches>"))
    expect(tel.switches.value).toEqual([{ id: 's1', name: 'Night', extension: '800', on: true }, { id: 's2', name: 'Gate', extension: '', on: false }])
    const refused = tel.setProfile('dnd')
    const asked = t.asked(APP.app, (e) => e.firstElementChild?.localName === 'profile')
    t.says(`<iq xmlns='jabber:client' type='error' id='${attr(asked, 'id')}' from='juliet@example.org'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
    expect(await refused).toMatchObject({ ok: false, fault: { is: 'stanza', condition: 'forbidden' } })
  })
})

describe('numbers', () => {
  it.each([['101', '101'], [' 0049 (30) 123-456 ', '004930123456'], ['+49 30/12', '+493012'], ['*42#17', '*42#17'], ['anna', ''], ['', ''], ['1+1', '']])('%s is dialled as %s', (typed, number) => {
    expect(asNumber(typed)).toBe(number)
  })
})

describe('numbers of colleagues', () => {
  it('are in the snapshot, and each that changes is told (A-203, A-208)', async () => {
    const t = new Table()
    const numbers = numbersOf(t)
    new Telephony(t.desk, numbers)
    await t.logsIn()
    expect(t.asked(APP.app).firstElementChild!.getAttribute('numbers')).toBe('true')
    await t.answers(t.asked(APP.app), `<snapshot xmlns='urn:plenum:app:0' n='0'>${parts}<numbers><number user='romeo@example.org' extension='10'/><number team='t1' name='Support' extension='500'/></numbers></snapshot>`)
    expect([numbers.extensionOf('romeo@example.org'), numbers.userAt('10'), numbers.teams.map((x) => x.name)]).toEqual(['10', 'romeo@example.org', ['Support']])
    t.says(event(1, "<number user='romeo@example.org' extension='11'/><number user='nurse@example.org' extension='13'/><number team='t0' name='Sales' extension='501'/>"))
    expect([numbers.userAt('10'), numbers.userAt('11'), numbers.userAt('13'), numbers.teams.map((x) => x.id)]).toEqual(['', 'romeo@example.org', 'nurse@example.org', ['t0', 't1']])
    t.says(event(2, "<number user='nurse@example.org' over='true'/>"))
    expect([numbers.userAt('13'), numbers.userAt('11')]).toEqual(['', 'romeo@example.org'])
    t.says(event(3, '<numbers/>'))
    expect([numbers.userAt('11'), numbers.teams.length]).toEqual(['', 0])
  })
})

describe('a call', () => {
  beforeEach(() => localStorage.clear())

  it('is made by this page, or by the telephone that was chosen as long as that is there (A-110)', async () => {
    const t = new Table()
    const numbers = numbersOf(t)
    const tel = new Telephony(t.desk, numbers)
    const calls = new Calls(t.desk)
    const dialler = new Dialler(tel, calls, numbers)
    expect(await dialler.dial('12')).toEqual({ ok: false, fault: { is: 'lost' } })
    await t.logsIn()
    await t.answers(t.asked(APP.app), `<snapshot xmlns='urn:plenum:app:0' n='0'>${parts}</snapshot>`)
    expect([dialler.by.value, dialler.devices.value.map((d) => d.id)]).toEqual([browser, ['d3']])
    dialler.choose('d3')
    void dialler.dial('12')
    expect(t.asked(APP.app).firstElementChild!.getAttribute('device')).toBe('d3')
    t.says(event(1, "<devices outgoing='auto'><device holder='juliet@example.org' id='d3' kind='phone' name='Desk'/></devices>"))
    expect(dialler.by.value).toBe(browser)
    void dialler.pickup('500')
    expect(t.sent((e) => e.localName === 'message').map((e) => attr(e, 'to'))).toEqual(['*8500@pbx.example.org'])
    expect(dialler.ours.value.size).toBe(0)
    t.says(event(2, "<call id='c9' dialled='500'><party leg='A1' role='caller' number='100' doing='talking'/><party leg='B1' role='callee' device='xmpp' doing='talking' own='true'/></call>"))
    expect(dialler.ours.value.get(calls.peers.current.value!)?.id).toBe('c9')
    // Any who waits is taken by the ID of his call, of which an address has small letters alone (B9).
    const caller = { call: 'c8-ABC', number: '+4930123', name: 'Paris', since: 0, rings: [] }
    void dialler.take(caller)
    expect(attr(t.sent((e) => e.localName === 'message').at(-1)!, 'to')).toBe('take\\20c8-abc@pbx.example.org')
    expect(dialler.other(calls.peers.current.value!)).toEqual({ user: '', name: 'Paris', number: '+4930123' })
    const two = [500, 8].map((n) => `<call id='c${n === 8 ? '8-ABC' : 9}' dialled='${n}'><party leg='A' role='caller' number='4930123' doing='talking'/><party leg='B' role='callee' device='xmpp' doing='talking' own='true'/></call>`)
    t.says(event(3, two.join('')))
    expect(calls.peers.calls.value.map((c) => dialler.ours.value.get(c)?.id)).toEqual(['c9', 'c8-ABC'])
    expect(await dialler.dial('13')).toMatchObject({ ok: false }) // one is in two already
    dialler.choose('d3')
    calls.close()
  })
})
