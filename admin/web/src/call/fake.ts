// What pages are developed and tested with where there is no server and no device: a meeting that plays a scene, and devices that
// draw and hum. Nothing of the product imports this.
import { computed, signal } from '@preact/signals'
import type { Fault } from '../shared/xmpp'
import { noConference } from './conference'
import type { Devices, Media } from './devices'
import { audioContext } from './meter'
import type { Link, Meeting, Notice, Order, Own, Participant, Picture, Quality, Source } from './types'

/** fakePicture is a track with moving bars and a word on it. */
export function fakePicture(word: string, width = 640, height = 360): MediaStreamTrack {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const c = canvas.getContext('2d')!
  const hue = [...word].reduce((sum, letter) => sum + letter.charCodeAt(0) * 37, 0) % 360
  let step = 0
  const draw = (): void => {
    c.fillStyle = `hsl(${hue} 45% 32%)`
    c.fillRect(0, 0, width, height)
    c.fillStyle = `hsl(${hue} 60% 60%)`
    c.fillRect((step++ * 8) % width, height * 0.75, width / 8, height / 12)
    c.fillStyle = '#fff'
    c.font = `${height / 7}px sans-serif`
    c.textAlign = 'center'
    c.fillText(word, width / 2, height / 2)
  }
  draw()
  const track = canvas.captureStream(15).getVideoTracks()[0]!
  const timer = setInterval(() => (track.readyState === 'ended' ? clearInterval(timer) : draw()), 66)
  return track
}

/** fakeSound is a track with a quiet tone. */
export function fakeSound(hz = 220): MediaStreamTrack {
  const context = audioContext()
  const out = context.createMediaStreamDestination()
  const tone = new OscillatorNode(context, { frequency: hz })
  tone.connect(new GainNode(context, { gain: 0.1 })).connect(out)
  tone.start()
  return out.stream.getAudioTracks()[0]!
}

interface FakeDevice {
  readonly deviceId: string
  readonly kind: MediaDeviceKind
  readonly label: string
}

/** FakeMedia stands for navigator.mediaDevices: new Devices(new FakeMedia()). Devices can be plugged in, unplugged and refused. */
export class FakeMedia extends EventTarget implements Media {
  devices: FakeDevice[] = [
    { deviceId: 'mic1', kind: 'audioinput', label: 'Built-in microphone' },
    { deviceId: 'mic2', kind: 'audioinput', label: 'Headset' },
    { deviceId: 'cam1', kind: 'videoinput', label: 'Integrated camera' },
    { deviceId: 'cam2', kind: 'videoinput', label: 'Desk camera' },
    { deviceId: 'out1', kind: 'audiooutput', label: 'Loudspeakers' },
    { deviceId: 'out2', kind: 'audiooutput', label: 'Headset' },
  ]
  /** refuse is the name of the error that the next questions end with, such as NotAllowedError. */
  refuse = ''
  private readonly open: { id: string; track: MediaStreamTrack }[] = []

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve(this.devices.map((d) => ({ ...d, groupId: '', toJSON: () => d })))
  }

  getUserMedia(want: MediaStreamConstraints = {}): Promise<MediaStream> {
    if (this.refuse) return Promise.reject(new DOMException('', this.refuse))
    const tracks: MediaStreamTrack[] = []
    for (const [kind, asked] of [['audioinput', want.audio], ['videoinput', want.video]] as const) {
      if (!asked) continue
      const id = typeof asked === 'object' ? (asked.deviceId as { exact?: string } | undefined)?.exact : undefined
      const found = this.devices.find((d) => d.kind === kind && (!id || d.deviceId === id))
      if (!found) return Promise.reject(new DOMException('', id ? 'OverconstrainedError' : 'NotFoundError'))
      const track = kind === 'audioinput' ? fakeSound() : fakePicture(found.label, 1280, 720)
      Object.defineProperty(track, 'label', { value: found.label })
      Object.defineProperty(track, 'getSettings', { value: () => ({ deviceId: found.deviceId }) })
      this.open.push({ id: found.deviceId, track })
      tracks.push(track)
    }
    return Promise.resolve(new MediaStream(tracks))
  }

  unplug(id: string): void {
    this.devices = this.devices.filter((d) => d.deviceId !== id)
    for (const o of this.open) {
      if (o.id !== id || o.track.readyState === 'ended') continue
      o.track.stop() // which says nothing by itself
      o.track.dispatchEvent(new Event('ended'))
    }
    this.dispatchEvent(new Event('devicechange'))
  }

  plug(device: FakeDevice): void {
    this.devices = [...this.devices, device]
    this.dispatchEvent(new Event('devicechange'))
  }
}

export const nobody: Participant = {
  nick: '', id: '', state: 'live', moderator: false, guest: false, audio: 'on', video: 'on', screen: false, hand: 0, phone: false,
  quality: 'good', self: false,
}

const cast: readonly Partial<Participant>[] = [
  { nick: 'Clara Vogt', moderator: true },
  { nick: 'Ben Adeyemi', audio: 'muted' },
  { nick: 'Jun Tanaka', guest: true, quality: 'fair' },
  { nick: 'Marta Lindqvist', video: 'off', hand: Date.now() - 60_000 },
  { nick: '+49 30 1234567', phone: true, guest: true, video: 'none' },
  { nick: 'Priya Raman', quality: 'poor' },
  { nick: 'Tom Becker', audio: 'none' },
  { nick: 'Elif Kaya', guest: true },
  { nick: 'Noah Weiss', video: 'off' },
  { nick: 'Ines Duarte' },
]

