// Three pages in Chromium meet in a conference of a server that this starts: the call engine without any view of it.
// Run: node e2e/conference.mjs PROGRAM, the server's program, with PORT_OFFSET in the environment where its ports are in use.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { build } from 'vite'

const [, , program = '../../bin/plenum'] = process.argv
const patience = 60_000
const verbose = Number(process.env.VERBOSE ?? 0) // how much of each frame is shown

const data = await mkdtemp(join(tmpdir(), 'plenum-conference-'))
const server = spawn(program, ['localserve', '--data', data, '--port-offset', process.env.PORT_OFFSET ?? '0'], { stdio: ['ignore', 'pipe', 'inherit'] })

/** told is what the server says of itself at its start. */
async function told() {
  const found = {}
  for await (const line of createInterface({ input: server.stdout })) {
    const of = (pattern) => pattern.exec(line)?.[1]
    found.origin ??= of(/wss:\/\/(\S+)\/xmpp-websocket/)
    found.room ??= of(/Demonstration group: (\S+)/)
    found.token ??= of(/\/g\/(\w+)/)
    found.password ??= of(/romeo@localhost\s+(\w+)/)
    if (line === 'ready') return found
  }
  throw new Error('the server did not start')
}

/** The probe as one script that a page of the server's origin runs. */
async function probe() {
  const out = await build({ logLevel: 'error', configFile: false, build: { write: false, target: 'es2022', minify: false, lib: { entry: 'e2e/probe.ts', formats: ['es'] } } })
  return [out].flat()[0].output[0].code.replaceAll('</script', '<\\/script')
}

const { origin, room, token, password } = await told()
const url = `https://${origin}/probe`
const script = await probe()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
    '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--auto-select-desktop-capture-source=Entire screen',
    // What the test puts in the place of a page does not count as one of this machine.
    '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
  ],
})

async function open(who) {
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
  page.setDefaultTimeout(patience)
  page.on('console', (m) => verbose && console.log(who, m.text()))
  page.on('pageerror', (e) => console.log(who, String(e)))
  if (verbose) {
    page.on('websocket', (ws) => {
      ws.on('framesent', (f) => console.log(who, '>', String(f.payload).slice(0, verbose)))
      ws.on('framereceived', (f) => console.log(who, '<', String(f.payload).slice(0, verbose)))
    })
  }
  await page.route(url, (r) => r.fulfill({ contentType: 'text/html', body: `<!doctype html><title>${who}</title><script type="module">${script}</script>` }))
  await page.goto(url)
  return page
}

async function guest(name) {
  const page = await open(name)
  await page.evaluate(([t, n]) => window.guest(t, n), [token, name])
  await page.evaluate(() => window.devices.open())
  await page.evaluate(() => window.call.join())
  return page
}

async function moderator() {
  const page = await open('romeo')
  await page.evaluate(([p, r]) => window.member('romeo', p, r), [password, room])
  await page.evaluate(() => window.devices.open())
  await page.evaluate(() => window.call.join())
  return page
}

const step = (text) => console.log('ok:', text)
const you = (page, state) => page.waitForFunction((s) => window.call.conference.value.you === s, state)
const shows = (page, nick, media) =>
  page.waitForFunction(([n, m]) => window.call.pictures.value.some((p) => p.nick === n && p.media === m && !p.paused), [nick, media])

/** until asks a page until it says yes. */
async function until(what, f) {
  for (const end = Date.now() + patience; ; await new Promise((r) => setTimeout(r, 100))) {
    if (await f()) return
    if (Date.now() > end) throw new Error('it does not come about: ' + what)
  }
}

/** gains waits for what is to come: pictures, sound that is not silence. */
async function gains(page, what) {
  const before = await page.evaluate(() => window.counts())
  await until(`${what} for ${await page.title()}`, async () => {
    const now = await page.evaluate(() => window.counts())
    return (!what.includes('sound') || now.energy > before.energy + 0.0005) && (!what.includes('picture') || now.frames > before.frames + 15)
  })
}

async function report(pages) {
  for (const [who, page] of Object.entries(pages)) {
    console.log(who, JSON.stringify(await page.evaluate(async () => ({
      link: window.call.link.value, conference: window.call.conference.value, people: window.call.participants.value.map((p) => `${p.nick} ${p.state} ${p.audio} ${p.video}`),
      pictures: window.call.pictures.value.map((p) => `${p.slot} ${p.nick} ${p.media} ${p.paused}`), speaking: [...window.call.speaking.value],
      quality: window.call.quality.value, counts: await window.counts(),
    })).catch(String)))
  }
}

