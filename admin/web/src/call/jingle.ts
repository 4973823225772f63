import { attr, child, children, el, is, type Markup } from '../shared/xmpp/xml'
import { sends, type Candidate, type Content, type Description, type Feedback, type Parameter, type Payload, type Role, type Senders, type Transport } from './description'
import { J } from './ns'

/** How much of a description is said: all of it, or what a content of the same name is known by already. */
export function writeContents(d: Description, role: Role): Markup[] {
  const group = d.bundle.length
    ? [el('group', { xmlns: J.grouping, semantics: 'BUNDLE' }, ...d.bundle.map((name) => el('content', { name })))]
    : []
  return [...group, ...d.contents.map((c) => writeContent(c, role))]
}

function writeContent(c: Content, role: Role): Markup {
  const { creator, name, senders } = c
  return el('content', { creator, name, senders }, writeDescription(c, role), writeTransport(c.transport))
}

function writeDescription(c: Content, role: Role): Markup {
  // Streams whose layers are told apart by their rids are known by those; and Firefox names sources where it sends nothing.
  const named = sends(c.senders, role) && !c.rids.length
  return el(
    'description',
    { xmlns: J.rtp, media: c.media },
    ...c.categories.map((name) => el('category', { xmlns: J.category, name })),
    ...c.payloads.map(writePayload),
    ...c.feedback.map(writeFeedback),
    ...c.extensions.map((x) => el('rtp-hdrext', { xmlns: J.extensions, id: String(x.id), uri: x.uri, senders: x.senders === 'both' ? undefined : x.senders })),
    c.allowMixed ? el('extmap-allow-mixed', { xmlns: J.extensions }) : undefined,
    ...(named ? c.groups.map((g) => el('ssrc-group', { xmlns: J.sources, semantics: g.semantics }, ...g.ssrcs.map((ssrc) => el('source', { ssrc })))) : []),
    ...(named ? c.sources.map((s) => el('source', { xmlns: J.sources, ssrc: s.ssrc }, ...s.parameters.map(writeParameter))) : []),
    ...c.rids.map((r) => el('rid', { xmlns: J.rid, id: r.id, direction: r.direction })),
    c.mux ? el('rtcp-mux') : undefined,
  )
}

function writeParameter([name, value]: Parameter): Markup {
  return el('parameter', { name, value })
}

function writeFeedback(f: Feedback): Markup {
  return el('rtcp-fb', { xmlns: J.feedback, type: f.type, subtype: f.subtype || undefined })
}

function writePayload(p: Payload): Markup {
  return el(
    'payload-type',
    { id: String(p.id), name: p.name || undefined, clockrate: p.clock ? String(p.clock) : undefined, channels: p.channels > 1 ? String(p.channels) : undefined },
    ...p.parameters.map(writeParameter),
    ...p.feedback.map(writeFeedback),
  )
}

export function writeTransport(t: Transport): Markup {
  return el(
    'transport',
    { xmlns: J.ice, ufrag: t.ufrag || undefined, pwd: t.pwd || undefined },
    ...t.fingerprints.map((f) => el('fingerprint', { xmlns: J.dtls, hash: f.hash, setup: t.setup }, f.value)),
    ...t.candidates.map(writeCandidateElement),
  )
}

function writeCandidateElement(c: Candidate, i: number): Markup {
  return el('candidate', {
    component: String(c.component), foundation: c.foundation, generation: String(c.generation ?? 0), id: `${c.foundation}-${c.priority}-${i}`,
    ip: c.ip, network: '0', port: String(c.port), priority: String(c.priority), protocol: c.protocol, type: c.type,
    'rel-addr': c.relAddr, 'rel-port': c.relPort === undefined ? undefined : String(c.relPort), tcptype: c.tcpType,
  })
}

/** readContents reads the contents of a <jingle/>. Those whose media are neither sound nor picture over ICE-UDP are left out. */
export function readContents(jingle: Element): Description {
  const contents = children(jingle, J.jingle, 'content').flatMap((c) => readContent(c) ?? [])
  const group = children(jingle, J.grouping, 'group').find((g) => attr(g, 'semantics') === 'BUNDLE')
  return { contents, bundle: group ? children(group, J.grouping, 'content').map((c) => attr(c, 'name')) : [] }
}

export interface Key {
  readonly creator: Role
  readonly name: string
}

export function keyOf(content: Element): Key {
  return { creator: attr(content, 'creator') === 'responder' ? 'responder' : 'initiator', name: attr(content, 'name') }
}

