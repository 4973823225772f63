import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices, none, system, type Media } from './devices'
import { settled } from './fakeconnection'
import { loudness } from './meter'
import { problemOf } from './problems'

class Track extends EventTarget {
  enabled = true
  readyState = 'live'
  constructor(
    readonly kind: string,
    readonly device: MediaDeviceInfo,
  ) {
    super()
  }
  get label(): string {
    return this.device.label
  }
  getSettings = () => ({ deviceId: this.device.deviceId })
  stop(): void {
    this.readyState = 'ended'
  }
}

const device = (kind: MediaDeviceKind, deviceId: string, label: string): MediaDeviceInfo => ({ kind, deviceId, label, groupId: '', toJSON: () => '' })

/** Desk is a table with devices, and a user who answers the browser's questions. */
class Desk extends EventTarget implements Media {
  devices = [
    device('audioinput', 'default', 'Default'), device('audioinput', 'mic1', 'Built-in'), device('audioinput', 'mic2', 'Headset'),
    device('videoinput', 'cam1', 'Integrated'), device('videoinput', 'cam2', 'Desk camera'), device('audiooutput', 'out1', 'Loudspeakers'),
    device('audiooutput', 'out2', 'Headset'),
  ]
  asked: MediaStreamConstraints[] = []
  tracks: Track[] = []
  answer: (c: MediaStreamConstraints) => Error | undefined = () => undefined

  enumerateDevices = () => Promise.resolve(this.devices)

  getUserMedia(c: MediaStreamConstraints = {}): Promise<MediaStream> {
    this.asked.push(c)
    const refused = this.answer(c)
    if (refused) return Promise.reject(refused)
    const found: Track[] = []
    for (const [kind, want] of [['audioinput', c.audio], ['videoinput', c.video]] as const) {
      if (!want) continue
      const id = (want as { deviceId?: { exact: string } }).deviceId?.exact
      const d = this.devices.find((x) => x.kind === kind && x.deviceId !== 'default' && (!id || x.deviceId === id))
      if (!d) return Promise.reject(new DOMException('', id ? 'OverconstrainedError' : 'NotFoundError'))
      found.push(new Track(kind === 'audioinput' ? 'audio' : 'video', d))
    }
    this.tracks.push(...found)
    const of = (kind: string) => found.filter((t) => t.kind === kind)
    return Promise.resolve({ getTracks: () => found, getAudioTracks: () => of('audio'), getVideoTracks: () => of('video') } as unknown as MediaStream)
  }

  async unplug(id: string): Promise<void> {
    this.devices = this.devices.filter((d) => d.deviceId !== id)
    for (const t of this.tracks) {
      if (t.device.deviceId !== id || t.readyState === 'ended') continue
      t.stop()
      t.dispatchEvent(new Event('ended'))
    }
    this.dispatchEvent(new Event('devicechange'))
    await settled()
  }

  async plug(d: MediaDeviceInfo): Promise<void> {
    this.devices.push(d)
    this.dispatchEvent(new Event('devicechange'))
    await settled()
  }
}

const store = new Map<string, string>()
beforeEach(() => {
  store.clear()
  vi.stubGlobal('localStorage', { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => store.set(k, v) })
})
afterEach(() => Reflect.deleteProperty(globalThis, 'localStorage'))

async function opened(desk = new Desk()) {
  const devices = new Devices(desk)
  await devices.open()
  return { desk, devices, mic: () => devices.audio.value as unknown as Track | undefined, cam: () => devices.video.value as unknown as Track | undefined }
}

describe('devices', () => {
  it('are asked for in one question, with what calls need, and listed without the entries that stand for others', async () => {
    const { desk, devices, mic, cam } = await opened()
    expect(desk.asked).toHaveLength(1)
    expect(desk.asked[0]).toMatchObject({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: { height: { ideal: 720 } } })
    expect(devices.microphones.value.map((d) => d.label)).toEqual(['Built-in', 'Headset'])
    expect([mic()!.label, cam()!.label]).toEqual(['Built-in', 'Integrated'])
    expect([devices.audioState.value, devices.videoState.value]).toEqual(['on', 'on'])
  })

  it('are taken one by one when both together are refused, and say what is wrong with each', async () => {
    const desk = new Desk()
    desk.answer = (c) => (c.video ? new DOMException('Could not start video source', 'NotReadableError') : undefined)
    const { devices } = await opened(desk)
    expect([devices.audioState.value, devices.videoState.value]).toEqual(['on', 'none'])
    expect([devices.audioProblem.value, devices.videoProblem.value]).toEqual([undefined, 'busy'])
    desk.answer = () => undefined
    await devices.again('camera')
    expect([devices.videoState.value, devices.videoProblem.value]).toEqual(['on', undefined])
  })

  it('need not be there at all', async () => {
    const desk = new Desk()
    desk.devices = []
    const { devices } = await opened(desk)
    expect([devices.audioState.value, devices.videoState.value, devices.audioProblem.value]).toEqual(['none', 'none', 'missing'])
    await desk.plug(device('audioinput', 'mic1', 'Built-in'))
    expect(devices.audioState.value).toBe('on')
    const insecure = new Devices(null)
    await insecure.open()
    expect(insecure.audioProblem.value).toBe('insecure')
  })

  it('are remembered', async () => {
    const { devices } = await opened()
    await devices.choose('microphone', 'mic2')
    await devices.choose('camera', none)
    const next = await opened()
    expect(next.mic()!.label).toBe('Headset')
    expect(next.desk.asked).toEqual([expect.not.objectContaining({ video: expect.anything() })])
    expect(next.devices.videoState.value).toBe('none')
  })

  it('that are chosen but not there give way to what the system prefers', async () => {
    store.set('plenum.microphone', 'mic9')
    const { devices, desk, mic } = await opened()
    expect(mic()!.label).toBe('Built-in')
    await desk.plug(device('audioinput', 'mic9', 'Studio'))
    expect(mic()!.label).toBe('Studio')
    expect(devices.change.value).toMatchObject({ is: 'back', label: 'Studio' })
  })
})

