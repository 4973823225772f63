// A telephone in a browser: JsSIP over a WebSocket. The page it runs in gets the global softphone.
import JsSIP from 'jssip'

const events = []
let agent
let session

const note = (is, text = '') => events.push({ is, text })

// Chromium decodes only what is played.
const playing = new Audio()
function play(connection) {
  connection.addEventListener('track', ({ track }) => {
    playing.srcObject = new MediaStream([track])
    void playing.play()
  })
}

function follow(s) {
  session = s
  if (s.connection) play(s.connection)
  else s.on('peerconnection', ({ peerconnection }) => play(peerconnection))
  s.on('progress', () => note('progress'))
  s.on('accepted', () => note('accepted'))
  s.on('confirmed', () => note('confirmed'))
  s.on('ended', (e) => note('ended', e.cause))
  s.on('failed', (e) => note('failed', e.cause))
  s.on('hold', (e) => note('hold', e.originator))
  s.on('unhold', (e) => note('unhold', e.originator))
}

const options = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } }

window.softphone = {
  events,
  has: (is, n = 1) => events.filter((e) => e.is === is).length >= n,
  start(url, user, domain, password) {
    agent = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(url)], uri: `sip:${user}@${domain}`, authorization_user: user, password, register: true, session_timers: true })
    agent.on('registered', () => note('registered'))
    agent.on('registrationFailed', (e) => note('refused', e.cause))
    agent.on('newRTCSession', ({ originator, session: s, request }) => {
      follow(s)
      if (originator === 'remote') note('incoming', `${request.from.display_name ?? ''} <${request.from.uri.user}>`)
    })
    agent.start()
  },
  dial: (target) => void agent.call(target, options),
  answer: () => session.answer(options),
  hold: () => session.hold(),
  resume: () => session.unhold(),
  press: (key) => session.sendDTMF(key, { transportType: 'RFC2833' }),
  hangUp: () => session.terminate(),
}
