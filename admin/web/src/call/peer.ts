import { computed, effect, signal, untracked } from '@preact/signals'
import { NS } from '../shared/xmpp'
import { attr, child, is, type Markup } from '../shared/xmpp/xml'
import { readContents } from './jingle'
import { mix } from './mix'
import { J } from './ns'
import { bare, OneCall, refuse, type PeersOptions } from './peercall'
import { result, unknownSession } from './session'
import type { PeerCall, Peers } from './types'

export type { PeersOptions }

/** How many calls one may be in, or be rung for, at a time: who talks hears of one more. */
export const mostCalls = 2

const carbons = 'urn:xmpp:carbons:2'
const forward = 'urn:xmpp:forward:0'

/** PeerCalls are the calls of a user with others, two at a time: Jingle Message Initiation (XEP-0353) and Jingle. */
export class PeerCalls implements Peers {
  private readonly list = signal<readonly OneCall[]>([])
  private readonly both = signal(false)
  readonly calls = this.list
  readonly joined = this.both
  readonly under = computed(() => this.list.value.filter((c) => c.state.value !== 'ended'))
  private readonly front = signal<OneCall | undefined>(undefined)
  readonly current = computed(() => {
    const under = this.under.value
    const front = this.front.value
    if (front && under.includes(front)) return front
    return under.filter((c) => c.agreed.value).at(-1) ?? under.at(-1) ?? this.list.value.at(-1)
  })

  constructor(private readonly o: PeersOptions) {
    effect(() => this.mixed())
  }

  private take(c: OneCall): OneCall {
    this.list.value = [...this.under.peek(), c]
    return c
  }

  call(peer: string, video: boolean): PeerCall | undefined {
    if (this.under.peek().length >= mostCalls) return undefined
    const c = new OneCall(this.o, peer, this.o.port.newID(), true, video)
    this.holdBut(c)
    this.take(c).propose()
    return c
  }

  accept(call: PeerCall, video: boolean): void {
    const c = this.under.peek().find((x) => x === call)
    if (!c) return
    this.holdBut(c)
    c.accept(video)
  }

  bring(call: PeerCall): void {
    const c = this.under.peek().find((x) => x === call)
    if (!c) return
    this.holdBut(c)
    c.hold(false)
  }

  /** holdBut puts all others on hold, for one that is talked in from now on. */
  private holdBut(c: OneCall): void {
    this.both.value = false
    this.front.value = c
    for (const other of this.under.peek()) if (other !== c) other.hold(true)
  }

  join(on: boolean): boolean {
    const under = this.under.peek()
    if (!on || under.length < 2 || under.some((c) => c.since.peek() === 0)) {
      this.both.value = false
      return false
    }
    for (const c of under) c.hold(false)
    this.both.value = true
    return true
  }

  /** mixed gives each of the two what the other says, beside our own voice, as long as they are joined. */
  private mixed(): (() => void) | undefined {
    if (!this.both.value) return undefined
    const under = this.under.value
    const mic = this.o.devices.audio.value
    if (under.length < 2 || under.some((c) => c.holds.value)) {
      untracked(() => (this.both.value = false))
      return undefined
    }
    const heard = under.map((c) => c.remoteAudio.value)
    const mixes = under.map((c, i) => {
      const m = mix([mic, heard[1 - i]])
      c.mixed.value = m.track
      return m
    })
    return () => {
      for (const c of under) c.mixed.value = undefined
      for (const m of mixes) m.close()
    }
  }

  hangup(): void {
    for (const c of this.under.peek()) c.hangup()
  }

  clear(call?: PeerCall): void {
    this.list.value = this.list.peek().filter((c) => c.state.peek() !== 'ended' || (call !== undefined && c !== call))
  }

  stanza(e: Element): void {
    if (!is(e, NS.client, 'message')) return
    const own = bare(this.o.port.jid)
    for (const [direction, ours] of [['sent', true], ['received', false]] as const) {
      const copy = child(child(child(e, carbons, direction), forward, 'forwarded'), NS.client, 'message')
      if (copy && bare(attr(e, 'from')) === own) return this.message(copy, ours)
    }
    this.message(e, bare(attr(e, 'from')) === own)
  }

  private find(sid: string): OneCall | undefined {
    return this.under.peek().find((c) => c.sid === sid)
  }

  /** message takes a step of XEP-0353; ours: one of our other clients has sent it. */
  private message(e: Element, ours: boolean): void {
    if (attr(e, 'type') === 'error') return this.find(attr(e, 'id'))?.over('unreachable')
    const step = [...e.children].find((c) => c.namespaceURI === J.message)
    if (!step) return
    const from = attr(e, 'from')
    const about = this.find(attr(step, 'id'))
    if (ours) return about?.taken(step.localName)
    if (step.localName === 'propose') return this.proposed(from, step)
    if (about && bare(from) === bare(about.peer)) about.step(step, from)
  }

  private proposed(from: string, propose: Element): void {
    const id = attr(propose, 'id')
    if (!id || this.find(id)) return
    const media = [...propose.children].filter((c) => is(c, J.rtp, 'description')).map((c) => attr(c, 'media'))
    // Both have called each other: the lower id stays (XEP-0353#tie-break-1).
    const mutual = this.under.peek().find((c) => c.pending && bare(c.peer) === bare(from))
    if (mutual && mutual.sid < id) return refuse(this.o.port, from, id, 'expired')
    if (!mutual && this.under.peek().length >= mostCalls) return refuse(this.o.port, from, id, 'busy')
    mutual?.over('cancelled')
    this.take(new OneCall(this.o, from, id, false, media.includes('video'))).ring()
  }

  request(iq: Element): Markup | undefined {
    const jingle = child(iq, J.jingle, 'jingle')
    if (!jingle) return undefined
    const from = attr(iq, 'from')
    const about = this.find(attr(jingle, 'sid'))
    if (about && bare(from) === bare(about.peer)) return about.request(iq, jingle)
    if (attr(jingle, 'action') !== 'session-initiate') return unknownSession(iq)
    queueMicrotask(() => this.invited(from, jingle))
    return result(iq)
  }

  /** invited: a session without a proposal, by a client that does not know XEP-0353. */
  private invited(from: string, jingle: Element): void {
    const d = readContents(jingle)
    const c = new OneCall(this.o, from, attr(jingle, 'sid'), false, d.contents.some((x) => x.media === 'video'))
    const full = this.under.peek().length >= mostCalls
    if (full || !d.contents.length) return c.turnAway(full ? 'busy' : 'unsupported-applications')
    this.take(c).ring(jingle)
  }

  online(): void {
    for (const c of this.under.peek()) c.recover()
  }
}
