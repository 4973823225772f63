import { signal, type ReadonlySignal } from '@preact/signals'

const everyMs = 100
const floor = 60 // dB below full scale that count as silence

let shared: AudioContext | undefined

/** audioContext is the audio machinery of this page: browsers allow few of them, so there is one. It may rest until the user does something. */
export function audioContext(): AudioContext {
  if (shared) return shared
  const context = (shared = new AudioContext())
  const wake = (): void => void context.resume()
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, wake, { capture: true })
  context.onstatechange = () => {
    if (context.state !== 'running') return
    for (const kind of ['pointerdown', 'keydown']) removeEventListener(kind, wake, { capture: true })
  }
  return context
}

/** A Meter tells how loud a track is, 0 to 1, for as long as somebody watches its level. */
export class Meter {
  private track: MediaStreamTrack | undefined
  private stop: (() => void) | undefined
  private watched = false
  private readonly value = signal(0, {
    watched: () => this.watch(true),
    unwatched: () => this.watch(false),
  })
  readonly level: ReadonlySignal<number> = this.value

  follow(track: MediaStreamTrack | undefined): void {
    if (track === this.track) return
    this.track = track
    this.restart()
  }

  private watch(on: boolean): void {
    this.watched = on
    this.restart()
  }

  private restart(): void {
    this.stop?.()
    this.stop = undefined
    this.value.value = 0
    if (!this.track || !this.watched) return
    const context = audioContext()
    void context.resume()
    const source = context.createMediaStreamSource(new MediaStream([this.track]))
    const analyser = new AnalyserNode(context, { fftSize: 1024 })
    source.connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      this.value.value = loudness(samples)
    }, everyMs)
    this.stop = () => {
      clearInterval(timer)
      source.disconnect()
    }
  }
}

/** loudness is 0 for silence and 1 for as loud as it goes, in equal steps to the ear. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const s of samples) sum += s * s
  const db = 10 * Math.log10(sum / samples.length || 1e-12)
  return Math.min(1, Math.max(0, 1 + db / floor))
}
