// @vitest-environment jsdom
import { render } from 'preact'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices, type Media } from '../../call'
import { FakeMeeting } from '../../call/fake'
import { setLang } from '../../shared/i18n'
import { Options } from './options'
import { Visit, type Part } from './visit'

/** A track as far as lists of devices need one. */
const trackOf = (label: string, deviceId: string): MediaStreamTrack =>
  Object.assign(new EventTarget(), { label, enabled: true, getSettings: () => ({ deviceId }), stop: () => {} }) as unknown as MediaStreamTrack

/** media has these devices, and answers with this error when one of them is asked for. */
function media(labels: Record<string, MediaDeviceKind>, refuse = ''): Media {
  const list = Object.entries(labels).map(([label, kind]) => ({ deviceId: label, label, kind, groupId: '', toJSON: () => ({}) }))
  const take = (kind: MediaDeviceKind, wanted: unknown): MediaStreamTrack[] => {
    const found = list.find((d) => d.kind === kind)
    return wanted && found ? [trackOf(found.label, found.deviceId)] : []
  }
  return Object.assign(new EventTarget(), {
    enumerateDevices: () => Promise.resolve(list as MediaDeviceInfo[]),
    getUserMedia: (want: MediaStreamConstraints = {}) => {
      if (refuse) return Promise.reject(new DOMException('', refuse))
      const [sound, pictures] = [take('audioinput', want.audio), take('videoinput', want.video)]
      if ((want.audio && !sound.length) || (want.video && !pictures.length)) return Promise.reject(new DOMException('', 'NotFoundError'))
      return Promise.resolve({ getAudioTracks: () => sound, getVideoTracks: () => pictures, getTracks: () => [...sound, ...pictures] } as unknown as MediaStream)
    },
  })
}

const devicesOnDesk = { Webcam: 'videoinput', Headset: 'audioinput', 'Built-in': 'audioinput', Loudspeakers: 'audiooutput' } as const

async function show(from: Media, dialIn?: { number: string; pin: string }): Promise<Visit> {
  const part = { stanza: () => {}, request: () => undefined, online: () => {}, close: () => {} }
  const v = new Visit('t', new Devices(from), ({ devices }): Part => Object.assign(new FakeMeeting(devices), part))
  v.invited.value = { group: 'Demo Group', state: 'open', room: 'demo@groups.localhost', domain: 'guest.localhost', running: true, ...(dialIn && { dialIn }) }
  render(<Options visit={v} />, document.body)
  await vi.waitFor(() => expect([v.devices.asking.value, v.devices.video.value !== undefined || v.devices.videoProblem.value !== undefined]).toEqual([false, true]))
  await vi.waitFor(() => expect(document.body.innerHTML).not.toContain('Allow it in the browser'))
  return v
}

const choices = (kind: string): string[] => [...document.querySelectorAll(`[data-device=${kind}] option`)].map((o) => o.textContent ?? '')
const text = (): string => document.body.textContent ?? ''

beforeEach(() => {
  localStorage.clear()
  setLang('en')
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }))
  vi.stubGlobal('MediaStream', class {})
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue()
  vi.stubGlobal('AudioContext', class {
    resume = () => Promise.resolve()
    createMediaStreamSource = () => ({ connect: () => {}, disconnect: () => {} })
  })
  vi.stubGlobal('AnalyserNode', class {
    fftSize = 1024
    getFloatTimeDomainData(): void {}
  })
})
afterEach(() => {
  render(null, document.body)
  vi.unstubAllGlobals()
})

describe('the options', () => {
  it('name the group, say that its meeting is under way, and ask for a name: A-038, A-039', async () => {
    await show(media(devicesOnDesk))
    expect(document.querySelector('h1')?.textContent).toBe('Demo Group')
    expect(text()).toContain('In progress')
    expect(document.activeElement?.id).toBe('name')
  })

  it('list what is plugged in, and none: A-040, A-041', async () => {
    const v = await show(media(devicesOnDesk))
    expect(choices('camera')).toEqual(['Webcam', 'No camera'])
    expect(choices('microphone')).toEqual(['As the system has it', 'Headset', 'Built-in', 'No microphone'])
    expect(document.querySelector('[role=meter]')).not.toBe(null)
    const camera = document.querySelector<HTMLSelectElement>('[data-device=camera]')!
    camera.value = 'none'
    camera.dispatchEvent(new Event('change'))
    await vi.waitFor(() => expect(v.devices.video.value).toBe(undefined))
    await vi.waitFor(() => expect(text()).toContain('Camera is off'))
  })

  it.each([
    ['NotAllowedError', 'The browser blocks the camera. Click the camera sign in the address bar'],
    ['NotReadableError', 'Another program uses the camera, or it does not work.'],
    ['NotFoundError', 'No camera was found. Plug one in'],
  ])('say after %s what to do, and let one join all the same', async (error, words) => {
    await show(media(devicesOnDesk, error))
    expect(text()).toContain(words)
    expect(document.querySelector('button.btn--xl')?.getAttribute('aria-disabled')).toBe('false')
  })

  it('offer the telephone where there is a number, and only there: A-022, A-042', async () => {
    await show(media(devicesOnDesk))
    expect(document.querySelector('.audio-tabs')).toBe(null)
    render(null, document.body)
    const v = await show(media(devicesOnDesk), { number: '+49 9912 969166', pin: '313787136' })
    document.querySelectorAll<HTMLInputElement>('.audio-tabs input')[1]!.click()
    await vi.waitFor(() => expect(text()).toContain('313 787 136'))
    expect(text()).toContain('+49 9912 969166')
    expect([v.devices.audioOn.value, v.devices.volume.value]).toEqual([false, 0])
  })
})
