'use strict';

// What runs in the page: one user of xmpp.js. `report` is given by client.mjs.
const { client, xml } = XMPP;
let xmpp, mechanism;

// request asks without the iqCaller of xmpp.js 0.14: that one keeps results from being counted for stream management, so that
// the server rightly sends again what the client did have.
const asked = new Map();
function request(iq) {
  iq.attrs.id = 'ask-' + crypto.getRandomValues(new Uint32Array(1))[0];
  return new Promise((done, failed) => {
    asked.set(iq.attrs.id, { done, failed });
    xmpp.send(iq).catch(failed);
  });
}
const get = (child, to) => request(xml('iq', { type: 'get', to }, child));
const set = (child, to) => request(xml('iq', { type: 'set', to }, child));

function start(options) {
  xmpp = client(options);
  xmpp.on('error', (error) => report(error.name === 'SASLError' ? { is: 'refused', text: String(error) } : { is: 'error', text: String(error) }));
  xmpp.on('send', (element) => {
    if (element.is('auth')) mechanism = element.attrs.mechanism;
  });
  xmpp.on('online', (address) => online(options, address));
  xmpp.on('disconnect', () => report({ is: 'lost' }));
  xmpp.on('stanza', stanza);
  xmpp.streamManagement.on('resumed', () => report({ is: 'resumed' }));
  xmpp.start().catch(() => {});
}

// What comes before xmpp.js has seen that stream management is enabled is not counted either: nothing is asked for before.
async function online(options, address) {
  while (!xmpp.streamManagement.enabled) await new Promise((done) => setTimeout(done, 10));
  await xmpp.send(xml('presence'));
  await get(xml('query', 'jabber:iq:roster'));
  await set(xml('enable', 'urn:xmpp:carbons:2'));
  report({ is: 'online', mechanism, to: String(address), client: options.client });
}

function stanza(element) {
  const { from, to, type = '' } = element.attrs;
  if (element.is('presence')) {
    report({ is: 'presence', from, to, type, show: element.getChildText('show') ?? '', status: element.getChildText('status') ?? '' });
    const status = element.getChild('x', 'http://jabber.org/protocol/muc#user')?.getChildren('status') ?? [];
    if (status.some((s) => s.attrs.code === '201')) openRoom(from.split('/')[0]);
    if (type === 'subscribe') {
      xmpp.send(xml('presence', { to: from, type: 'subscribed' }));
      xmpp.send(xml('presence', { to: from, type: 'subscribe' }));
    }
  } else if (element.is('message')) {
    message(element);
  } else if (asked.has(element.attrs.id)) {
    const { done, failed } = asked.get(element.attrs.id);
    asked.delete(element.attrs.id);
    if (type === 'result') done(element);
    else failed(new Error(String(element)));
  }
}

function message(element) {
  const carbon = element.getChildByAttr('xmlns', 'urn:xmpp:carbons:2');
  const archived = element.getChild('result', 'urn:xmpp:mam:2');
  if (carbon) {
    entry(carbon.getChild('forwarded').getChild('message'), carbon.name);
  } else if (archived) {
    entry(archived.getChild('forwarded').getChild('message'), 'archive', archived.attrs.id);
  } else {
    entry(element, element.getChild('delay', 'urn:xmpp:delay') ? 'delayed' : '');
  }
}

function entry(element, how, id) {
  const body = element.getChildText('body');
  if (!body) return;
  id ??= element.getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs.id ?? '';
  report({ is: 'message', from: element.attrs.from, to: element.attrs.to, type: element.attrs.type ?? '', body, id, how });
}

// history pages through the archive from the message after `last` on (XEP-0313, XEP-0059).
async function history(last) {
  for (let complete = false; !complete; ) {
    const after = last ? xml('after', {}, last) : null;
    const page = xml('set', 'http://jabber.org/protocol/rsm', xml('max', {}, '10'), after);
    const fin = (await set(xml('query', 'urn:xmpp:mam:2', page))).getChild('fin', 'urn:xmpp:mam:2');
    complete = fin.attrs.complete === 'true';
    last = fin.getChild('set').getChildText('last');
  }
  report({ is: 'history' });
}

// openRoom ends the making of a room with its default configuration (XEP-0045#createroom-instant).
async function openRoom(room) {
  await set(xml('query', 'http://jabber.org/protocol/muc#owner', xml('x', { xmlns: 'jabber:x:data', type: 'submit' })), room);
  report({ is: 'joined', from: room });
}

async function join(room, nick) {
  await xmpp.send(xml('presence', { to: room + '/' + nick }, xml('x', 'http://jabber.org/protocol/muc', xml('history', { maxstanzas: '20' }))));
}

async function obey({ do: verb, to, body, show, status, nick, after }) {
  switch (verb) {
    case 'add':
      await set(xml('query', 'jabber:iq:roster', xml('item', { jid: to })));
      return xmpp.send(xml('presence', { to, type: 'subscribe' }));
    case 'show':
      return xmpp.send(xml('presence', {}, show ? xml('show', {}, show) : null, status ? xml('status', {}, status) : null));
    case 'chat':
      await xmpp.send(xml('message', { to, type: 'chat' }, xml('body', {}, body)));
      return report({ is: 'sent', to, body });
    case 'say':
      return xmpp.send(xml('message', { to, type: 'groupchat' }, xml('body', {}, body)));
    case 'join':
      return join(to, nick);
    case 'history':
      return history(after);
    case 'quit':
      return xmpp.stop();
  }
}
