import { codeOf } from '../../shared/codes'
import { computed, signal } from '@preact/signals'
import type { PeerCall } from '../../call'
import { keep, kept } from '../../shared/kept'
import type { Fault } from '../../shared/xmpp/fault'
import { bare } from '../../shared/xmpp/jid'
import type { Calls } from './calls'
import type { Numbers } from './numbers'
import type { Call, Caller, Device, Party } from './snapshot'
import type { Outcome, Telephony } from './telephony'

/** This page itself, in place of the ID of a device. */
export const browser = 'browser'

/** Dialler makes calls, by this page or by one of the user's telephones, as he likes it best. */
export class Dialler {
  /** what was chosen last; it holds while that can be called. */
  private readonly chosen = signal(kept('dialBy') ?? browser)
  private readonly known = new WeakMap<PeerCall, Known>()

  constructor(
    private readonly tel: Telephony,
    private readonly calls: Calls,
    private readonly numbers: Numbers,
  ) {}

  /** devices are one's own telephones that could ring now. */
  readonly devices = computed<readonly Device[]>(() => (this.tel.devices.value?.list ?? []).filter((d) => d.online && d.kind !== 'xmpp'))

  /** by is by what is called: this page, or the ID of a device. */
  readonly by = computed(() => (this.devices.value.some((d) => d.id === this.chosen.value) ? this.chosen.value : browser))

  choose(by: string): void {
    keep('dialBy', by)
    this.chosen.value = by
  }

  /** dial calls a number. Calls of this page report by themselves what becomes of them. */
  dial(number: string, by = this.by.peek()): Promise<Outcome> {
    if (by !== browser) return this.tel.dial(number, { device: by })
    return this.here(this.numbers.addressOf(number), {})
  }

  private here(address: string, known: Known): Promise<Outcome> {
    if (!this.calls.connected) return Promise.resolve({ ok: false, fault: { is: 'lost' } })
    const call = this.calls.call(address, false)
    if (!call) return Promise.resolve({ ok: false, fault: full })
    this.known.set(call, known)
    return Promise.resolve({ ok: true, answer: undefined })
  }

  /** pickup takes a call that rings elsewhere. From this page it is dialled, as at any telephone. */
  pickup(extension: string, by = this.by.peek()): Promise<Outcome> {
    return by === browser ? this.here(this.numbers.addressOf(codeOf('pickup') + extension), {}) : this.tel.pickup(extension, { device: by })
  }

  /** take takes the call of somebody who waits. */
  take(caller: Caller, by = this.by.peek()): Promise<Outcome> {
    if (by !== browser) return this.tel.pickupCall(caller.call, { device: by })
    return this.here(this.numbers.addressOf(`take\\20${caller.call.toLowerCase()}`), { id: caller.call, other: { user: '', name: caller.name, number: caller.number } })
  }

  /** other is who was at the other end of a call of this page when the server told of it last; whom one takes over, before it has. */
  other(call: PeerCall): Other | undefined {
    return this.known.get(call)?.other
  }

  /** ours are the calls that this page is in, as the server knows them: for what only the server can do with them. */
  readonly ours = computed<ReadonlyMap<PeerCall, Call>>(() => {
    const found = new Map<PeerCall, Call>()
    const under = this.calls.peers.under.value.filter((c) => this.numbers.numberOf(bare(c.peer)) !== '')
    const at = (p: Call['parties'][number]): boolean => p.own && (p.device === 'xmpp' || p.device === '')
    const rest = (): Call[] => [...this.tel.calls.value.values()].filter((c) => c.parties.some(at) && ![...found.values()].includes(c))
    const find = (fits: (call: PeerCall, c: Call) => boolean): void => {
      for (const call of under.filter((x) => !found.has(x))) {
        const c = rest().find((x) => fits(call, x))
        if (c) found.set(call, c)
      }
    }
    // It stays the same call while somebody else comes into it.
    find((call, c) => this.known.get(call)?.id === c.id)
    find((call, c) => c.parties.some((p) => at(p) && p.caller === call.outgoing) && (call.outgoing ? c.dialled === this.number(call) : c.parties.some((p) => !p.own && p.number === this.number(call))))
    find((call, c) => c.dialled === this.number(call) || c.parties.some((p) => !p.own && p.number === this.number(call)))
    if (under.length - found.size === 1 && rest().length === 1) find(() => true) // who has picked up a call is in one that was dialled otherwise
    for (const [call, c] of found) this.known.set(call, { id: c.id, other: otherIn(c) ?? this.known.get(call)?.other })
    return found
  })

  private number(call: PeerCall): string {
    return this.numbers.numberOf(bare(call.peer))
  }
}

/** What is known of a call of this page beside what it tells itself. */
interface Known {
  readonly id?: string // on the server
  readonly other?: Other | undefined
}

/** Other is who is at the other end. */
type Other = Pick<Party, 'user' | 'name' | 'number'>

/** otherIn is who one talks to in a call. */
export function otherIn(c: Call): Party | undefined {
  return c.parties.find((p) => !p.own && p.doing === 'talking') ?? c.parties.find((p) => !p.own)
}

/** full: one is in as many calls of this page as there may be. */
const full: Fault = { is: 'stanza', type: 'wait', condition: 'resource-constraint', text: '' }
