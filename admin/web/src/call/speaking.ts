import { computed, signal, type ReadonlySignal } from '@preact/signals'
import type { Devices } from './devices'

const everyMs = 200
const holdMs = 700 // one is taken to speak between two words
const heard = 0.01 // of 1, full scale
const said = 0.4 // of the microphone's level: about 36 dB below full scale

/** Speaking tells who is heard just now: those whose sound comes in the slots, and ourselves. */
export class Speaking {
  private receivers: readonly RTCRtpReceiver[] = []
  private nicksOfSlots: readonly string[] = []
  private readonly last = new Map<string, number>() // when each was heard last
  private stop: () => void = () => undefined
  private readonly now = signal<readonly string[]>([])
  readonly nicks: ReadonlySignal<ReadonlySet<string>> = computed(() => new Set(this.now.value))

  constructor(
    private readonly devices: Devices,
    private readonly self: () => string,
  ) {}

  /** follow listens to these receivers, in the order of their slots. */
  follow(receivers: readonly RTCRtpReceiver[]): void {
    this.receivers = receivers
    this.stop()
    this.last.clear()
    this.now.value = []
    if (!receivers.length) return
    const stopMeter = this.devices.level.subscribe((level) => {
      if (level > said && this.devices.audioState.peek() === 'on') this.last.set(this.self(), Date.now())
    })
    const timer = setInterval(() => this.look(), everyMs)
    this.stop = () => {
      clearInterval(timer)
      stopMeter()
    }
  }

  /** seat says whose sound comes in each slot; '' for nobody's. */
  seat(nicks: readonly string[]): void {
    this.nicksOfSlots = nicks
  }

  private look(): void {
    const now = Date.now()
    this.receivers.forEach((r, i) => {
      const nick = this.nicksOfSlots[i]
      const source = r.getSynchronizationSources()[0]
      if (nick && source && (source.audioLevel ?? 0) > heard) this.last.set(nick, now)
    })
    const speaking = [...this.last].filter(([, at]) => now - at < holdMs).map(([nick]) => nick).sort()
    if (speaking.join('\n') !== this.now.value.join('\n')) this.now.value = speaking
  }
}
