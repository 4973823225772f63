// Two pages in Chromium call each other through the call engine: all that the one says goes through Jingle to the other and back into SDP.
// Run: node e2e/call.mjs. It ends with an error unless pictures and sound arrive both ways, also after what happens in between.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { build } from 'vite'

const built = await build({ logLevel: 'error', configFile: false, build: { write: false, target: 'es2022', minify: false, lib: { entry: 'e2e/parts.ts', formats: ['es'] } } })
const parts = [built].flat()[0].output[0].code
const origin = 'https://call.test' // which is nowhere but in these pages
const patience = 60_000
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
    '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
  ],
})

/** party runs in a page: an engine whose connection is the other page. */
async function party(jid) {
  const { Devices, PeerCalls, parse } = await import('/parts.js')
  const waiting = new Map()
  let serial = 0
  const port = {
    jid,
    hurry: () => undefined,
    newID: () => `${jid[0]}${++serial}`,
    send: (m) => (window.relay(m.text), true),
    iq: (type, to, payload) =>
      new Promise((resolve) => {
        const id = port.newID()
        waiting.set(id, resolve)
        window.relay(`<iq xmlns='jabber:client' type='${type}' to='${to}' id='${id}'>${payload.text}</iq>`)
      }),
  }
  const devices = new Devices()
  const calls = new PeerCalls({ port, devices })
  window.hear = (text) => {
    const e = parse(text)
    if (e.localName !== 'iq') return calls.stanza(e)
    const type = e.getAttribute('type')
    if (type === 'set' || type === 'get') return window.relay(calls.request(e).text)
    const condition = e.querySelector('error > *')?.localName ?? ''
    waiting.get(e.getAttribute('id'))?.(type === 'result' ? { ok: true, value: e } : { ok: false, fault: { is: 'stanza', type: 'cancel', condition, text: '' } })
  }
  window.devices = devices
  window.calls = calls
  window.counts = async () => {
    const found = { frames: 0, energy: 0, pair: '', transports: 0 }
    for (const s of (await calls.current.value.connection.getStats()).values()) {
      if (s.type === 'inbound-rtp' && s.kind === 'video') found.frames += s.framesDecoded
      if (s.type === 'inbound-rtp' && s.kind === 'audio') found.energy += s.totalAudioEnergy
      if (s.type !== 'transport') continue
      found.pair = s.iceLocalUsernameFragment
      found.transports++
    }
    return found
  }
}

const pages = {}
let seen = () => undefined // is shown all that is sent
let plain = false // what is said goes through a client that knows no groups, such as Dino
const log = process.env.VERBOSE ? console.log : () => undefined
async function open(jid) {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(patience)
  page.on('console', (m) => console.log(jid, m.text()))
  page.on('pageerror', (e) => console.log(jid, String(e)))
  await page.exposeFunction('relay', (text) => {
    log(jid, text.slice(0, 300))
    seen(text)
    const to = /^<\w+[^>]* to='([^']*)'/.exec(text)?.[1]
    const target = Object.entries(pages).find(([full]) => full === to || full.split('/')[0] === to)?.[1]
    const withFrom = (plain ? text.replace(/<group.*?<\/group>/, '') : text).replace(/^<(\w+)/, `<$1 from='${jid}'`)
    const id = / id='([^']*)'/.exec(text)?.[1]
    const gone = () => undefined // the browser is closed
    if (target) target.evaluate((t) => window.hear(t), withFrom).catch(gone)
    else if (text.startsWith('<iq')) page.evaluate((t) => window.hear(t), `<iq xmlns='jabber:client' type='error' id='${id}' from='${to}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`).catch(gone)
  })
  await page.route(`${origin}/blank`, (r) => r.fulfill({ contentType: 'text/html', body: '<!doctype html><title>call</title>' }))
  await page.route(`${origin}/parts.js`, (r) => r.fulfill({ contentType: 'text/javascript', body: parts }))
  await page.goto(`${origin}/blank`)
  await page.evaluate(party, jid)
  pages[jid] = page
  return page
}

const state = (page, want) => page.waitForFunction((w) => window.calls.current.value?.state.value === w, want)

/** until asks the page until it says yes. */
async function until(what, f) {
  for (const end = Date.now() + patience; ; await new Promise((r) => setTimeout(r, 100))) {
    if (await f()) return
    if (Date.now() > end) throw new Error('it does not come about: ' + what)
  }
}

/** gains waits for what is to come: pictures, sound that is not silence. */
async function gains(page, what) {
  const before = await page.evaluate(() => window.counts())
  await until(what, async () => {
    const now = await page.evaluate(() => window.counts())
    return (!what.includes('sound') || now.energy > before.energy + 0.001) && (!what.includes('picture') || now.frames > before.frames + 15)
  })
}
const step = (text) => console.log('ok:', text)

