import { chromium } from 'playwright-core'
import fs from 'fs'
const pw = /romeo@localhost\s+(\S+)/.exec(fs.readFileSync('/tmp/lead.log','utf8'))[1]
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--ignore-certificate-errors'] })
const p = await b.newPage({ viewport: { width: 1360, height: 860 }, ignoreHTTPSErrors: true })
p.on('console', m => m.type()==='error' && console.log('console:', m.text()))
p.on('pageerror', e => console.log('pageerror', e.message))
await p.goto('https://localhost:29443/admin/')
await p.waitForSelector('input[type=password]')
await p.fill('input[autocomplete=username], input[name=user], input[type=text]', 'romeo')
await p.fill('input[type=password]', pw)
await p.keyboard.press('Enter')
await p.waitForSelector('nav a')
const links = await p.$$eval('nav a', as => as.map(a => [a.textContent.trim(), a.getAttribute('href')]))
console.log(JSON.stringify(links))
await p.goto('https://localhost:29443/admin/profiles'); await p.waitForTimeout(800); const r=await p.$$eval('main a', as=>as.map(a=>a.getAttribute('href'))); console.log(r.join(' '));
for (const path of process.argv.slice(2)) {
  await p.goto('https://localhost:29443/admin/' + path)
  await p.waitForTimeout(1500)
  await p.screenshot({ path: '/tmp/shot-' + path.replace(/\W+/g, '_') + '.png' })
}
await b.close()
