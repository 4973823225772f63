import type { ReadonlySignal } from '@preact/signals'
import type { Fault, Result } from '../shared/xmpp'
import type { Content, Markup } from '../shared/xmpp/xml'

/** The connection as calls use it: shared/xmpp's Client is one. */
export interface Port {
  readonly jid: string // one's own full address
  send(m: Markup, id?: string): boolean
  iq(type: 'get' | 'set', to: string, payload: Content, ms?: number): Promise<Result<Element>>
  newID(): string
  /** hurry is called every second while a call looks for its path: a connection that does not answer soon is to be made anew. */
  hurry(): void
}

export type Grade = 'good' | 'fair' | 'poor'

/** The conference of a room as it is told to us (urn:plenum:conference:0). */
export interface Conference {
  readonly state: 'idle' | 'waiting' | 'live' | 'hold' | 'ended'
  readonly since: number // when that began, in ms; 0 when it is not said
  readonly locked: boolean
  readonly you: 'none' | 'waiting' | 'knocking' | 'live'
  readonly moderator: boolean // whether we may control it
  readonly reason: 'no-moderator' | 'moderator-left' | 'ended' | 'restarted' | ''
  readonly people: number
  readonly waiting: number
}

/** A Participant takes part with sound or picture, or would like to. */
export interface Participant {
  readonly nick: string
  readonly id: string // of the occupant (XEP-0421)
  readonly state: 'connecting' | 'waiting' | 'knocking' | 'live'
  readonly moderator: boolean
  readonly guest: boolean
  readonly audio: 'on' | 'muted' | 'none'
  readonly video: 'on' | 'off' | 'none'
  readonly screen: boolean
  readonly hand: number // when it was raised, in ms; 0 for not
  readonly phone: boolean
  readonly quality: Grade
  readonly self: boolean
}

export type Source = 'camera' | 'screen'

/** What comes in one of the slots for pictures: 0 is the stage, 1 to 8 are the tiles. */
export interface Picture {
  readonly slot: number
  readonly nick: string
  readonly media: Source
  readonly paused: boolean // there is not bandwidth enough to send it
  readonly track: MediaStreamTrack
}

/** How our own session is. */
export type Link =
  | { readonly is: 'none' } // not in the conference
  | { readonly is: 'joining' }
  | { readonly is: 'connected' }
  | { readonly is: 'reconnecting'; readonly since: number }
  | { readonly is: 'ended'; readonly why: End }

/** Why it has ended. It does not come back by itself; join may be called again. */
export type End =
  | { readonly why: 'ended' } // for all, or for us: the room says if one was removed
  | { readonly why: 'unsupported' } // this browser has no WebRTC
  | { readonly why: 'refused'; readonly fault: Fault } // by the conference
  | { readonly why: 'failed'; readonly condition: string } // the session, for a reason that another attempt does not mend

/** One's own quality of connection, from the last two seconds. */
export interface Quality {
  readonly grade: Grade
  readonly rtt: number // ms
  readonly jitter: number // ms, the worst of what comes
  readonly lost: number // 0 to 1, the worst of what goes and comes
}

/** What a moderator has done to us, and what became of an attempt of ours. n grows with each. */
export type Notice =
  | { readonly n: number; readonly is: 'muted'; readonly by: string }
  | { readonly n: number; readonly is: 'stopped'; readonly media: Source; readonly by: string }
  | { readonly n: number; readonly is: 'occupied'; readonly by: string } // our screen is not shared because somebody else's is
  | { readonly n: number; readonly is: 'unshared' } // the screen is no longer shared because the browser or its window ended that

/** What moderators can do. Nobody can switch on another's microphone or camera. */
export type Order =
  | { readonly do: 'mute' | 'remove' | 'reject' | 'lower'; readonly nick: string }
  | { readonly do: 'stop'; readonly nick: string; readonly media: Source }
  | { readonly do: 'admit'; readonly nick?: string } // undefined: all
  | { readonly do: 'mute-all' | 'lock' | 'unlock' | 'end' }

export interface Own {
  readonly audio: ReadonlySignal<'on' | 'muted' | 'none'>
  readonly video: ReadonlySignal<'on' | 'off' | 'none'>
  readonly camera: ReadonlySignal<MediaStreamTrack | undefined> // for the own picture
  readonly screen: ReadonlySignal<MediaStreamTrack | undefined> // while it is shared
  readonly hand: ReadonlySignal<boolean>
}

/** A Meeting is what pages show of a conference and can do in it. Call is one; FakeMeeting plays one. */
export interface Meeting {
  readonly link: ReadonlySignal<Link>
  readonly conference: ReadonlySignal<Conference>
  readonly participants: ReadonlySignal<readonly Participant[]> // also ourselves, once we are in it
  readonly pictures: ReadonlySignal<readonly Picture[]>
  readonly dominant: ReadonlySignal<string> // nick of who speaks, or spoke last; '' for nobody
  readonly speaking: ReadonlySignal<ReadonlySet<string>> // nicks of those who are heard just now, ourselves too
  readonly own: Own
  readonly quality: ReadonlySignal<Quality | undefined>
  readonly notice: ReadonlySignal<Notice | undefined>
  /** pinned is whose picture we have put on the stage. */
  readonly pinned: ReadonlySignal<{ readonly nick: string; readonly media: Source } | undefined>
  /** silent: the browser lets no sound out before the user has pressed something; any key or button will do. */
  readonly silent: ReadonlySignal<boolean>
  /** sharable tells whether this browser can share a screen. */
  readonly sharable: boolean

