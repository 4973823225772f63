// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices } from '../call'
import { FakeMeeting } from '../call/fake'
import { listenToKeys } from './keys'

const press = (key: string, target: EventTarget = document.body, more: KeyboardEventInit = {}): boolean =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
const release = (key: string): boolean => dispatchEvent(new KeyboardEvent('keyup', { key }))

describe('the keys of a meeting', () => {
  let meeting: FakeMeeting
  let stop: () => void
  let said: string[]
  beforeEach(() => {
    document.body.innerHTML = '<textarea></textarea><button></button><input type="checkbox"><input type="range">'
    meeting = new FakeMeeting(new Devices(undefined))
    said = []
    vi.spyOn(meeting, 'setAudio').mockImplementation((on) => void said.push(`audio ${on}`))
    vi.spyOn(meeting, 'setVideo').mockImplementation((on) => void said.push(`video ${on}`))
    vi.spyOn(meeting, 'talk').mockImplementation((down) => void said.push(`talk ${down}`))
    stop = listenToKeys(meeting)
  })
  afterEach(() => stop())
  const at = (selector: string): Element => document.querySelector(selector)!

  it('are M, V and H, whatever Shift does', () => {
    for (const key of ['m', 'V', 'h']) press(key)
    expect([said, meeting.own.hand.value]).toEqual([['audio true', 'video true'], true])
    press('H')
    expect(meeting.own.hand.value).toBe(false)
  })

  it('are off while one types, while they repeat, and with Ctrl', () => {
    press('m', at('textarea'))
    press(' ', at('textarea'))
    press('m', document.body, { repeat: true })
    press('v', document.body, { ctrlKey: true })
    press('v', document.body, { metaKey: true })
    expect(said).toEqual([])
    press('m', at('[type=checkbox]'))
    press('m', at('[type=range]'))
    expect(said).toHaveLength(2)
  })

  it('let one talk as long as Space is held, once', () => {
    expect(press(' ')).toBe(false) // the page does not scroll
    press(' ', document.body, { repeat: true })
    release('x')
    expect(said).toEqual(['talk true'])
    release(' ')
    release(' ')
    expect(said).toEqual(['talk true', 'talk false'])
  })

  it('leave Space to the button that has the focus', () => {
    expect(press(' ', at('button'))).toBe(true)
    expect(said).toEqual([])
  })

  it('let go when the window loses the focus, or the meeting is over', () => {
    press(' ')
    dispatchEvent(new Event('blur'))
    press(' ')
    stop()
    expect(said).toEqual(['talk true', 'talk false', 'talk true', 'talk false'])
    press('m')
    expect(said).toHaveLength(4)
  })
})
