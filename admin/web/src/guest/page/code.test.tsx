// @vitest-environment jsdom
import { render } from 'preact'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices } from '../../call'
import { FakeMeeting } from '../../call/fake'
import { setLang } from '../../shared/i18n'
import { PhoneCode } from './code'
import { Visit, type Part } from './visit'

const text = (): string => document.body.textContent ?? ''

describe('the code for a telephone', () => {
  let v: Visit
  let meeting: FakeMeeting
  beforeEach(() => {
    setLang('en')
    const part = { stanza: () => {}, request: () => undefined, online: () => {}, close: () => {} }
    const devices = new Devices(undefined)
    meeting = new FakeMeeting(devices, 'Sofia', 0)
    v = new Visit('t', devices, (): Part => Object.assign(meeting, part))
    v.invited.value = { group: 'Demo', state: 'open', room: 'demo@groups.localhost', domain: 'guest.localhost', dialIn: { number: '+49991296916', pin: '313787136' } }
    render(null, document.body)
  })

  it('is not there for who has not asked for one', () => {
    render(<PhoneCode visit={v} meeting={meeting} />, document.body)
    expect(text()).toBe('')
  })

  it('stands beside number and PIN until the call has come: A-042', async () => {
    v.code.value = '4711'
    meeting.play('waiting')
    render(<PhoneCode visit={v} meeting={meeting} />, document.body)
    expect(text()).toBe('Call +49991296916, enter the PIN 313 787 136, and then this code: 4711')
    meeting.participants.value = meeting.participants.value.map((p) => ({ ...p, phone: true }))
    await vi.waitFor(() => expect(text()).toBe('Your telephone carries the sound.'))
    render(<PhoneCode visit={v} meeting={meeting} floats />, document.body)
    expect(text()).toBe('')
  })

  it('is told in German too', () => {
    setLang('de')
    v.code.value = '4711'
    render(<PhoneCode visit={v} meeting={meeting} />, document.body)
    expect(text()).toContain('geben Sie die PIN 313 787 136 ein und danach diese Nummer: 4711')
  })
})
