import { effect, signal, untracked } from '@preact/signals'
import { Call, Devices, features, PeerCalls, type PeerCall } from '../../call'
import { bare } from '../../shared/xmpp/jid'
import { attr } from '../../shared/xmpp/xml'
import type { Markup } from '../../shared/xmpp/xml'
import type { Desk, Part } from './desk'
import type { Group } from './group'

/** The conference that one takes part in. */
export interface Joined {
  readonly group: Group
  readonly call: Call
}

/** Calls are what one talks in: at most one conference, or two calls with others. */
export class Calls implements Part {
  readonly features = features
  readonly devices = new Devices()
  readonly peers: PeerCalls
  readonly joined = signal<Joined | undefined>(undefined)
  /** whether the conference takes the whole window. */
  readonly large = signal(true)
  private unfollow: (() => void) | undefined

  constructor(private readonly desk: Desk) {
    this.peers = new PeerCalls({ port: desk, devices: this.devices })
    desk.use(this)
    // Nothing listens to the microphone, and no camera shines, when there is nobody to talk to.
    effect(() => {
      if (!this.busy) this.devices.close()
    })
    // A conference is come back to when the page is loaded anew; calls are not, so who talks is asked first.
    const stay = (e: BeforeUnloadEvent): void => e.preventDefault()
    effect(() => {
      if (this.peers.under.value.length) addEventListener('beforeunload', stay)
      else removeEventListener('beforeunload', stay)
    })
  }

  /** connected: what is sent now arrives. */
  get connected(): boolean {
    return this.desk.connection.peek().is === 'online'
  }

  /** busy: one talks, or is about to. */
  get busy(): boolean {
    return this.joined.value !== undefined || this.peers.under.value.length > 0
  }

  stanza(e: Element): void {
    this.peers.stanza(e)
    const joined = this.joined.peek()
    if (joined && bare(attr(e, 'from')) === joined.group.jid) joined.call.stanza(e)
  }

  request(iq: Element): Markup | undefined {
    const joined = this.joined.peek()
    if (joined && bare(attr(iq, 'from')) === joined.group.jid) return joined.call.request(iq)
    return this.peers.request(iq)
  }

  online(session: 'new' | 'resumed'): void {
    this.peers.online()
    if (session === 'new' && !this.joined.peek()) this.comeBack(kept())
    // In a new session the room has to be entered first: follow sees that.
    if (session === 'resumed') this.joined.peek()?.call.online('resumed')
  }

  /** call calls somebody, and puts on hold whom one talks to. Undefined: one is in as many calls as one can be. One cannot be in a conference and in a call. */
  call(jid: string, video: boolean): PeerCall | undefined {
    const call = this.peers.call(jid, video)
    if (call) this.leave()
    return call
  }

  /** accept takes a call that rings. */
  accept(call: PeerCall, video: boolean): void {
    this.leave()
    this.peers.accept(call, video)
  }

  /** join starts a group's conference, or takes part in it. */
  async join(group: Group): Promise<void> {
    if (this.joined.peek()?.group === group) return
    this.leave()
    this.peers.hangup()
    this.peers.clear()
    const call = new Call({ port: this.desk, room: group.jid, nick: () => group.me.peek()?.nick ?? '', devices: this.devices })
    this.joined.value = { group, call }
    keep(group.jid)
    this.large.value = true
    this.unfollow = this.follow(group, call)
    await this.devices.open()
    if (this.joined.peek()?.call === call) call.join()
  }

  /** comeBack takes part again, once the room is entered: whoever loads the page anew has not left the conference. */
  private comeBack(room: string): void {
    if (!room || this.busy) return
    let over = false
    const stop = effect(() => {
      const group = this.desk.groups.value.get(room)
      if (over || group?.place.value.is !== 'in') return
      over = true
      queueMicrotask(() => {
        stop()
        if (!untracked(() => this.busy)) void this.join(group)
      })
    })
  }

  /** follow tells the call when the room was entered anew, and lets go of it when it is over. */
  private follow(group: Group, call: Call): () => void {
    let inside = group.place.peek().is === 'in'
    return effect(() => {
      const now = group.place.value.is === 'in'
      const over = call.link.value.is === 'ended' || group.place.value.is === 'gone'
      untracked(() => {
        if (now && !inside) call.online('new')
        inside = now
        if (over && call.link.peek().is === 'ended') this.large.value = false
      })
    })
  }

  /** leave leaves the conference; the group stays. */
  leave(): void {
    const joined = this.joined.peek()
    if (!joined) return
    this.unfollow?.()
    this.unfollow = undefined
    this.joined.value = undefined
    keep('')
    joined.call.close()
  }

  /** hide hangs up. A conference is come back to when the page is loaded anew. */
  hide(): void {
    const room = kept()
    this.leave()
    keep(room)
    this.peers.hangup()
  }

  /** close ends whatever is under way. */
  close(): void {
    this.leave()
    this.peers.hangup()
    this.devices.close()
  }
}

/** The room of the conference that one is in, as long as this tab is there. */
const key = 'plenum.conference'

function kept(): string {
  try {
    return sessionStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

function keep(room: string): void {
  try {
    if (room) sessionStorage.setItem(key, room)
    else sessionStorage.removeItem(key)
  } catch {
    // Then the conference is not come back to when the page is loaded anew.
  }
}