export function readSenders(e: Element): Senders {
  const senders = attr(e, 'senders')
  return senders === 'initiator' || senders === 'responder' || senders === 'none' ? senders : 'both'
}

function readContent(e: Element): Content | undefined {
  const d = child(e, J.rtp, 'description')
  const t = child(e, J.ice, 'transport')
  const media = attr(d, 'media')
  if (!d || !t || (media !== 'audio' && media !== 'video')) return undefined
  return {
    ...keyOf(e),
    senders: readSenders(e),
    media,
    categories: children(d, J.category, 'category').map((c) => attr(c, 'name')),
    payloads: children(d, J.rtp, 'payload-type').map(readPayload),
    feedback: readFeedback(d),
    extensions: children(d, J.extensions, 'rtp-hdrext').map((x) => ({ id: Number(attr(x, 'id')), uri: oneWord(attr(x, 'uri')), senders: readSenders(x) })),
    allowMixed: child(d, J.extensions, 'extmap-allow-mixed') !== undefined,
    sources: children(d, J.sources, 'source').map((s) => ({ ssrc: oneWord(attr(s, 'ssrc')), parameters: readParameters(s) })),
    groups: children(d, J.sources, 'ssrc-group').map((g) => ({ semantics: oneWord(attr(g, 'semantics')), ssrcs: children(g, J.sources, 'source').map((s) => oneWord(attr(s, 'ssrc'))) })),
    rids: children(d, J.rid, 'rid').map((r) => ({ id: oneWord(attr(r, 'id')), direction: attr(r, 'direction') === 'recv' ? 'recv' : 'send' })),
    mux: child(d, J.rtp, 'rtcp-mux') !== undefined,
    transport: readTransport(t),
  }
}

/** oneWord keeps what others say from becoming a line of its own in SDP. */
function oneWord(s: string): string {
  return s.replace(/\s+/g, '')
}

/** oneLine is the same for what may have blanks. */
function oneLine(s: string): string {
  return s.replace(/[\r\n]+/g, ' ')
}

function readParameters(e: Element): Parameter[] {
  return [...e.children].filter((c) => c.localName === 'parameter').map((c) => [oneLine(attr(c, 'name')), oneLine(attr(c, 'value'))])
}

function readFeedback(e: Element): Feedback[] {
  return children(e, J.feedback, 'rtcp-fb').map((f) => ({ type: oneWord(attr(f, 'type')), subtype: oneLine(attr(f, 'subtype')) }))
}

/** Payload types that need no name (RFC 3551 §6). */
const fixed: Readonly<Record<number, string>> = { 0: 'PCMU', 8: 'PCMA', 9: 'G722' }

function readPayload(e: Element): Payload {
  const id = Number(attr(e, 'id'))
  return {
    id,
    name: oneWord(attr(e, 'name')) || (fixed[id] ?? ''),
    clock: Number(attr(e, 'clockrate')) || (id in fixed ? 8000 : 0),
    channels: Number(attr(e, 'channels')) || 1,
    parameters: readParameters(e),
    feedback: readFeedback(e),
  }
}

/** readTransport reads a <transport/>, also one of a transport-info. */
export function readTransport(t: Element): Transport {
  const prints = children(t, J.dtls, 'fingerprint')
  return {
    ufrag: oneWord(attr(t, 'ufrag')),
    pwd: oneWord(attr(t, 'pwd')),
    fingerprints: prints.map((f) => ({ hash: oneWord(attr(f, 'hash')), value: oneWord(f.textContent ?? '') })),
    setup: oneWord(attr(prints[0], 'setup')),
    candidates: [...t.children].filter((c) => is(c, J.ice, 'candidate')).map(readCandidate),
  }
}

function readCandidate(e: Element): Candidate {
  const word = (name: string): string => oneWord(attr(e, name))
  const optional = (name: string): string | undefined => word(name) || undefined
  return {
    foundation: word('foundation') || '1', component: Number(attr(e, 'component')), protocol: word('protocol').toLowerCase(),
    priority: Number(attr(e, 'priority')), ip: word('ip'), port: Number(attr(e, 'port')), type: word('type') || 'host',
    relAddr: optional('rel-addr'), relPort: e.hasAttribute('rel-port') ? Number(attr(e, 'rel-port')) : undefined, tcpType: optional('tcptype'),
    generation: Number(attr(e, 'generation')) || 0,
  }
}
