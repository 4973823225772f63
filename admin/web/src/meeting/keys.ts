import { useLayoutEffect } from 'preact/hooks'
import type { Meeting } from '../call'

/** typing tells whether keys go into what has the focus, as text. */
export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest('input:not([type=checkbox], [type=range]), textarea, select') !== null)
}

/** pressable: Space presses it. Whoever wants to talk leaves it first. */
function pressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a[href], summary, input, [role=menuitem]') !== null
}

/** toggleFullScreen shows the whole page on the whole screen, and back. A browser that refuses leaves everything as it is. */
export function toggleFullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
  done.catch(() => {})
}

/** What buttons and keys do alike. */
export const toggle = {
  microphone: (m: Meeting): void => m.setAudio(m.own.audio.value !== 'on'),
  camera: (m: Meeting): void => m.setVideo(m.own.video.value !== 'on'),
  hand: (m: Meeting): void => m.raise(!m.own.hand.value),
}

/**
 * The keys of a meeting: M, V, H, F, and Space held to talk. They are off while one types, and with Ctrl and the like, which
 * are the browser's. What makes Space let go ends the talking: also the window's losing the focus.
 */
export function listenToKeys(meeting: Meeting): () => void {
  const does: Record<string, (m: Meeting) => void> = { m: toggle.microphone, v: toggle.camera, h: toggle.hand, f: toggleFullScreen }
  let held = false
  const release = (): void => {
    if (held) meeting.talk(false)
    held = false
  }
  const down = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.isComposing || typing(e.target) || document.querySelector('dialog[open]')) return
    if (e.key === ' ' && !pressable(e.target)) {
      e.preventDefault() // the page would scroll
      if (!held) meeting.talk(true)
      held = true
      return
    }
    const act = does[e.key.toLowerCase()]
    if (!act || e.repeat) return
    e.preventDefault()
    act(meeting)
  }
  const up = (e: KeyboardEvent): void => {
    if (e.key === ' ') release()
  }
  addEventListener('keydown', down)
  addEventListener('keyup', up)
  addEventListener('blur', release)
  return () => {
    release()
    removeEventListener('keydown', down)
    removeEventListener('keyup', up)
    removeEventListener('blur', release)
  }
}

export function useMeetingKeys(meeting: Meeting): void {
  useLayoutEffect(() => listenToKeys(meeting), [meeting]) // what is seen can be used
}
