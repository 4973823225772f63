import { computed, signal } from '@preact/signals'
import { keep, kept } from '../../shared/kept'
import type { Calls } from './calls'
import type { Numbers } from './numbers'
import type { Call, Device } from './snapshot'
import type { Outcome, Telephony } from './telephony'

/** This page itself, in place of the ID of a device. */
export const browser = 'browser'

/** Dialler makes calls, by this page or by one of the user's telephones, as he likes it best. */
export class Dialler {
  /** what was chosen last; it holds while that can be called. */
  private readonly chosen = signal(kept('dialBy') ?? browser)

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
    this.calls.call(this.numbers.addressOf(number), false)
    return Promise.resolve({ ok: true, answer: undefined })
  }

  /** pickup takes a call that rings elsewhere. From this page it is dialled, as at any telephone. */
  pickup(extension: string, by = this.by.peek()): Promise<Outcome> {
    return by === browser ? this.dial('*8' + extension, browser) : this.tel.pickup(extension, { device: by })
  }

  /** ours is the call that this page is in, as the server knows it: for what only the server can do with it. */
  readonly ours = computed<Call | undefined>(() => {
    const peer = this.calls.peers.current.value
    const number = peer && peer.state.value !== 'ended' ? this.numbers.numberOf(peer.peer.split('/')[0]!) : ''
    if (!number) return undefined
    const here = [...this.tel.calls.value.values()].filter((c) => c.parties.some((p) => p.own && (p.device === 'xmpp' || p.device === '')))
    const found = here.find((c) => c.dialled === number || c.parties.some((p) => !p.own && p.number === number))
    return found ?? (here.length === 1 ? here[0] : undefined) // who picked up a call is in one that was dialled otherwise
  })
}
