import { batch, computed, signal, type ReadonlySignal } from '@preact/signals'
import { keep, kept } from '../shared/kept'
import { Meter } from './meter'
import { problemOf, type Problem } from './problems'
import { keyTones, knock, melody, play } from './tone'

export type Kind = 'microphone' | 'camera' | 'speaker'
type Input = Exclude<Kind, 'speaker'>

export interface Device {
  readonly id: string
  readonly label: string // '' until the browser tells it, which it does once something is allowed
}

/** Choices beside a device's id. */
export const system = '' // whatever the system prefers
export const none = 'none'

/** A Change tells that a device was unplugged while it was used, or that it is there again and used again. n grows with each. */
export interface Change {
  readonly n: number
  readonly kind: Kind
  readonly is: 'gone' | 'back'
  readonly label: string
  readonly instead: string // label of what is used now; '' for nothing, or what the system prefers
}

/** How the browser treats the microphone's sound. */
export interface Processing {
  readonly echoCancellation: boolean
  readonly noiseSuppression: boolean
  readonly autoGainControl: boolean
}

/** The part of navigator.mediaDevices that is used here. */
export type Media = Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'>

const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } // 720p
const kinds = { audioinput: 'microphone', videoinput: 'camera', audiooutput: 'speaker' } as const
const pseudo = ['', 'default', 'communications'] // entries of Chromium that stand for another one

/**
 * Devices are the microphone, camera and speaker of this page: what there is, what is chosen, and the tracks of what is switched on.
 * A choice outlives the visit. A device that is unplugged gives way to another and comes back when it is plugged in.
 */
export class Devices {
  private readonly lists = { microphone: signal<readonly Device[]>([]), camera: signal<readonly Device[]>([]), speaker: signal<readonly Device[]>([]) }
  private readonly choices = { microphone: signal(kept('microphone') ?? system), camera: signal(kept('camera') ?? system), speaker: signal(kept('speaker') ?? system) }
  private readonly tracks = { microphone: signal<MediaStreamTrack | undefined>(undefined), camera: signal<MediaStreamTrack | undefined>(undefined) }
  private readonly wanted = { microphone: signal(true), camera: signal(true) }
  private readonly wrong = { microphone: signal<Problem | undefined>(undefined), camera: signal<Problem | undefined>(undefined) }
  private readonly lost: Partial<Record<Kind, Device>> = {} // what we would go back to
  private readonly turn = { microphone: 0, camera: 0 } // of requests: only the last one counts
  private readonly meter = new Meter()
  private readonly questions = signal(0)
  private readonly changes = signal<Change | undefined>(undefined)
  private opened = false
  private held = false // push-to-talk

  readonly microphones: ReadonlySignal<readonly Device[]> = this.lists.microphone
  readonly cameras: ReadonlySignal<readonly Device[]> = this.lists.camera
  readonly speakers: ReadonlySignal<readonly Device[]> = this.lists.speaker
  /** What is chosen: an id, or system, or none. */
  readonly microphone: ReadonlySignal<string> = this.choices.microphone
  readonly camera: ReadonlySignal<string> = this.choices.camera
  readonly speaker: ReadonlySignal<string> = this.choices.speaker
  /** Whether one wants to be heard and seen. The microphone stays open while it is muted; a camera that is off is off. */
  readonly audioOn: ReadonlySignal<boolean> = this.wanted.microphone
  readonly videoOn: ReadonlySignal<boolean> = this.wanted.camera
  readonly audio: ReadonlySignal<MediaStreamTrack | undefined> = this.tracks.microphone
  readonly video: ReadonlySignal<MediaStreamTrack | undefined> = this.tracks.camera
  readonly audioProblem: ReadonlySignal<Problem | undefined> = this.wrong.microphone
  readonly videoProblem: ReadonlySignal<Problem | undefined> = this.wrong.camera
  /** What others are told of us. */
  readonly audioState = computed(() => (this.audio.value ? (this.audioOn.value ? 'on' : 'muted') : 'none'))
  readonly videoState = computed(() =>
    this.video.value ? 'on' : this.videoProblem.value || this.camera.value === none || !this.opened ? 'none' : 'off',
  )
  /** asking: the browser waits for the user's permission. */
  readonly asking = computed(() => this.questions.value > 0)
  /** How loud the microphone is, 0 to 1; 0 while it is muted. */
  readonly level: ReadonlySignal<number> = this.meter.level
  readonly change: ReadonlySignal<Change | undefined> = this.changes
  /** The output that is in use: the chosen one while it is there. */
  readonly output = computed(() => (this.speakers.value.some((d) => d.id === this.speaker.value) ? this.speaker.value : system))
  /** How loud what comes is played, 0 to 1; whoever plays sound follows it, and output. */
  readonly volume = signal(1)
  readonly processing = signal<Processing>({ echoCancellation: true, noiseSuppression: true, autoGainControl: true })
  /** Whether this browser lets pages choose where sound goes. */
  readonly choosesSpeaker = typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype

