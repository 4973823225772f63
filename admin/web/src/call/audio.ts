import { effect, signal, type ReadonlySignal } from '@preact/signals'
import type { Devices } from './devices'
import { audioContext } from './meter'

/** AudioOut plays tracks on the output and as loud as is chosen in Devices. */
export class AudioOut {
  private elements: HTMLAudioElement[] = []
  private readonly blocked = signal(false)
  /** silent: the browser plays nothing before the user has pressed something, which is waited for. */
  readonly silent: ReadonlySignal<boolean> = this.blocked
  private readonly stop: () => void

  constructor(private readonly devices: Pick<Devices, 'output' | 'volume'>) {
    this.stop = effect(() => {
      const [output, volume] = [devices.output.value, devices.volume.value]
      for (const e of this.elements) {
        this.direct(e, output)
        e.volume = volume
      }
    })
  }

  /** play plays these tracks and no others. */
  play(tracks: readonly MediaStreamTrack[]): void {
    const playing = this.elements.map((e) => (e.srcObject as MediaStream).getTracks()[0])
    this.elements = tracks.map((track) => this.elements[playing.indexOf(track)] ?? this.element(track))
  }

  private element(track: MediaStreamTrack): HTMLAudioElement {
    const e = new Audio()
    e.srcObject = new MediaStream([track])
    this.direct(e, this.devices.output.peek())
    e.volume = this.devices.volume.peek()
    this.start(e)
    return e
  }

  private direct(e: HTMLAudioElement, output: string): void {
    // An output that is not there any more is as good as the one that the system prefers.
    if ('setSinkId' in e && e.sinkId !== output) void e.setSinkId(output).catch(() => e.setSinkId(''))
  }

  private start(e: HTMLAudioElement): void {
    e.play().catch((why: unknown) => {
      if (!(why instanceof DOMException) || why.name !== 'NotAllowedError' || this.blocked.value) return
      this.blocked.value = true
      for (const kind of gestures) addEventListener(kind, this.unlock, { capture: true })
    })
  }

  private readonly unlock = (): void => {
    for (const kind of gestures) removeEventListener(kind, this.unlock, { capture: true })
    this.blocked.value = false
    void audioContext().resume()
    for (const e of this.elements) this.start(e)
  }

  close(): void {
    this.stop()
    for (const kind of gestures) removeEventListener(kind, this.unlock, { capture: true })
    this.blocked.value = false
    for (const e of this.elements) e.srcObject = null
    this.elements = []
  }
}

const gestures = ['pointerdown', 'keydown'] as const
