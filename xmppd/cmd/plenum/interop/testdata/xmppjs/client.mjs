// A client made of xmpp.js in Chromium: it takes one JSON object a line as order and prints what it sees the same way.
// The page comes from a server of its own, as the page of a web client does.
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const report = (event) => process.stdout.write(JSON.stringify(event) + '\n');

async function serve() {
  const files = {
    '/favicon.ico': ['image/x-icon', ''],
    '/': ['text/html', '<!doctype html><meta charset="utf-8"><script src="/xmpp.js"></script><script src="/page.js"></script>'],
    '/xmpp.js': ['text/javascript', await readFile(here('node_modules/@xmpp/client/dist/xmpp.min.js'))],
    '/page.js': ['text/javascript', await readFile(here('page.js'))],
  };
  const server = http.createServer((request, response) => {
    const [type, text] = files[request.url] ?? ['text/plain', null];
    response.writeHead(text === null ? 404 : 200, { 'content-type': type + '; charset=utf-8' }).end(text ?? '');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${server.address().port}/`;
}

// trusted is Chromium's way to name a certificate: SHA-256 of its public key.
async function trusted(file) {
  const key = new X509Certificate(await readFile(file)).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

async function open(login) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--ignore-certificate-errors-spki-list=' + (await trusted(login.CA)),
    ],
  });
  const page = await browser.newPage();
  page.on('console', (message) => console.error('page:', message.text()));
  page.on('pageerror', (error) => console.error('page:', error));
  await page.exposeFunction('report', report);
  await page.goto(await serve());
  const { version } = JSON.parse(await readFile(here('node_modules/@xmpp/client/package.json')));
  const client = `@xmpp/client ${version} in Chromium ${browser.version()}`;
  await page.evaluate((options) => start(options), {
    service: `wss://localhost:${login.Port}/xmpp-websocket`, domain: login.JID.split('@')[1], username: login.JID.split('@')[0],
    password: login.Password, resource: login.Resource || undefined, client,
  });
  return { browser, page };
}

let session;
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.do === 'login') {
    session = await open(order.login);
  } else {
    await session.page.evaluate((o) => obey(o), order);
  }
}
await session?.browser.close();
process.exit(0);
