import { createHash, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import type { DeviceSecret } from '../src/shared/types'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** A telephone that can do one thing: register over UDP (RFC 3261 §10), with digest by MD5. It returns the status of the answer. */
export async function register(login: DeviceSecret, agent: string): Promise<number> {
  const way = login.transports.find((w) => w.transport === 'udp')
  if (!way) throw new Error('the server does not listen on UDP')
  const socket = createSocket('udp4')
  const host = '127.0.0.1'
  await new Promise<void>((done) => socket.bind(0, host, done))
  const port = socket.address().port
  const uri = `sip:${login.realm}`
  const [call, tag] = [randomBytes(8).toString('hex'), randomBytes(4).toString('hex')]
  const ask = (seq: number, more: string[]): Promise<string> => new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('no answer to REGISTER')), 10_000)
    const hear = (datagram: Buffer): void => {
      if (/^SIP\/2\.0 1/.test(datagram.toString())) return
      clearTimeout(timer)
      socket.off('message', hear)
      done(datagram.toString())
    }
    socket.on('message', hear)
    socket.send([
      `REGISTER ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${randomBytes(6).toString('hex')};rport`, 'Max-Forwards: 70',
      `From: <sip:${login.user}@${login.realm}>;tag=${tag}`, `To: <sip:${login.user}@${login.realm}>`, `Call-ID: ${call}`, `CSeq: ${seq} REGISTER`,
      `Contact: <sip:${login.user}@${host}:${port}>`, 'Expires: 600', `User-Agent: ${agent}`, ...more, 'Content-Length: 0', '', '',
    ].join('\r\n'), way.port, host)
  })
  try {
    const challenge = (await ask(1, [])).split('\r\n').find((line) => /^WWW-Authenticate:.*MD5/i.test(line)) ?? ''
    const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? ''
    const [nonce, cnonce, nc] = [value('nonce'), randomBytes(4).toString('hex'), '00000001']
    const response = md5([md5(`${login.user}:${value('realm')}:${login.secret}`), nonce, nc, cnonce, 'auth', md5(`REGISTER:${uri}`)].join(':'))
    const opaque = value('opaque') && `, opaque="${value('opaque')}"`
    const answer = await ask(2, [
      `Authorization: Digest username="${login.user}", realm="${value('realm')}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}"${opaque}`,
    ])
    return Number(answer.split(' ')[1])
  } finally {
    socket.close()
  }
}
