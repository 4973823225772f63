import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Devices, Meeting } from '../call'
import { Icon } from '../shared/icon'
import { cam, camOff, chat, full, hand, leave, mic, micOff, people, share, shrink, up } from '../shared/icons'
import { texts } from '../shared/i18n'
import { CameraChoice, MicrophoneChoice, SpeakerChoice } from './devices'
import { toggle, toggleFullScreen } from './keys'
import type { Panels } from './panels'
import { Popover } from './popover'

const t = texts({
  en: {
    bar: 'Meeting', chat: 'Chat', chatNew: 'Chat, {n} new', people: 'Participants',
    micOn: 'Microphone on, mute (M)', micOff: 'Microphone off, turn on (M)', noMic: 'No microphone, choose one', sound: 'Microphone and speaker',
    camOn: 'Camera on, turn off (V)', camOff: 'Camera off, turn on (V)', camera: 'Camera',
    share: 'Share your screen', unshare: 'Stop sharing your screen', raise: 'Raise hand (H)', lower: 'Hand raised, lower it (H)',
    full: 'Full screen (F)', small: 'Leave full screen (F)', leave: 'Leave',
  },
  de: {
    bar: 'Besprechung', chat: 'Chat', chatNew: 'Chat, {n} neu', people: 'Teilnehmende',
    micOn: 'Mikrofon an, stummschalten (M)', micOff: 'Mikrofon aus, einschalten (M)', noMic: 'Kein Mikrofon, eines wählen', sound: 'Mikrofon und Lautsprecher',
    camOn: 'Kamera an, ausschalten (V)', camOff: 'Kamera aus, einschalten (V)', camera: 'Kamera',
    share: 'Bildschirm teilen', unshare: 'Bildschirm nicht mehr teilen', raise: 'Hand heben (H)', lower: 'Hand gehoben, senken (H)',
    full: 'Vollbild (F)', small: 'Vollbild verlassen (F)', leave: 'Verlassen',
  },
})

interface Props {
  meeting: Meeting
  chatOnly: boolean
  devices: Devices
  panels: Panels
  unread: number
  bar: RefObject<HTMLElement | null>
  onLeave: () => void
}

/** What one can do in the meeting, and the two switches of the panels. */
export function Toolbar({ meeting, chatOnly, devices, panels, unread, bar, onLeave }: Props) {
  return (
    <footer class="meet-bar" ref={bar} onMouseDown={keepFocus}>
      <Panel which="chat" panels={panels} icon={chat} name={unread ? t('chatNew', { n: unread }) : t('chat')} unread={unread} />
      <div class="toolbar" role="group" aria-label={t('bar')}>
        {!chatOnly && <Media meeting={meeting} devices={devices} />}
        <FullScreen />
        <button type="button" class="tool tool--leave" onClick={onLeave}>
          <Icon of={leave} />
          <span>{t('leave')}</span>
        </button>
      </div>
      <Panel which="people" panels={panels} icon={people} name={t('people')} unread={0} />
    </footer>
  )
}

function Media({ meeting, devices }: { meeting: Meeting; devices: Devices }) {
  return (
    <>
      <span class="tool-join">
        <Microphone meeting={meeting} devices={devices} />
        <Popover class="tool hide-narrow" label={t('sound')} button={<Icon of={up} />}>
          <MicrophoneChoice devices={devices} />
          <SpeakerChoice devices={devices} />
        </Popover>
      </span>
      <span class="tool-join">
        <Camera meeting={meeting} />
        <Popover class="tool hide-narrow" label={t('camera')} button={<Icon of={up} />}>
          <CameraChoice devices={devices} />
        </Popover>
      </span>
      <Share meeting={meeting} />
      <Hand meeting={meeting} />
    </>
  )
}

/** A press of the mouse leaves the focus where it is: Space goes on to talk, and is not a second press. */
export function keepFocus(e: MouseEvent): void {
  if (e.target instanceof Element && e.target.closest('button')) e.preventDefault()
}

function Microphone({ meeting, devices }: { meeting: Meeting; devices: Devices }) {
  const state = meeting.own.audio.value
  const on = state === 'on'
  const name = t(on ? 'micOn' : state === 'muted' ? 'micOff' : 'noMic')
  const press = (): void => {
    if (state === 'none') void devices.again('microphone')
    else toggle.microphone(meeting)
  }
  return (
    <button type="button" class={`tool${on ? '' : ' is-off'}`} data-tool="microphone" aria-pressed={on} aria-keyshortcuts="M" aria-label={name} title={name} onClick={press}>
      <Icon of={on ? mic : micOff} />
    </button>
  )
}

function Camera({ meeting }: { meeting: Meeting }) {
  const on = meeting.own.video.value === 'on'
  const name = t(on ? 'camOn' : 'camOff')
  return (
    <button type="button" class={`tool${on ? '' : ' is-off'}`} data-tool="camera" aria-pressed={on} aria-keyshortcuts="V" aria-label={name} title={name} onClick={() => toggle.camera(meeting)}>
      <Icon of={on ? cam : camOff} />
    </button>
  )
}

function Share({ meeting }: { meeting: Meeting }) {
  if (!meeting.sharable) return null
  const on = meeting.own.screen.value !== undefined
  const name = t(on ? 'unshare' : 'share')
  const press = (): void => {
    if (on) meeting.unshare()
    else void meeting.share() // whoever closes the browser's window has changed his mind
  }
  return (
    <button type="button" class={`tool hide-narrow${on ? ' is-on' : ''}`} data-tool="share" aria-pressed={on} aria-label={name} title={name} onClick={press}>
      <Icon of={share} />
    </button>
  )
}

function Hand({ meeting }: { meeting: Meeting }) {
  const on = meeting.own.hand.value
  const name = t(on ? 'lower' : 'raise')
  return (
    <button type="button" class={`tool${on ? ' is-on' : ''}`} data-tool="hand" aria-pressed={on} aria-keyshortcuts="H" aria-label={name} title={name} onClick={() => toggle.hand(meeting)}>
      <Icon of={hand} />
    </button>
  )
}

function FullScreen() {
  const [on, setOn] = useState(document.fullscreenElement !== null)
  useEffect(() => {
    const changed = (): void => setOn(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', changed)
    return () => document.removeEventListener('fullscreenchange', changed)
  }, [])
  if (!document.fullscreenEnabled) return null
  const name = t(on ? 'small' : 'full')
  return (
    <button type="button" class="tool hide-narrow" data-tool="full" aria-pressed={on} aria-keyshortcuts="F" aria-label={name} title={name} onClick={toggleFullScreen}>
      <Icon of={on ? shrink : full} />
    </button>
  )
}

interface PanelProps {
  which: 'chat' | 'people'
  panels: Panels
  icon: string
  name: string
  unread: number
}

function Panel({ which, panels, icon, name, unread }: PanelProps) {
  const on = panels[which].value
  return (
    <span class={`meet-end meet-end--${which}`}>
      <button type="button" class={`tool${on ? ' is-on' : ''}`} data-panel={which} aria-pressed={on} aria-label={name} title={name} onClick={() => panels.toggle(which)}>
        <Icon of={icon} />
        {unread > 0 && (
          <span class="badge badge--unread" aria-hidden="true">
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </button>
    </span>
  )
}
