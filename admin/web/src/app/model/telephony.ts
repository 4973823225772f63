import { batch, computed, signal } from '@preact/signals'
import type { Fault } from '../../shared/xmpp/fault'
import { bare } from '../../shared/xmpp/jid'
import { NS } from '../../shared/xmpp/ns'
import { attr, child, el, is, type Content } from '../../shared/xmpp/xml'
import type { Desk, Part } from './desk'
import { APP } from './ns'
import type { Numbers } from './numbers'
import {
  isOver, part, readCall, readDevices, readForward, readMissed, readPickups, readPlaces, readProfiles, readSelf, readSwitches, readTeam, readVoicemail,
  type Call, type Device, type Devices, type Forward, type Pickup, type Places, type Profiles, type RingClass, type Self, type Switch, type Team, type Timer, type Voicemail,
} from './snapshot'

const retryMs = 10_000 // after an answer that did not come

/** What a command came to. */
export type Outcome = { readonly ok: true; readonly answer: Element | undefined } | { readonly ok: false; readonly fault: Fault }

/** What is dialled: a number, or somebody's call that is picked up; by which device. */
export interface Way {
  readonly device?: string | undefined
}

/**
 * Telephony is what a user has on the telephone: profile, devices, location, forward, teams, voicemail, journal, calls. It is asked for once in a session
 * and kept up to date by events (docs/apps.md). A server without it leaves served at false, and the page shows nothing of it.
 */