  /** media is null where the page did not come over HTTPS. */
  constructor(private readonly media: Media | null = (navigator.mediaDevices as MediaDevices | undefined) ?? null) {}

  /** open asks for what is chosen: both at once, so that there is one question, and each alone when that fails. */
  async open(): Promise<void> {
    if (this.opened) return
    this.opened = true
    this.media?.addEventListener('devicechange', this.changed)
    const both = this.wants('microphone') && this.wants('camera')
    if (!both || !(await this.take(['microphone', 'camera']))) {
      for (const kind of ['microphone', 'camera'] as const) if (this.wants(kind)) await this.acquire(kind)
    }
    await this.list()
  }

  private wants(kind: Input): boolean {
    return this.choices[kind].value !== none && (kind === 'microphone' || this.wanted.camera.value)
  }

  /** choose takes another device. Its id is one of the list's, or system, or none. */
  async choose(kind: Kind, id: string): Promise<void> {
    delete this.lost[kind]
    this.choices[kind].value = id
    keep(kind, id)
    if (kind !== 'speaker' && this.opened) await this.renew(kind)
  }

  /** again asks once more after a problem. */
  again(kind: Input): Promise<void> {
    return this.renew(kind)
  }

  setAudioOn(on: boolean): void {
    this.held = false
    this.hear(on)
  }

  private hear(on: boolean): void {
    this.wanted.microphone.value = on
    const track = this.audio.value
    if (track) track.enabled = on
  }

  /** talk is push-to-talk: it switches a muted microphone on for as long as it is held. */
  talk(down: boolean): void {
    if (down === this.held || (down && this.audioOn.value)) return
    this.held = down
    this.hear(down)
  }

  async setVideoOn(on: boolean): Promise<void> {
    this.wanted.camera.value = on
    if (this.opened) await this.renew('camera')
  }

  async setProcessing(p: Processing): Promise<void> {
    this.processing.value = p
    if (this.audio.value) await this.renew('microphone')
  }

  /** tone plays a short sound where sound goes. It reports false when the browser does not let it. */
  tone(): Promise<boolean> {
    return play(melody, this.output.value, 0.3)
  }

  /** knock is heard while one talks and somebody else calls. */
  knock(): Promise<boolean> {
    return play(knock, this.output.value, 0.12)
  }

  /** key is how a key sounds that one presses. */
  key(key: string): Promise<boolean> {
    return play([keyTones(key)], this.output.value, 0.15)
  }

  close(): void {
    this.opened = false
    this.media?.removeEventListener('devicechange', this.changed)
    for (const kind of ['microphone', 'camera'] as const) this.drop(kind)
  }

  private async renew(kind: Input): Promise<void> {
    if (this.wants(kind)) await this.acquire(kind)
    else {
      this.drop(kind)
      this.wrong[kind].value = undefined
    }
  }

  private drop(kind: Input): void {
    this.turn[kind]++
    const track = this.tracks[kind].value
    this.tracks[kind].value = undefined
    if (kind === 'microphone') this.meter.follow(undefined)
    track?.stop()
  }

  /** acquire takes the chosen device, or what the system prefers while that is not there. */
  private async acquire(kind: Input): Promise<void> {
    if (await this.take([kind])) return
    const id = this.choices[kind].value
    if (this.wrong[kind].value !== 'missing' || id === system) return
    this.lost[kind] ??= { id, label: '' }
    await this.take([kind], system)
  }