describe('a device that is unplugged', () => {
  it('gives way to another and comes back when it is plugged in', async () => {
    const { desk, devices, mic } = await opened()
    await devices.choose('microphone', 'mic2')
    await desk.unplug('mic2')
    expect(mic()!.label).toBe('Built-in')
    expect(devices.change.value).toEqual({ n: 1, kind: 'microphone', is: 'gone', label: 'Headset', instead: 'Built-in' })
    await desk.plug(device('audioinput', 'mic2', 'Headset'))
    expect(mic()!.label).toBe('Headset')
    expect(devices.change.value).toMatchObject({ n: 2, is: 'back', label: 'Headset' })
    expect(desk.tracks.filter((t) => t.kind === 'audio' && t.readyState === 'live')).toHaveLength(1)
  })

  it('stays away when another was chosen meanwhile', async () => {
    const { desk, devices, cam } = await opened()
    await desk.unplug('cam1')
    expect(cam()!.label).toBe('Desk camera')
    await devices.choose('camera', 'cam2')
    await desk.plug(device('videoinput', 'cam1', 'Integrated'))
    expect(cam()!.label).toBe('Desk camera')
  })

  it('leaves nothing when it was the only one, until one is there', async () => {
    const { desk, devices } = await opened()
    await desk.unplug('cam2')
    await desk.unplug('cam1')
    expect([devices.videoState.value, devices.videoProblem.value]).toEqual(['none', 'missing'])
    expect(devices.change.value).toMatchObject({ kind: 'camera', is: 'gone', instead: '' })
    await desk.plug(device('videoinput', 'cam1', 'Integrated'))
    expect(devices.videoState.value).toBe('on')
  })

  it('is told for the speaker too', async () => {
    const { desk, devices } = await opened()
    await devices.choose('speaker', 'out2')
    expect(devices.output.value).toBe('out2')
    await desk.unplug('out2')
    expect([devices.output.value, devices.speaker.value]).toEqual([system, 'out2'])
    expect(devices.change.value).toMatchObject({ kind: 'speaker', is: 'gone', label: 'Headset' })
    await desk.plug(device('audiooutput', 'out2', 'Headset'))
    expect(devices.output.value).toBe('out2')
  })
})

describe('what is on', () => {
  it('a microphone that is muted stays open, a camera that is off is off', async () => {
    const { devices, mic, cam } = await opened()
    devices.setAudioOn(false)
    expect([devices.audioState.value, mic()!.enabled, mic()!.readyState]).toEqual(['muted', false, 'live'])
    const before = cam()!
    await devices.setVideoOn(false)
    expect([devices.videoState.value, before.readyState, cam()]).toEqual(['off', 'ended', undefined])
    await devices.setVideoOn(true)
    expect(devices.videoState.value).toBe('on')
    await devices.choose('microphone', 'mic2')
    expect(mic()!.enabled).toBe(false) // still muted
  })

  it('push-to-talk is on for as long as it is held, and changes nothing for who is not muted', async () => {
    const { devices } = await opened()
    devices.talk(true)
    devices.talk(false)
    expect(devices.audioOn.value).toBe(true)
    devices.setAudioOn(false)
    devices.talk(true)
    devices.talk(true)
    expect(devices.audioOn.value).toBe(true)
    devices.talk(false)
    expect(devices.audioOn.value).toBe(false)
  })

  it('only the last choice counts, whatever order the browser answers in', async () => {
    const { desk, devices, mic } = await opened()
    const late = desk.getUserMedia.bind(desk)
    const release: (() => void)[] = []
    desk.getUserMedia = (c) => new Promise((resolve) => release.push(() => resolve(late(c))))
    void devices.choose('microphone', 'mic1')
    void devices.choose('microphone', 'mic2')
    release[1]!()
    await settled()
    release[0]!()
    await settled()
    expect(mic()!.label).toBe('Headset')
    expect(desk.tracks.filter((t) => t.kind === 'audio' && t.readyState === 'live')).toHaveLength(1)
  })

  it('everything is let go of in the end', async () => {
    const { desk, devices } = await opened()
    devices.close()
    expect(desk.tracks.every((t) => t.readyState === 'ended')).toBe(true)
  })
})

describe('why there is none', () => {
  it.each([
    ['NotAllowedError', 'Permission denied', 'blocked'],
    ['NotAllowedError', 'Permission dismissed', 'dismissed'],
    ['NotAllowedError', 'Permission denied by system', 'system'],
    ['NotFoundError', 'Requested device not found', 'missing'],
    ['NotReadableError', 'Could not start video source', 'busy'],
    ['AbortError', '', 'busy'],
    ['SecurityError', '', 'system'],
    ['TypeError', '', 'failed'],
  ])('%s (%s) is %s', (name, message, problem) => {
    expect(problemOf(new DOMException(message, name))).toBe(problem)
  })
})

describe('the level', () => {
  it.each([[0, 0], [0.001, 0], [0.0316, 0.5], [1, 1]])('of a signal of %d is %d', (value, level) => {
    expect(loudness(new Float32Array(64).fill(value))).toBeCloseTo(level, 2)
  })
})
