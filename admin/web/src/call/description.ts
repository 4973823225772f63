// What two parties say to each other of their media, between SDP and Jingle: one Content is an m= section or a <content/>.

export type Role = 'initiator' | 'responder'
export type Senders = Role | 'both' | 'none'
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** A name and a value of an fmtp line; the name is '' where such a line has a value alone. */
export type Parameter = readonly [name: string, value: string]

export interface Feedback {
  readonly type: string
  readonly subtype: string
}

export interface Payload {
  readonly id: number
  readonly name: string
  readonly clock: number
  readonly channels: number // 1 when not stated
  readonly parameters: readonly Parameter[]
  readonly feedback: readonly Feedback[]
}

export interface Extension {
  readonly id: number
  readonly uri: string
  readonly senders: Senders
}

export interface SourceParameters {
  readonly ssrc: string
  readonly parameters: readonly Parameter[]
}

export interface SourceGroup {
  readonly semantics: string
  readonly ssrcs: readonly string[]
}

export interface Rid {
  readonly id: string
  readonly direction: 'send' | 'recv'
}

export interface Fingerprint {
  readonly hash: string
  readonly value: string
}

/** A Candidate as RFC 8839 §5.1 has it. */
export interface Candidate {
  readonly foundation: string
  readonly component: number
  readonly protocol: string
  readonly priority: number
  readonly ip: string
  readonly port: number
  readonly type: string
  readonly relAddr?: string
  readonly relPort?: number
  readonly tcpType?: string
  readonly generation?: number
}

export interface Transport {
  readonly ufrag: string
  readonly pwd: string
  readonly fingerprints: readonly Fingerprint[]
  readonly setup: string
  readonly candidates: readonly Candidate[]
}

export interface Content {
  readonly name: string
  readonly creator: Role
  readonly senders: Senders
  readonly media: 'audio' | 'video'
  readonly categories: readonly string[] // RFC 4796, XEP-0507
  readonly payloads: readonly Payload[]
  readonly feedback: readonly Feedback[] // for all payload types
  readonly extensions: readonly Extension[]
  readonly allowMixed: boolean
  readonly sources: readonly SourceParameters[]
  readonly groups: readonly SourceGroup[]
  readonly rids: readonly Rid[]
  readonly mux: boolean
  readonly transport: Transport
}

export interface Description {
  readonly contents: readonly Content[]
  readonly bundle: readonly string[] // names; empty when nothing is grouped
}

/** sends reports whether the party with that role sends in a content. */
export function sends(senders: Senders, role: Role): boolean {
  return senders === 'both' || senders === role
}

/** sendersOf is what a direction means that the party with that role has written. */
export function sendersOf(direction: Direction, role: Role): Senders {
  switch (direction) {
    case 'sendrecv':
      return 'both'
    case 'sendonly':
      return role
    case 'recvonly':
      return role === 'initiator' ? 'responder' : 'initiator'
    case 'inactive':
      return 'none'
  }
}

export function directionOf(senders: Senders, role: Role): Direction {
  if (senders === 'both') return 'sendrecv'
  if (senders === 'none') return 'inactive'
  return senders === role ? 'sendonly' : 'recvonly'
}