  /** join takes part; what is chosen in Devices goes along. Nothing happens when we are in it already. */
  join(): void
  /** leave ends our part; the room stays. */
  leave(): void
  /** setAudio switches the microphone on or mutes it. */
  setAudio(on: boolean): void
  setVideo(on: boolean): void
  /** talk is push-to-talk: down lets us be heard for as long as it is held, when we are muted. */
  talk(down: boolean): void
  /** share lets the user choose what to show, with its sound where the browser can. False: he has not, or may not. */
  share(): Promise<boolean>
  unshare(): void
  raise(hand: boolean): void
  /** view tells what is shown: the height of each slot for pictures in device pixels, 0 or missing for hidden. */
  view(heights: readonly number[]): void
  /** pin puts somebody's picture on our stage, and takes it down with undefined. */
  pin(what: { nick: string; media: Source } | undefined): void
  /** order does what moderators can; undefined when it was done. */
  order(o: Order): Promise<Fault | undefined>
}

/** What whoever owns the connection tells calls. Call and Peers take it. */
export interface Wired {
  /** stanza is given every message and presence. */
  stanza(e: Element): void
  /** request is given every IQ request; undefined: it is not for us. It is the request of shared/xmpp's Listener. */
  request(iq: Element): Markup | undefined
  /** online: the connection is there again, in the same session, or in a new one in which the room has been entered again. */
  online(session: 'new' | 'resumed'): void
}

/** A PeerCall is a call with one other user. */
export interface PeerCall {
  readonly sid: string // of its session
  readonly peer: string // bare address
  readonly outgoing: boolean
  /** video: whether it was offered with pictures. */
  readonly video: boolean
  /** ringing: at the other's when it is outgoing, here when it is not. */
  readonly state: ReadonlySignal<'calling' | 'ringing' | 'connecting' | 'live' | 'reconnecting' | 'ended'>
  readonly since: ReadonlySignal<number> // when it became live, in ms; 0 before
  readonly end: ReadonlySignal<PeerEnd | undefined>
  readonly remoteAudio: ReadonlySignal<MediaStreamTrack | undefined>
  readonly remoteVideo: ReadonlySignal<MediaStreamTrack | undefined> // undefined while there is no picture
  readonly remoteMuted: ReadonlySignal<boolean>
  readonly agreed: ReadonlySignal<boolean> // it is ours, by having called or taken it
  readonly held: ReadonlySignal<boolean> // by the other
  readonly holds: ReadonlySignal<boolean> // by us: neither hears the other
  readonly keyed: ReadonlySignal<boolean> // the other takes keys
  readonly quality: ReadonlySignal<Quality | undefined>
  reject(): void
  hangup(): void
  hold(on: boolean): void
  /** press sends keys: digits, star and hash, A to D. */
  press(keys: string): void
}

/** What became of a call, from our side. */
export type PeerEnd =
  | 'hungup' // by one of the two, after they had spoken
  | 'rejected'
  | 'busy'
  | 'unanswered'
  | 'cancelled' // by the caller
  | 'elsewhere' // taken or rejected on another device of ours
  | 'unreachable' // none of the other's clients can be called
  | 'failed'

/** Peers are the calls with other users, two at a time: one more that comes meanwhile is told that we are busy. */
export interface Peers extends Wired {
  /** calls are those that go on, the oldest first. What has ended stays until another begins, or clear. */
  readonly calls: ReadonlySignal<readonly PeerCall[]>
  /** current is the one that one talks in, or has talked in last. */
  readonly current: ReadonlySignal<PeerCall | undefined>
  /** joined: the others of both calls hear each other too. */
  readonly joined: ReadonlySignal<boolean>
  /**
   * call calls a user, with the microphone and, when video is set, the camera of Devices. With a bare address all of his clients ring
   * (XEP-0353); with a full one that client alone is asked, which must not know how to ring. Whom one talks to is put on hold. Undefined: there are
   * as many calls as there may be.
   */
  call(peer: string, video: boolean): PeerCall | undefined
  /** accept takes an incoming call, with or without one's own picture, and puts the other on hold. */
  accept(call: PeerCall, video: boolean): void
  /** bring takes one back, and puts the other on hold. */
  bring(call: PeerCall): void
  /** join has three hear each other, until one is put on hold or hangs up. It reports whether that is so. */
  join(on: boolean): boolean
  /** hangup ends all. */
  hangup(): void
  /** clear forgets a call that has ended, or all of them. */
  clear(call?: PeerCall): void
}