const pages = {}
try {
  pages.sofia = await guest('Sofia')
  await you(pages.sofia, 'waiting')
  await gains(pages.sofia, 'sound')
  step('a guest waits, with music')

  pages.romeo = await moderator()
  for (const p of Object.values(pages)) await you(p, 'live')
  for (const p of Object.values(pages)) await p.evaluate(() => window.call.view([720, 180, 180]))
  await shows(pages.sofia, 'romeo', 'camera')
  await shows(pages.romeo, 'Sofia', 'camera')
  for (const p of Object.values(pages)) await gains(p, 'sound, picture')
  await pages.romeo.waitForFunction(() => window.call.speaking.value.has('Sofia'))
  await pages.sofia.waitForFunction(() => window.call.quality.value?.grade === 'good')
  step('a moderator comes: both see and hear each other, and who speaks')

  pages.ben = await guest('Ben')
  await you(pages.ben, 'live')
  for (const p of Object.values(pages)) await p.evaluate(() => window.call.view([180, 180, 180]))
  await shows(pages.ben, 'romeo', 'camera')
  await shows(pages.ben, 'Sofia', 'camera')
  for (const p of Object.values(pages)) await gains(p, 'sound, picture')
  await until('the smallest layer alone', async () => (await pages.romeo.evaluate(() => window.counts())).layers.every(([rid, active]) => active === (rid === 'q')))
  step('a third one comes; only what is shown is sent')

  assert.equal(await pages.ben.evaluate(() => window.call.order({ do: 'mute-all' })).then((f) => f?.condition), 'forbidden')
  assert.equal(await pages.romeo.evaluate(() => window.call.order({ do: 'mute', nick: 'Sofia' })), undefined)
  await pages.sofia.waitForFunction(() => window.call.own.audio.value === 'muted' && window.call.notice.value?.by === 'romeo')
  await pages.ben.waitForFunction(() => window.call.participants.value.find((p) => p.nick === 'Sofia')?.audio === 'muted')
  await pages.sofia.evaluate(() => window.call.setAudio(true))
  await pages.ben.waitForFunction(() => window.call.participants.value.find((p) => p.nick === 'Sofia')?.audio === 'on')
  step('a moderator mutes somebody, who alone can undo it')

  await pages.sofia.evaluate(() => window.call.raise(true))
  await pages.romeo.waitForFunction(() => window.call.participants.value.find((p) => p.nick === 'Sofia')?.hand > 0)
  await pages.romeo.evaluate(() => window.call.order({ do: 'lower', nick: 'Sofia' }))
  await pages.sofia.waitForFunction(() => !window.call.own.hand.value)
  step('a hand is raised, and lowered by a moderator')

  assert.equal(await pages.sofia.evaluate(() => window.call.share()), true)
  await shows(pages.romeo, 'Sofia', 'screen')
  await gains(pages.romeo, 'picture')
  await pages.sofia.evaluate(() => window.call.unshare())
  await pages.romeo.waitForFunction(() => !window.call.pictures.value.some((p) => p.media === 'screen'))
  assert.equal(await pages.sofia.evaluate(() => window.call.share()), true)
  await shows(pages.ben, 'Sofia', 'screen')
  assert.equal(await pages.ben.evaluate(() => window.call.share()), false)
  assert.deepEqual(await pages.ben.evaluate(() => [window.call.notice.value.is, window.call.notice.value.by]), ['occupied', 'Sofia'])
  await pages.sofia.evaluate(() => window.call.unshare())
  for (const p of Object.values(pages)) await gains(p, 'sound, picture')
  step('a screen is shared, taken back, and shared again; one at a time')

  await pages.sofia.evaluate(() => window.call.session.restart())
  await gains(pages.sofia, 'sound, picture')
  step('ICE restart')

  await pages.romeo.evaluate(() => window.call.leave())
  await you(pages.sofia, 'waiting')
  assert.equal(await pages.sofia.evaluate(() => window.call.conference.value.state), 'hold')
  await pages.romeo.evaluate(() => window.call.join())
  await you(pages.sofia, 'live')
  for (const p of Object.values(pages)) await gains(p, 'sound, picture')
  step('without a moderator everybody waits; he comes back, and it goes on')

  await pages.ben.close({ runBeforeUnload: false })
  delete pages.ben
  await pages.romeo.waitForFunction(() => !window.call.participants.value.some((p) => p.nick === 'Ben'), null, { timeout: 15_000 })
  step('who closes his page is gone')

  await pages.romeo.evaluate(() => window.call.order({ do: 'end' }))
  await pages.sofia.waitForFunction(() => window.call.link.value.is === 'ended' && window.call.link.value.why.why === 'ended')
  step('ended for all')
} catch (e) {
  await report(pages)
  throw e
} finally {
  await browser.close()
  server.kill('SIGTERM')
  await rm(data, { recursive: true, force: true })
}
