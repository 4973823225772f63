import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import type { DeviceSecret } from '../src/shared/types'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const random = (): string => randomBytes(6).toString('hex')
const host = '127.0.0.1'

/** A telephone over UDP that registers, calls, and rings (RFC 3261), with digest by MD5. It never talks. */
export class Phone {
  private readonly waiting = new Map<string, (message: string) => void>()

  private constructor(
    private readonly login: DeviceSecret,
    private readonly socket: Socket,
    private readonly server: number,
  ) {
    socket.on('message', (datagram) => this.hear(datagram.toString()))
  }

  static async open(login: DeviceSecret): Promise<Phone> {
    const way = login.transports.find((w) => w.transport === 'udp')
    if (!way) throw new Error('the server does not listen on UDP')
    const socket = createSocket('udp4')
    await new Promise<void>((done) => socket.bind(0, host, done))
    return new Phone(login, socket, way.port)
  }

  close(): void {
    this.socket.close()
  }

  /** Registers; the status of the answer. */
  register(agent: string): Promise<number> {
    const { port } = this.socket.address()
    const own = `sip:${this.login.user}@${this.login.realm}`
    return this.request('REGISTER', `sip:${this.login.realm}`, own, [`Contact: <sip:${this.login.user}@${host}:${port}>`, 'Expires: 600', `User-Agent: ${agent}`])
  }

  /** Calls a number, and gives the status by which it came to nothing. */
  call(number: string): Promise<number> {
    const { port } = this.socket.address()
    const uri = `sip:${number}@${this.login.realm}`
    const sdp = ['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', 'm=audio 40000 RTP/AVP 0 8', 'a=sendrecv', ''].join('\r\n')
    return this.request('INVITE', uri, uri, [`Contact: <sip:${this.login.user}@${host}:${port}>`, 'Content-Type: application/sdp'], sdp)
  }

  /** Sends a request, once more with what the server asks for; the status of its final answer. */
  private async request(method: string, uri: string, to: string, more: string[], body = ''): Promise<number> {
    const from = `<sip:${this.login.user}@${this.login.realm}>;tag=${random()}`
    const call = random()
    let status = ''
    let authorization: string[] = []
    for (let seq = 1; seq <= 2; seq++) {
      const head = (name: string, target: string, branch: string): string[] => [
        `${name} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${host}:${this.socket.address().port};branch=z9hG4bK${branch};rport`, 'Max-Forwards: 70', `From: ${from}`, `To: ${target}`, `Call-ID: ${call}`, `CSeq: ${seq} ${name}`,
      ]
      const branch = random()
      const answer = await this.final(branch, [...head(method, `<${to}>`, branch), ...more, ...authorization, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'))
      status = answer.split(' ')[1]!
      if (method === 'INVITE') this.send([...head('ACK', /^To: *(.*)$/im.exec(answer)![1]!, branch), 'Content-Length: 0', '', ''].join('\r\n'))
      if (status !== '401' && status !== '407') break
      authorization = [this.authorize(answer, method, uri, status === '401' ? 'Authorization' : 'Proxy-Authorization')]
    }
    return Number(status)
  }

  private authorize(answer: string, method: string, uri: string, header: string): string {
    const challenge = answer.split('\r\n').find((line) => /^(WWW|Proxy)-Authenticate:.*MD5/i.test(line)) ?? ''
    const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? ''
    const [nonce, cnonce, nc] = [value('nonce'), random(), '00000001']
    const response = md5([md5(`${this.login.user}:${value('realm')}:${this.login.secret}`), nonce, nc, cnonce, 'auth', md5(`${method}:${uri}`)].join(':'))
    const opaque = value('opaque') && `, opaque="${value('opaque')}"`
    return `${header}: Digest username="${this.login.user}", realm="${value('realm')}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}"${opaque}`
  }

  private send(text: string): void {
    this.socket.send(text, this.server, host)
  }

  private final(branch: string, text: string): Promise<string> {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error('no answer to ' + text.split('\r\n')[0])), 30_000)
      this.waiting.set(branch, (answer) => {
        clearTimeout(timer)
        this.waiting.delete(branch)
        done(answer)
      })
      this.send(text)
    })
  }

  private hear(message: string): void {
    if (message.startsWith('SIP/2.0')) {
      const branch = /branch=z9hG4bK(\w+)/.exec(message)?.[1] ?? ''
      if (!message.startsWith('SIP/2.0 1')) this.waiting.get(branch)?.(message)
      return
    }
    const lines = message.split('\r\n')
    const head = lines.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line)).map((line) => (/^To:(?!.*tag=)/i.test(line) ? line + ';tag=ringing' : line))
    const answer = (status: string, of = head): void => this.send([`SIP/2.0 ${status}`, ...of, 'Content-Length: 0', '', ''].join('\r\n'))
    if (message.startsWith('INVITE')) answer('180 Ringing', [...head, `Contact: <sip:${this.login.user}@${host}:${this.socket.address().port}>`])
    else if (message.startsWith('CANCEL')) {
      answer('200 OK')
      answer('487 Request Terminated', head.map((line) => line.replace(/^(CSeq: *\d+) CANCEL/i, '$1 INVITE')))
    } else if (!message.startsWith('ACK')) answer('200 OK')
  }
}