try {
  const anna = await open('anna@example/page')
  const ben = await open('ben@example/page')

  await anna.evaluate(() => void window.calls.call('ben@example', true))
  await state(ben, 'ringing')
  await state(anna, 'ringing')
  await ben.evaluate(() => window.calls.accept(window.calls.current.value, true))
  for (const p of [anna, ben]) await state(p, 'live')
  for (const p of [anna, ben]) await gains(p, 'sound, picture')
  step('a call with pictures: both hear and see each other')

  const before = await anna.evaluate(() => window.counts())
  await anna.evaluate(() => window.calls.current.value.session.restart())
  await until('new credentials', async () => (await anna.evaluate(() => window.counts())).pair !== before.pair)
  for (const p of [anna, ben]) await gains(p, 'sound, picture')
  step('ICE restart: new credentials, and it goes on')

  await anna.evaluate(() => window.devices.setAudioOn(false))
  await ben.waitForFunction(() => window.calls.current.value.remoteMuted.value)
  await anna.evaluate(() => window.devices.setAudioOn(true))
  await ben.waitForFunction(() => !window.calls.current.value.remoteMuted.value)
  step('mute is told')

  await anna.evaluate(() => window.calls.current.value.hangup())
  await state(ben, 'ended')
  assert.equal(await ben.evaluate(() => window.calls.current.value.end.value), 'hungup')
  step('hung up')

  await ben.evaluate(() => void window.calls.call('anna@example', false))
  await state(anna, 'ringing')
  assert.equal(await anna.evaluate(() => window.calls.current.value.video), false)
  await anna.evaluate(() => window.calls.accept(window.calls.current.value, false))
  for (const p of [anna, ben]) await state(p, 'live')
  for (const p of [anna, ben]) await gains(p, 'sound')
  await anna.evaluate(() => void window.devices.setVideoOn(true)) // of the side that did not begin the session
  await ben.waitForFunction(() => window.calls.current.value.remoteVideo.value)
  await gains(ben, 'picture')
  await ben.evaluate(() => void window.devices.setVideoOn(true))
  await gains(anna, 'picture')
  step('a call without pictures, to which both add theirs')
  await ben.evaluate(() => window.calls.current.value.hangup())
  await state(anna, 'ended')

  await anna.evaluate(() => void window.calls.call('ben@example', false))
  await state(ben, 'ringing')
  await ben.evaluate(() => window.calls.current.value.reject())
  await state(anna, 'ended')
  assert.equal(await anna.evaluate(() => window.calls.current.value.end.value), 'rejected')
  step('rejected')

  await anna.evaluate(() => void window.calls.call('ben@example/page', true)) // without a message before it
  await state(ben, 'ringing')
  await state(anna, 'ringing')
  await ben.evaluate(() => window.calls.accept(window.calls.current.value, true))
  for (const p of [anna, ben]) await state(p, 'live')
  for (const p of [anna, ben]) await gains(p, 'sound, picture')
  step('a session that begins without a message')
  await anna.evaluate(() => window.calls.current.value.hangup())
  await state(ben, 'ended')

  plain = true
  await ben.evaluate(() => void window.calls.call('anna@example', true))
  await state(anna, 'ringing')
  await anna.evaluate(() => window.calls.accept(window.calls.current.value, true))
  for (const p of [anna, ben]) await state(p, 'live')
  for (const p of [anna, ben]) await gains(p, 'sound, picture')
  assert.equal((await anna.evaluate(() => window.counts())).transports, 2)
  step('a transport for each content, with who knows no groups')
  const old = await anna.evaluate(() => window.counts())
  await anna.evaluate(() => window.calls.current.value.session.restart())
  await until('new credentials', async () => (await anna.evaluate(() => window.counts())).pair !== old.pair)
  for (const p of [anna, ben]) await gains(p, 'sound, picture')
  step('ICE restart of both of them')
  await anna.evaluate(() => window.calls.current.value.hangup())
  await state(ben, 'ended')

  for (const client of ['cheogram', 'conversations', 'dino', 'monal', 'movim']) {
    const xml = await readFile(new URL(`../../../jingle/wire/testdata/${client}-initiate.xml`, import.meta.url), 'utf8')
    const answered = new Promise((resolve) => (seen = (text) => /action='session-(accept|terminate)'/.test(text) && resolve(text)))
    await ben.evaluate((text) => window.hear(text.replace('<iq ', "<iq xmlns='jabber:client' ")), xml)
    await state(ben, 'ringing')
    await ben.evaluate(() => window.calls.accept(window.calls.current.value, true))
    const answer = await answered
    const names = (text) => [...text.matchAll(/<content (?=[^>]*creator)[^>]*?\sname='([^']*)'/g)].map((m) => m[1])
    assert.match(answer, /session-accept/, client)
    assert.deepEqual(names(answer), names(xml), client)
    assert.match(answer, /setup='active'/)
    await ben.evaluate(() => window.calls.current.value.hangup())
  }
  step('what Cheogram, Conversations, Dino, Monal and Movim offer is taken by the browser')
} finally {
  await browser.close()
}
