// A page in a Chromium of its own, with a microphone and a camera that play files: it takes one JSON object a line as order and prints
// what came of it in the same way.
import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const report = (event) => process.stdout.write(JSON.stringify(event) + '\n')

// trusted is Chromium's way to name a certificate: SHA-256 of its public key.
async function trusted(file) {
  const key = new X509Certificate(await readFile(file)).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

async function open({ URL: url, CA, Lang = 'en', Dark, Phone, Sound, Picture, Hosts, Preload }) {
  const media = Sound ? [`--use-file-for-fake-audio-capture=${Sound}`, `--use-file-for-fake-video-capture=${Picture}`] : []
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--ignore-certificate-errors-spki-list=' + (await trusted(CA)), '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...media,
      '--autoplay-policy=no-user-gesture-required', '--auto-select-desktop-capture-source=Entire screen', '--auto-accept-this-tab-capture', '--enable-usermedia-screen-capturing',
      '--disable-features=WebRtcHideLocalIpsWithMdns', '--allow-loopback-in-peer-connection', ...(Hosts ? ['--host-resolver-rules=' + Hosts] : []),
    ],
  })
  const context = await browser.newContext({
    locale: Lang, colorScheme: Dark ? 'dark' : 'light', viewport: Phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    isMobile: !!Phone, hasTouch: !!Phone,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('console', (message) => {
    console.error('page:', message.text())
    if (/Content.Security.Policy/i.test(message.text())) report({ is: 'fault', text: message.text() })
  })
  page.on('pageerror', (error) => report({ is: 'fault', text: String(error) }))
  await page.addInitScript(Preload)
  const answer = await page.goto(url)
  report({ is: 'online', type: String(answer.status()), client: `Chromium ${browser.version()}` })
  return { browser, context, page }
}

const orders = {
  async eval({ page }, { id, body }) {
    try {
      report({ is: 'value', id, text: JSON.stringify(await page.evaluate(`(async () => (${body}))()`)) ?? 'null' })
    } catch (e) {
      report({ is: 'value', id, type: 'error', text: String(e) })
    }
  },
  async press({ page }, { id, body }) {
    await page.click(body)
    report({ is: 'value', id, text: 'null' })
  },
  async key({ page }, { id, body }) {
    await page.keyboard.press(body)
    report({ is: 'value', id, text: 'null' })
  },
  async fill({ page }, { id, body, to }) {
    await page.fill(to, body)
    report({ is: 'value', id, text: 'null' })
  },
  async go({ page }, { id, to }) {
    await page.goto(to)
    report({ is: 'value', id, text: 'null' })
  },
  async reload({ page }, { id }) {
    await page.reload()
    report({ is: 'value', id, text: 'null' })
  },
  async shot({ page }, { id, body }) {
    await page.screenshot({ path: body })
    report({ is: 'value', id, text: 'null' })
  },
}

let at
let busy = Promise.resolve()
const lines = createInterface({ input: process.stdin })
for await (const line of lines) {
  const order = JSON.parse(line)
  busy = busy.then(async () => {
    try {
      if (order.do === 'login') at = await open(order.login)
      else await orders[order.do](at, order)
    } catch (e) {
      report({ is: 'fault', text: `${order.do}: ${e}` })
      report({ is: 'value', id: order.id, type: 'error', text: String(e) })
    }
  })
}
await busy
await at?.browser.close()