export class Telephony implements Part {
  readonly features: readonly string[] = []
  readonly served = signal(false)
  readonly self = signal<Self | undefined>(undefined)
  readonly profiles = signal<Profiles | undefined>(undefined)
  readonly devices = signal<Devices | undefined>(undefined)
  readonly places = signal<Places | undefined>(undefined)
  readonly forward = signal<Forward | undefined>(undefined)
  readonly teams = signal<ReadonlyMap<string, Team>>(new Map())
  /** who waits for teams that want one to know it, the oldest first. */
  readonly pickups = signal<readonly Pickup[]>([])
  /** those that one sees and may turn, by name. */
  readonly switches = signal<readonly Switch[]>([])
  readonly voicemail = signal<Voicemail>({ fresh: 0, old: 0, teams: new Map() })
  /** how many calls one has missed and not seen, in any client of one's own. */
  readonly missed = signal(0)
  /** grows with what is new in the journal, which is read by the JSON API. */
  readonly journal = signal(0)
  readonly calls = signal<ReadonlyMap<string, Call>>(new Map())
  /** the profile one is in. */
  readonly profile = computed(() => this.profiles.value?.list.find((p) => p.id === this.profiles.value!.active))
  /** where one is logged in. */
  readonly place = computed(() => this.places.value?.list.find((p) => p.id === this.places.value!.at))
  private n = 0 // of the last event
  private round = 0 // of the snapshots
  private asking = false
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly desk: Desk,
    private readonly numbers: Numbers,
  ) {
    desk.use(this)
  }

  online(session: 'new' | 'resumed'): void {
    if (session === 'new') void this.ask()
  }

  hide(): void {
    clearTimeout(this.retry)
    this.round++
  }

  request(): undefined {
    return undefined
  }

  /** ask asks for everything. What is known stays until the answer is there. */
  private async ask(): Promise<void> {
    const round = ++this.round
    clearTimeout(this.retry)
    this.asking = true
    const answer = await this.desk.iq('get', this.desk.me.jid, el('snapshot', { xmlns: APP.app, journal: '0', numbers: 'true' }))
    if (round !== this.round) return
    const snapshot = answer.ok ? child(answer.value, APP.app, 'snapshot') : undefined
    if (snapshot) {
      this.asking = false
      return this.take(snapshot)
    }
    // Where the connection was lost a new session asks again; who does not know the namespace is not asked again.
    const unknown = !answer.ok && answer.fault.is === 'stanza' && ['service-unavailable', 'feature-not-implemented'].includes(answer.fault.condition)
    if (!unknown && !(!answer.ok && answer.fault.is === 'lost')) this.retry = setTimeout(() => void this.ask(), retryMs)
    if (unknown) this.served.value = false
  }

  private take(snapshot: Element): void {
    this.n = 0
    const list = (name: string): Element[] => [...(part(snapshot, name)?.children ?? [])]
    batch(() => {
      for (const e of snapshot.children) this.replace(e)
      this.teams.value = new Map(list('teams').map((e) => [attr(e, 'id'), readTeam(e)]))
      this.calls.value = new Map(list('calls').map((e) => [attr(e, 'id'), readCall(e)]))
      this.journal.value++
      this.served.value = true
    })
  }

  stanza(e: Element): void {
    if (!is(e, NS.client, 'message') || bare(attr(e, 'from')) !== this.desk.me.jid) return
    const event = child(e, APP.app, 'event')
    if (!event || this.asking || !this.served.peek()) return // events of before are in the snapshot
    if (Number(attr(event, 'n')) !== ++this.n) return void this.ask() // one was lost
    batch(() => [...event.children].forEach((c) => this.replace(c)))
  }

  /** replace puts a part in the place of what was known. */
  private replace(e: Element): void {
    if (e.namespaceURI !== APP.app) return
    switch (e.localName) {
      case 'self':
        return void (this.self.value = readSelf(e))
      case 'profiles':
        return void (this.profiles.value = readProfiles(e))
      case 'devices':
        return void (this.devices.value = readDevices(e))
      case 'locations':
        return void (this.places.value = readPlaces(e))
      case 'forward':
        return void (this.forward.value = readForward(e))
      case 'pickups':
        return void (this.pickups.value = readPickups(e))
      case 'switches':
        return void (this.switches.value = readSwitches(e))
      case 'voicemail':
        return void (this.voicemail.value = readVoicemail(e))
      case 'team':
        return void (this.teams.value = changed(this.teams.peek(), e, readTeam))
      case 'call':
        return void (this.calls.value = changed(this.calls.peek(), e, readCall))
      case 'missed':
        return void (this.missed.value = readMissed(e))
      case 'number':
      case 'numbers':
        return this.numbers.replace(e)
      case 'entry':
        this.journal.value++
    }
  }

  /** do gives a command. What comes of it is told by events. */
  private async do(name: string, attrs: Record<string, string | undefined>, ...content: Content[]): Promise<Outcome> {
    const answer = await this.desk.iq('set', this.desk.me.jid, el(name, { xmlns: APP.app, ...attrs }, ...content))
    if (!answer.ok) return { ok: false, fault: answer.fault }
    return { ok: true, answer: answer.value.firstElementChild ?? undefined }
  }

  /** dial has a device of one's own ring and calls the number when it is taken. */
  dial(number: string, { device }: Way = {}): Promise<Outcome> {
    return this.do('dial', { number, device })
  }

  answer(call: string): Promise<Outcome> {
    return this.do('answer', { call })
  }

  hangup(call: string): Promise<Outcome> {
    return this.do('hangup', { call })
  }

  hold(call: string, on: boolean): Promise<Outcome> {
    return this.do(on ? 'hold' : 'resume', { call })
  }

  /** transfer connects the other of a call with a number. */
  transfer(call: string, to: string): Promise<Outcome> {
    return this.do('transfer', { call, to })
  }

  /** join connects the others of two calls with each other. */
  join(call: string, other: string): Promise<Outcome> {
    return this.do('transfer', { call, with: other })
  }

  /** pickup takes the call that rings at an extension. */
  pickup(from: string, { device }: Way = {}): Promise<Outcome> {
    return this.do('pickup', { from, device })
  }

  /** pickupCall takes this call, which rings or waits. */
  pickupCall(call: string, { device }: Way = {}): Promise<Outcome> {
    return this.do('pickup', { call, device })
  }

  setOutgoing(device: string): Promise<Outcome> {
    return this.do('outgoing', { device })
  }

  setProfile(id: string): Promise<Outcome> {
    return this.do('profile', { id })
  }

  /** setPlace logs one in at a location; '' is None/roaming. */
  setPlace(id: string): Promise<Outcome> {
    return this.do('location', { id: id || undefined })
  }

  setForward(target: string, active: boolean): Promise<Outcome> {
    return this.do('forward', { target, active: String(active) })
  }

  /**
   * setTimer changes when a device rings for one kind of calls; other kinds stay as they are. It is shown at once, so that the next change goes out
   * from there; when it is refused all is asked for anew.
   */
  async setTimer(device: Device, kind: RingClass, timer: Timer): Promise<Outcome> {
    const devices = this.devices.peek()
    const same = (d: Device): boolean => d.id === device.id && d.holder === device.holder
    if (devices) this.devices.value = { ...devices, list: devices.list.map((d) => (same(d) ? { ...d, timers: { ...d.timers, [kind]: timer } } : d)) }
    const { enabled, delay, ring } = timer
    const outcome = await this.do('followme', { holder: device.holder, device: device.id },
      el('timer', { class: kind, enabled: String(enabled), delay: String(delay), ring: ring === undefined ? undefined : String(ring) }))
    if (!outcome.ok) void this.ask()
    return outcome
  }

  /** see says that what was missed until now has been seen. */
  see(): Promise<Outcome> {
    return this.do('seen', {})
  }

  /** setGSM puts a mobile into GSM mode, in which it alone rings, at once. */
  setGSM(device: Device, on: boolean): Promise<Outcome> {
    return this.do('followme', { holder: device.holder, device: device.id, gsm: String(on) })
  }

  /** turn sets a switch. */
  turn(id: string, on: boolean): Promise<Outcome> {
    return this.do('switch', { id, on: String(on) })
  }

  team(id: string, what: 'login' | 'logout' | 'pause' | 'unpause', reason?: string): Promise<Outcome> {
    return this.do('team', { id, do: what, reason })
  }

  close(): void {
    clearTimeout(this.retry)
    this.round++
  }
}

function changed<T>(map: ReadonlyMap<string, T>, e: Element, read: (e: Element) => T): Map<string, T> {
  const next = new Map(map)
  if (isOver(e)) next.delete(attr(e, 'id'))
  else next.set(attr(e, 'id'), read(e))
  return next
}
