import { chromium } from 'playwright-core'
import fs from 'fs'
const pw = /romeo@localhost\s+(\S+)/.exec(fs.readFileSync('/tmp/lead.log','utf8'))[1]
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--ignore-certificate-errors','--use-fake-device-for-media-stream','--use-fake-ui-for-media-stream'] })
const p = await b.newPage({ viewport: { width: 1360, height: 860 }, ignoreHTTPSErrors: true })
p.on('console', m => m.type()==='error' && console.log('console:', m.text()))
p.on('pageerror', e => console.log('pageerror', e.message))
await p.goto('https://localhost:29443/app/')
await p.waitForSelector('input[type=password]')
await p.screenshot({path:'/tmp/shot-app-login.png'})
await p.fill('input[autocomplete=username], input[name=user], input[type=text]', 'romeo')
await p.fill('input[type=password]', pw)
await p.keyboard.press('Enter')
await p.waitForTimeout(4000)
await p.screenshot({path:'/tmp/shot-app.png'})
await b.close()