/** FakeMeeting plays a conference. Every signal can be set, and play sets them all to a scene. */
export class FakeMeeting implements Meeting {
  readonly link = signal<Link>({ is: 'none' })
  readonly conference = signal(noConference)
  readonly participants = signal<readonly Participant[]>([])
  readonly pictures = signal<readonly Picture[]>([])
  readonly dominant = signal('')
  readonly speaking = signal<ReadonlySet<string>>(new Set())
  readonly quality = signal<Quality | undefined>(undefined)
  readonly notice = signal<Notice | undefined>(undefined)
  readonly pinned = signal<{ nick: string; media: Source } | undefined>(undefined)
  readonly silent = signal(false)
  readonly sharable = true
  readonly screen = signal<MediaStreamTrack | undefined>(undefined)
  readonly hand = signal(false)
  readonly own: Own
  heights: readonly number[] = []
  readonly orders: Order[] = []
  /** refusal is what orders are answered with; undefined: they are done. */
  refusal: Fault | undefined
  private readonly shown = new Map<string, MediaStreamTrack>()
  private timer: ReturnType<typeof setInterval> | undefined

  /** self is our nick, count how many others take part, moderator whether we may control the conference. */
  constructor(
    private readonly devices: Devices,
    private readonly self = 'Sofia Marques',
    private readonly count = 5,
    private readonly moderator = false,
  ) {
    this.own = {
      audio: devices.audioState,
      video: devices.videoState,
      camera: devices.video,
      screen: computed(() => this.screen.value),
      hand: this.hand,
    }
  }

  /** play sets a scene. While it is live, somebody else begins to speak every three seconds. */
  play(scene: 'idle' | 'waiting' | 'knocking' | 'live' | 'hold' | 'ended' | 'lost'): void {
    clearInterval(this.timer)
    const live = scene === 'live' || scene === 'lost'
    const state = scene === 'knocking' || scene === 'lost' ? 'live' : scene
    const you = scene === 'hold' ? 'waiting' : live ? 'live' : scene === 'waiting' || scene === 'knocking' ? scene : 'none'
    const others = cast.slice(0, this.count).map((p, i): Participant => ({ ...nobody, ...p, id: `o${i}` }))
    this.conference.value = {
      ...noConference, state, you, since: Date.now(), moderator: this.moderator, people: live ? others.length + 1 : 1,
      reason: scene === 'waiting' ? 'no-moderator' : scene === 'hold' ? 'moderator-left' : scene === 'ended' ? 'ended' : '',
    }
    this.link.value =
      scene === 'lost' ? { is: 'reconnecting', since: Date.now() } : scene === 'ended' ? { is: 'ended', why: { why: 'ended' } } : you === 'none' ? { is: 'none' } : { is: 'connected' }
    const me: Participant = { ...nobody, nick: this.self, id: 'me', self: true, guest: !this.moderator, moderator: this.moderator, state: you === 'none' ? 'live' : you }
    this.participants.value = live ? [...others, me] : you === 'none' ? [] : [me]
    this.quality.value = live ? { grade: 'good', rtt: 32, jitter: 4, lost: 0 } : undefined
    this.seat(live ? others : [])
    if (live) this.timer = setInterval(() => this.speak(others), 3000)
    if (live) this.speak(others)
  }

  private seat(people: readonly Participant[]): void {
    const shown = people.filter((p) => p.screen || p.video === 'on')
    this.pictures.value = shown.slice(0, 9).map((p, slot) => ({
      slot, nick: p.nick, media: p.screen ? 'screen' : 'camera', paused: p.quality === 'poor', track: this.picture(p.nick),
    }))
  }

  private picture(nick: string): MediaStreamTrack {
    const track = this.shown.get(nick) ?? fakePicture(nick)
    this.shown.set(nick, track)
    return track
  }

  private speak(people: readonly Participant[]): void {
    const able = people.filter((p) => p.audio === 'on')
    const next = able[(able.findIndex((p) => p.nick === this.dominant.value) + 1) % able.length]
    this.dominant.value = next?.nick ?? ''
    this.speaking.value = new Set(next ? [next.nick] : [])
  }

  join(): void {
    this.play('waiting')
  }
  leave(): void {
    this.play('idle')
  }
  setAudio(on: boolean): void {
    this.devices.setAudioOn(on)
  }
  setVideo(on: boolean): void {
    void this.devices.setVideoOn(on)
  }
  talk(down: boolean): void {
    this.devices.talk(down)
  }
  share(): Promise<boolean> {
    this.screen.value = fakePicture('Screen', 1280, 720)
    return Promise.resolve(true)
  }
  unshare(): void {
    this.screen.value?.stop()
    this.screen.value = undefined
  }
  raise(hand: boolean): void {
    this.hand.value = hand
  }
  view(heights: readonly number[]): void {
    this.heights = heights
  }
  pin(what: { nick: string; media: Source } | undefined): void {
    this.pinned.value = what
  }
  order(o: Order): Promise<Fault | undefined> {
    this.orders.push(o)
    return Promise.resolve(this.refusal)
  }
}
