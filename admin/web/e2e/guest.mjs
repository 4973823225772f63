// A guest at the page in Chromium: it takes one JSON object a line as order and prints what can be seen in the same way.
import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const report = (event) => process.stdout.write(JSON.stringify(event) + '\n')

// trusted is Chromium's way to name a certificate: SHA-256 of its public key.
async function trusted(file) {
  const key = new X509Certificate(await readFile(file)).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

/** watch runs in the page: it reports what a person sees there, each time that it changes. */
function watch() {
  const text = (e) => (e?.innerText ?? '').replace(/\s+/g, ' ').trim()
  const all = (selector) => [...document.querySelectorAll(selector)]
  let author = ''
  const line = (e) => {
    if (!e.classList.contains('msg')) return text(e)
    author = text(e.querySelector('.msg-head b')) || author
    const said = [...e.querySelectorAll('p')].map((p) => p.innerText.trim())
    const marks = [...e.querySelectorAll('.msg-state, .badge.msg-all')].map((m) => `[${text(m)}]`)
    return `${author}: ${[...said, ...marks].join(' ')}`
  }
  const sight = () => ({
    screen: { type: document.querySelector('.meet') ? 'meeting' : document.querySelector('.wait') ? 'waiting' : document.querySelector('.front-card') ? 'options' : text(document.querySelector('.plain h1')) ? 'plain' : '' },
    notice: { text: text(document.querySelector('.front-wait, .front-card .callout:not(.device-help), .plain, .err, .wait-why')) },
    lost: { text: text(document.querySelector('.meet-lost b')) },
    log: { lines: all('.log > :not(.day, .empty)').map(line) },
    people: { lines: all('.person-row').map((p) => [text(p.querySelector('b')), text(p.querySelector('small'))].filter(Boolean).join(' · ')) },
    count: { text: text(document.querySelector('.say-count')) },
    tiles: { text: document.querySelector('.tile.is-large') ? 'large' : '', lines: all('[data-tile]').map((e) => e.dataset.tile) },
    tools: { lines: all('.toolbar .tool').map((e) => e.getAttribute('aria-label') ?? text(e)) },
    title: { text: document.title },
  })
  const before = {}
  const look = () => {
    for (const [is, seen] of Object.entries(sight())) {
      const now = JSON.stringify(seen)
      if (before[is] === now) continue
      before[is] = now
      window.report({ is, ...seen })
    }
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
  addEventListener('DOMContentLoaded', look)
}

async function open({ URL: url, CA, Lang = 'en', Dark, Phone }) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
      '--ignore-certificate-errors-spki-list=' + (await trusted(CA)),
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
  await page.exposeFunction('report', report)
  await page.addInitScript(watch)
  const answer = await page.goto(url)
  report({ is: 'online', type: String(answer.status()), client: `Chromium ${browser.version()}` })
  return { browser, context, page }
}

const orders = {
  /** enter types a name and presses the button. */
  async enter({ page }, { nick = '' }) {
    await page.fill('#name', nick)
    await page.click('button.btn--xl')
  },
  async say({ page }, { body }) {
    await page.fill('.composer textarea', body)
    await page.click('.composer button')
  },
  /** type writes and presses keys as one does: "text" is written, [Name] is a key. */
  async type({ page }, { body }) {
    for (const part of body.split(/(\[[\w+]+\])/)) {
      if (/^\[.*\]$/.test(part)) await page.keyboard.press(part.slice(1, -1))
      else if (part) await page.keyboard.type(part)
    }
    const focus = await page.evaluate(() => {
      const e = document.activeElement
      const said = e?.cloneNode(true)
      said?.querySelectorAll('[aria-hidden=true]').forEach((hidden) => hidden.remove())
      return !e || e === document.body ? '' : (e.getAttribute('aria-label') ?? said.textContent ?? '')
    })
    report({ is: 'focus', text: focus })
  },
  async hold({ page }, { body }) {
    await page.keyboard.down(body)
  },
  async release({ page }, { body }) {
    await page.keyboard.up(body)
  },
  async reload({ page }) {
    await page.reload()
  },
  async press({ page }, { body }) {
    await page.click(body)
  },
  async network({ context }, { show }) {
    await context.setOffline(show === 'off')
  },
  /** axe looks for what keeps people out (WCAG 2.2 AA), by axe-core. */
  async axe({ page }, { body }) {
    const session = await page.context().newCDPSession(page) // the page's own policy lets no script in
    const source = await readFile(fileURLToPath(new URL('../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8')
    await session.send('Runtime.evaluate', { expression: source })
    const { result } = await session.send('Runtime.evaluate', {
      awaitPromise: true, returnByValue: true,
      expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then((r) => ({ passes: r.passes.length, lines: r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')) }))`,
    })
    report({ is: 'axe', type: body, ...result.value, text: String(result.value.passes) })
  },
  async shot({ page }, { body }) {
    await page.waitForTimeout(300) // what moves has come to rest
    await page.screenshot({ path: body })
    report({ is: 'shot', text: body })
  },
  /** inert tells what of the page could run or load something that the page did not bring itself. */
  async inert({ page }) {
    const lines = await page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((e) => e.matches('img, iframe, object, embed, style, script:not([src]), base, [src^="javascript:" i], [href^="javascript:" i], [href^="data:" i]')
          || e.getAttributeNames().some((name) => name.startsWith('on')))
        .map((e) => e.outerHTML.slice(0, 200)))
    report({ is: 'inert', lines })
  },
  /** bytes tells what the page has loaded, as it came over the wire. */
  async bytes({ page }) {
    const sizes = await page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((e) => new URL(e.name).pathname.match(/^\/(g|assets)\//))
        .map((e) => [new URL(e.name).pathname, e.encodedBodySize]))
    report({ is: 'bytes', text: String(sizes.reduce((sum, [, n]) => sum + n, 0)), lines: sizes.map(([name, n]) => `${name} ${n}`) })
  },
  /** quit goes to another page first: a browser that is killed says no goodbye. */
  async quit({ browser, page }) {
    await page.goto('about:blank')
    await browser.close()
  },
}

let guest
for await (const text of createInterface({ input: process.stdin })) {
  const order = JSON.parse(text)
  if (order.do === 'login') guest = await open(order.login)
  else await orders[order.do](guest, order)
}
await guest?.browser.close()
process.exit(0)
