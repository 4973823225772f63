// The call engine in a page without any view: what e2e/conference.mjs loads into Chromium.
import { Call, Devices } from '../src/call'
import { csrf, get, post } from '../src/shared/api'
import { Room } from '../src/shared/muc'
import { Client } from '../src/shared/xmpp'
import type { Credentials } from '../src/shared/xmpp/login'

/** enter brings somebody into a room; his call goes on with the connection. */
function enter(credentials: Credentials, jid: string, name: string) {
  const devices = new Devices()
  const client: Client = new Client(
    { url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/xmpp-websocket`, credentials },
    {
      state: (s) => console.log('connection', JSON.stringify(s)),
      session: (_, lost) => room.enter(lost),
      resumed: () => call.online('resumed'),
      stanza: (e) => {
        room.stanza(e)
        call.stanza(e)
      },
      request: (iq) => call.request(iq),
    },
  )
  let done: (e?: Error) => void = () => undefined
  const entered = new Promise<void>((resolve, reject) => (done = (e) => (e ? reject(e) : resolve())))
  let first = true
  const nothing = (): void => undefined
  const room = new Room(client, jid, name, {
    entered: () => {
      if (!first) call.online('new')
      first = false
      done()
    },
    refused: (why) => done(new Error('refused: ' + JSON.stringify(why))),
    gone: (why) => console.log('gone', JSON.stringify(why)),
    occupants: nothing,
    log: nothing,
    typing: nothing,
    subject: nothing,
  })
  const call = new Call({ port: client, room: jid, nick: () => room.self?.nick ?? name, devices })
  client.connect()
  Object.assign(window, { call, devices, room, client })
  return entered
}

Object.assign(window, {
  async guest(token: string, name: string): Promise<void> {
    const invited = await get<{ room: string; domain: string }>(`/public/guest/${token}`)
    await enter({ domain: invited.domain, token }, invited.room, name)
  },
  async member(login: string, password: string, room: string): Promise<void> {
    const session = await post<{ csrf: string; user: string }>('/app/session', { login, password })
    csrf.value = session.csrf
    const user = session.user.split('/')[0]!
    await enter({ domain: user.split('@')[1]!, user }, room, user.split('@')[0]!)
  },
  /** counts is what has come so far: pictures, sound, and how much of it was not silence. */
  async counts() {
    const pc = (window as unknown as { call: { connection?: RTCPeerConnection } }).call.connection
    const found = { frames: 0, energy: 0, packets: 0, sent: 0, layers: [] as unknown[] }
    for (const s of ((await pc?.getStats()) ?? new Map<string, Record<string, number>>()).values() as Iterable<Record<string, number | string>>) {
      if (s.type === 'inbound-rtp' && s.kind === 'video') found.frames += Number(s.framesDecoded ?? 0)
      if (s.type === 'inbound-rtp' && s.kind === 'audio') found.energy += Number(s.totalAudioEnergy ?? 0)
      if (s.type === 'inbound-rtp') found.packets += Number(s.packetsReceived ?? 0)
      if (s.type === 'outbound-rtp') found.sent += Number(s.packetsSent ?? 0)
      if (s.type === 'outbound-rtp' && s.rid) found.layers.push([s.rid, s.active, s.framesSent, s.frameHeight])
    }
    return found
  },
})
