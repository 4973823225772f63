import { effect, signal, type ReadonlySignal } from '@preact/signals'
import { audioContext } from './meter'

/** AudioOut plays tracks on the chosen output. */
export class AudioOut {
  private elements: HTMLAudioElement[] = []
  private readonly blocked = signal(false)
  /** silent: the browser plays nothing before the user has pressed something, which is waited for. */
  readonly silent: ReadonlySignal<boolean> = this.blocked
  private readonly stop: () => void

  constructor(private readonly output: ReadonlySignal<string>) {
    this.stop = effect(() => {
      void this.output.value
      for (const e of this.elements) this.direct(e)
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
    this.direct(e)
    this.start(e)
    return e
  }

  private direct(e: HTMLAudioElement): void {
    // An output that is not there any more is as good as the one that the system prefers.
    if ('setSinkId' in e && e.sinkId !== this.output.peek()) void e.setSinkId(this.output.peek()).catch(() => e.setSinkId(''))
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
