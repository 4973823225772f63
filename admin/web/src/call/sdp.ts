import { directionOf, sendersOf, type Candidate, type Content, type Description, type Direction, type Feedback, type Parameter, type Payload, type Role, type Senders } from './description'

/** Section is an m= section of which only the lines are known. */
interface Section {
  readonly head: readonly string[] // of the m= line
  readonly lines: readonly string[] // those of the session come first
}

function sections(sdp: string): { session: string[]; media: Section[] } {
  const session: string[] = []
  const media: { head: string[]; lines: string[] }[] = []
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith('m=')) media.push({ head: line.slice(2).split(' '), lines: [] })
    else (media.at(-1)?.lines ?? session).push(line)
  }
  const common = session.filter((l) => /^a=(fingerprint|setup|ice-|extmap-allow-mixed)/.test(l)) // Firefox says them once for all
  return { session, media: media.map(({ head, lines }) => ({ head, lines: [...common, ...lines] })) }
}

/** values are what follows a=name: in each such line. */
function values(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`
  return lines.filter((l) => l.startsWith(prefix)).map((l) => l.slice(prefix.length))
}

/** split cuts at the first separator. */
function split(s: string, at: string): [string, string] {
  const i = s.indexOf(at)
  return i < 0 ? [s, ''] : [s.slice(0, i), s.slice(i + at.length)]
}

/**
 * parseSDP reads a browser's description. role is that of the party that wrote it, creator that of the party that brought the contents in;
 * both may depend on the mid. Sections that are rejected or stopped are left out.
 */
export function parseSDP(sdp: string, role: Role, creator: (mid: string) => Role = () => role): Description {
  const { session, media } = sections(sdp)
  const contents = media.filter(({ head, lines }) => head[1] !== '0' || lines.includes('a=bundle-only')).map((s) => parseSection(s, role, creator))
  const group = values(session, 'group').find((g) => g.startsWith('BUNDLE '))
  return { contents, bundle: group?.split(' ').slice(1).filter((mid) => contents.some((c) => c.name === mid)) ?? [] }
}

/** A Spot is an m= section by its name, and what it is for. */
export interface Spot {
  readonly mid: string
  readonly media: string
}

/** outline has all sections in their order, also those that are stopped: every later description has them in the same places. */
export function outline(sdp: string): Spot[] {
  return sections(sdp).media.map(({ head, lines }) => ({ mid: values(lines, 'mid')[0] ?? '', media: head[0] ?? '' }))
}

function parseSection({ head, lines }: Section, role: Role, creator: (mid: string) => Role): Content {
  const one = (name: string): string => values(lines, name).at(-1) ?? ''
  const mid = one('mid')
  const direction = (['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).find((d) => lines.includes('a=' + d)) ?? 'sendrecv'
  const feedback = values(lines, 'rtcp-fb').map((v) => split(v, ' '))
  const feedbackOf = (id: string): Feedback[] => feedback.filter(([of]) => of === id).map(([, v]) => parseFeedback(v))
  return {
    name: mid,
    creator: creator(mid),
    senders: sendersOf(direction, role),
    media: head[0] === 'audio' ? 'audio' : 'video',
    categories: values(lines, 'content').flatMap((v) => v.split(',')),
    payloads: head.slice(3).map((id) => parsePayload(id, lines, feedbackOf(id))),
    feedback: feedbackOf('*'),
    extensions: values(lines, 'extmap').map((v) => parseExtension(v, role)),
    allowMixed: lines.includes('a=extmap-allow-mixed'),
    sources: parseSources(lines, one('msid')),
    groups: values(lines, 'ssrc-group').map((v) => ({ semantics: v.split(' ')[0]!, ssrcs: v.split(' ').slice(1) })),
    rids: values(lines, 'rid').map((v) => ({ id: v.split(' ')[0]!, direction: v.split(' ')[1] === 'recv' ? 'recv' : 'send' })),
    mux: lines.includes('a=rtcp-mux'),
    transport: {
      ufrag: one('ice-ufrag'),
      pwd: one('ice-pwd'),
      fingerprints: values(lines, 'fingerprint').map((v) => ({ hash: v.split(' ')[0]!.toLowerCase(), value: v.split(' ')[1] ?? '' })),
      setup: one('setup'),
      candidates: values(lines, 'candidate').flatMap((v) => parseCandidate(v) ?? []),
    },
  }
}

function parseFeedback(v: string): Feedback {
  const [type, subtype] = split(v, ' ')
  return { type, subtype }
}

function parsePayload(id: string, lines: readonly string[], feedback: Feedback[]): Payload {
  const of = (name: string): string => values(lines, name).find((v) => v.startsWith(id + ' '))?.slice(id.length + 1) ?? ''
  const [name = '', clock, channels] = of('rtpmap').split('/')
  return { id: Number(id), name, clock: Number(clock) || 0, channels: Number(channels) || 1, parameters: parseFormat(of('fmtp')), feedback }
}

function parseFormat(format: string): Parameter[] {
  return format
    .split(';')
    .map((f) => f.trim())
    .filter((f) => f !== '')
    .map((f) => (f.includes('=') ? split(f, '=') : ['', f]))
}

function parseExtension(v: string, role: Role): { id: number; uri: string; senders: Senders } {
  const [number = '', uri = ''] = v.split(' ')
  const [id, direction] = number.split('/')
  return { id: Number(id), uri, senders: sendersOf((direction as Direction | undefined) ?? 'sendrecv', role) }
}

function parseSources(lines: readonly string[], msid: string): Content['sources'] {
  const found = new Map<string, Parameter[]>()
  for (const v of values(lines, 'ssrc')) {
    const [ssrc, parameter] = split(v, ' ')
    found.set(ssrc, [...(found.get(ssrc) ?? []), split(parameter, ':')])
  }
  return [...found].map(([ssrc, parameters]) => ({
    ssrc,
    parameters: msid && !parameters.some(([name]) => name === 'msid') ? [...parameters, ['msid', msid] as const] : parameters,
  }))
}

/** parseCandidate reads what follows "candidate:"; undefined for what is none. */
export function parseCandidate(v: string): Candidate | undefined {
  const f = v.replace(/^(a=)?candidate:/, '').trim().split(/\s+/)
  if (f.length < 8 || f[6] !== 'typ') return undefined
  const more = new Map<string, string>()
  for (let i = 8; i + 1 < f.length; i += 2) more.set(f[i]!, f[i + 1]!)
  const number = (name: string): number | undefined => (more.has(name) ? Number(more.get(name)) : undefined)
  return {
    foundation: f[0]!, component: Number(f[1]), protocol: f[2]!.toLowerCase(), priority: Number(f[3]), ip: f[4]!, port: Number(f[5]), type: f[7]!,
    relAddr: more.get('raddr'), relPort: number('rport'), tcpType: more.get('tcptype'), generation: number('generation'),
  }
}

/** writeCandidate is the value that RTCIceCandidate takes. */
export function writeCandidate(c: Candidate): string {
  const rel = c.relAddr === undefined ? '' : ` raddr ${c.relAddr} rport ${c.relPort ?? 0}`
  const tcp = c.tcpType === undefined ? '' : ` tcptype ${c.tcpType}`
  return `candidate:${c.foundation} ${c.component} ${c.protocol} ${c.priority} ${c.ip} ${c.port} typ ${c.type}${rel}${tcp} generation ${c.generation ?? 0}`
}

/** A Place is an m= section that is to be written: what is said in it, or that it is rejected. */
export interface Place extends Spot {
  readonly content: Content | undefined // undefined: rejected
}

/**
 * writeSDP writes what the peer has said for a browser. role is the peer's, version grows with each description of a connection. The
 * places are in the order of the offer; names become mids.
 */
export function writeSDP(places: readonly Place[], bundle: readonly string[], role: Role, version: number): string {
  const grouped = places.filter((p) => p.content && bundle.includes(p.content.name)).map((p) => p.mid)
  const lines = ['v=0', `o=- 1 ${version} IN IP4 0.0.0.0`, 's=-', 't=0 0']
  if (grouped.length) lines.push('a=group:BUNDLE ' + grouped.join(' '))
  lines.push('a=msid-semantic:WMS *')
  for (const p of places) lines.push(...(p.content ? writeSection(p.mid, p.content, role) : writeRejected(p)))
  return lines.map((l) => l + '\r\n').join('')
}

function writeRejected({ mid, media }: Place): string[] {
  return [`m=${media} 0 UDP/TLS/RTP/SAVPF ${media === 'audio' ? 0 : 96}`, 'c=IN IP4 0.0.0.0', ...(media === 'audio' ? [] : ['a=rtpmap:96 VP8/90000']), `a=mid:${mid}`, 'a=inactive']
}

function writeSection(mid: string, c: Content, role: Role): string[] {
  const { transport: t } = c
  const lines = [
    `m=${c.media} 9 UDP/TLS/RTP/SAVPF ${c.payloads.map((p) => p.id).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=ice-ufrag:${t.ufrag}`,
    `a=ice-pwd:${t.pwd}`,
    'a=ice-options:trickle',
    ...t.fingerprints.map((f) => `a=fingerprint:${f.hash} ${f.value}`),
    `a=setup:${t.setup}`,
    `a=mid:${mid}`,
    ...c.extensions.map((x) => `a=extmap:${x.id}${x.senders === 'both' ? '' : '/' + directionOf(x.senders, role)} ${x.uri}`),
    'a=' + directionOf(c.senders, role),
  ]
  if (c.allowMixed) lines.push('a=extmap-allow-mixed')
  if (c.mux) lines.push('a=rtcp-mux')
  if (c.media === 'video') lines.push('a=rtcp-rsize')
  for (const f of c.feedback) lines.push(`a=rtcp-fb:* ${writeFeedback(f)}`)
  for (const p of c.payloads) lines.push(...writePayload(p))
  for (const g of c.groups) lines.push(`a=ssrc-group:${g.semantics} ${g.ssrcs.join(' ')}`)
  for (const s of c.sources) {
    if (!s.parameters.length) lines.push(`a=ssrc:${s.ssrc} cname:${s.ssrc}`)
    for (const [name, value] of s.parameters) lines.push(`a=ssrc:${s.ssrc} ${name}${value === '' ? '' : ':' + value}`)
  }
  lines.push(...c.rids.map((r) => `a=rid:${r.id} ${r.direction}`), ...writeSimulcast(c))
  for (const candidate of t.candidates) lines.push('a=' + writeCandidate(candidate))
  return lines
}

function writeSimulcast(c: Content): string[] {
  const of = (direction: string): string => {
    const ids = c.rids.filter((r) => r.direction === direction).map((r) => r.id)
    return ids.length ? ` ${direction} ${ids.join(';')}` : ''
  }
  const both = of('send') + of('recv')
  return both ? ['a=simulcast:' + both.trim()] : []
}

function writeFeedback(f: Feedback): string {
  return f.subtype === '' ? f.type : `${f.type} ${f.subtype}`
}

function writePayload(p: Payload): string[] {
  const lines: string[] = []
  if (p.name) lines.push(`a=rtpmap:${p.id} ${p.name}/${p.clock}${p.channels > 1 ? '/' + p.channels : ''}`)
  for (const f of p.feedback) lines.push(`a=rtcp-fb:${p.id} ${writeFeedback(f)}`)
  const format = p.parameters.map(([name, value]) => (name === '' ? value : value === '' ? name : `${name}=${value}`)).join(';')
  if (format) lines.push(`a=fmtp:${p.id} ${format}`)
  return lines
}