  private async take(what: readonly Input[], id?: string): Promise<boolean> {
    const { media } = this
    const turns = what.map((kind) => ++this.turn[kind])
    const valid = (): boolean => this.opened && what.every((kind, i) => this.turn[kind] === turns[i])
    if (!media) {
      for (const kind of what) this.wrong[kind].value = 'insecure'
      return false
    }
    const constraints: MediaStreamConstraints = {}
    if (what.includes('microphone')) constraints.audio = { ...this.exact('microphone', id), ...this.processing.value }
    if (what.includes('camera')) constraints.video = { ...this.exact('camera', id), ...picture }
    this.questions.value++
    try {
      const stream = await media.getUserMedia(constraints)
      if (!valid()) stream.getTracks().forEach((t) => t.stop())
      else for (const kind of what) this.use(kind, (kind === 'camera' ? stream.getVideoTracks() : stream.getAudioTracks())[0])
      return true
    } catch (e) {
      if (!valid()) return true
      if (what.length > 1) return false // each alone says what is wrong
      for (const kind of what) {
        this.drop(kind)
        this.wrong[kind].value = problemOf(e)
      }
      return false
    } finally {
      this.questions.value--
    }
  }

  private exact(kind: Input, id = this.lost[kind] ? system : this.choices[kind].value): MediaTrackConstraints {
    return id === system ? {} : { deviceId: { exact: id } }
  }

  private use(kind: Input, track: MediaStreamTrack | undefined): void {
    const before = this.tracks[kind].value
    if (track) {
      if (kind === 'microphone') track.enabled = this.audioOn.value
      track.addEventListener('ended', () => void this.ended(kind, track))
    }
    batch(() => {
      this.tracks[kind].value = track
      this.wrong[kind].value = track ? undefined : 'missing'
    })
    before?.stop()
    if (kind === 'microphone') this.meter.follow(track)
    if (this.lists[kind].value.some((d) => d.label === '') || !this.lists[kind].value.length) void this.list()
  }

  /** ended: the device was unplugged, or taken away from the page. */
  private async ended(kind: Input, track: MediaStreamTrack): Promise<void> {
    if (this.tracks[kind].value !== track) return
    const gone = { id: track.getSettings().deviceId ?? '', label: track.label }
    this.drop(kind)
    if (!(await this.list()).some((d) => d.deviceId === gone.id)) this.lost[kind] = gone
    await this.take([kind], system)
    this.tell(kind, 'gone', gone.label, this.tracks[kind].value?.label ?? '')
  }

  private readonly changed = (): void => void this.replugged()

  private async replugged(): Promise<void> {
    const before = this.output.value
    const label = this.label('speaker', before)
    await this.list()
    if (this.output.value !== before) {
      if (before !== system) this.tell('speaker', 'gone', label, '')
      else this.tell('speaker', 'back', this.label('speaker', this.output.value), '')
    }
    for (const kind of ['microphone', 'camera'] as const) await this.comeBack(kind)
  }

  /** comeBack goes back to a device that is there again, or takes the first one there is. */
  private async comeBack(kind: Input): Promise<void> {
    const list = this.lists[kind].value
    const lost = this.lost[kind]
    if (!this.wants(kind)) return
    const found = lost && list.find((d) => d.id === lost.id || (lost.label !== '' && d.label === lost.label))
    if (found) {
      delete this.lost[kind]
      if (this.tracks[kind].value?.getSettings().deviceId !== found.id) await this.take([kind], found.id)
      this.tell(kind, 'back', found.label, found.label)
    } else if (!this.tracks[kind].value && this.wrong[kind].value === 'missing' && list.length) await this.acquire(kind)
  }

  private label(kind: Kind, id: string): string {
    return this.lists[kind].value.find((d) => d.id === id)?.label ?? ''
  }

  private tell(kind: Kind, is: Change['is'], label: string, instead: string): void {
    this.changes.value = { n: (this.changes.value?.n ?? 0) + 1, kind, is, label, instead }
  }

  private async list(): Promise<readonly MediaDeviceInfo[]> {
    const all = (await this.media?.enumerateDevices().catch(() => [])) ?? []
    const real = all.filter((d) => !pseudo.includes(d.deviceId))
    batch(() => {
      for (const [name, kind] of Object.entries(kinds)) {
        this.lists[kind].value = real.filter((d) => d.kind === name).map((d) => ({ id: d.deviceId, label: d.label }))
      }
    })
    return real
  }
}
