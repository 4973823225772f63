import type { ReadonlySignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Devices, Meeting } from '../call'
import { lang, texts } from '../shared/i18n'
import type { Occupant } from '../shared/muc'
import { sliders } from '../shared/icons'
import { Icon } from '../shared/icon'
import { Avatar } from '../shared/ui/avatar'
import { ThemeButton } from '../shared/ui/preferences'
import { Chat } from './chat'
import { CameraChoice, MicrophoneChoice, SpeakerChoice } from './devices'
import { Connection, Lost, type Line } from './connection'
import { useMeetingKeys } from './keys'
import { NoMedia } from './nomedia'
import { useNotices } from './notices'
import { usePanels } from './panels'
import { People } from './people'
import { Popover } from './popover'
import { Stage } from './stage'
import type { Talk } from './talk'
import { Toolbar } from './toolbar'
import { useUnread } from './unread'

const t = texts({
  en: { people: '{n} person|{n} people', newFrom: 'New message from {nick}', devices: 'Camera and sound' },
  de: { people: '{n} Person|{n} Personen', newFrom: 'Neue Nachricht von {nick}', devices: 'Kamera und Ton' },
})

export interface MeetingProps {
  meeting: Meeting
  devices: Devices
  talk: Talk
  line: Line
  /** The group's name, what it talks about, and who is in its room. */
  group: string
  subject: ReadonlySignal<string>
  occupants: ReadonlySignal<readonly Occupant[]>
  /** There is no conference for us: no sound, no pictures. */
  chatOnly?: boolean
  /** What else stands in the head. */
  aside?: ComponentChildren
  onLeave: () => void
}

/**
 * The meeting: stage in the middle, chat left, participants right, what one can do below (A-047 to A-052). The page around it
 * has the places of toasts, questions and live regions.
 */
export function MeetingView({ meeting, devices, talk, line, group, subject, occupants, chatOnly = false, aside, onLeave }: MeetingProps) {
  const panels = usePanels(chatOnly || !matchMedia('(max-width: 1099px)').matches)
  const unread = useUnread(talk, panels)
  const bar = useRef<HTMLElement>(null)
  const head = useRef<HTMLHeadingElement>(null)
  const there = useRef(false)
  useMeetingKeys(meeting)
  useNotices(meeting, devices)
  useLayoutEffect(() => {
    there.current = true
    if (!chatOnly) head.current?.focus() // from where Tab and Space are of use
  }, [])
  useEffect(() => {
    document.title = `${unread.count ? `(${unread.count}) ` : ''}${group} · Plenum`
  }, [unread.count, group, lang.value])
  const close = (which: 'chat' | 'people'): void => {
    panels.toggle(which)
    bar.current?.querySelector<HTMLElement>(`[data-panel=${which}]`)?.focus()
  }
  return (
    <div class="meet" data-chat={panels.chat.value} data-people={panels.people.value}>
      <header class="meet-top">
        <Avatar name={group} square />
        <div class="grow">
          <h1 class="clip" dir="auto" ref={head} tabIndex={-1}>
            {group}
          </h1>
          <small class="muted clip">
            <span class="num">
              <Clock since={meeting.conference.value.since} />
              {meeting.conference.value.since > 0 && ' · '}
              {t('people', { n: meeting.participants.value.filter((p) => p.state === 'live').length })}
            </span>
            {subject.value && <span dir="auto">{` · ${subject.value}`}</span>}
          </small>
        </div>
        <span class="end row">
          <Connection line={line} meeting={meeting} />
          {aside}
          {!chatOnly && (
            <Popover class="btn btn--ghost btn--icon only-narrow" label={t('devices')} button={<Icon of={sliders} />}>
              <CameraChoice devices={devices} />
              <MicrophoneChoice devices={devices} />
              <SpeakerChoice devices={devices} />
            </Popover>
          )}
          <ThemeButton class="btn btn--ghost btn--icon" />
        </span>
      </header>
      <div class="meet-said">
        <Lost line={line} meeting={meeting} />
        {chatOnly && <NoMedia meeting={meeting} />}
      </div>
      {panels.chat.value && <Chat talk={talk} focus={there.current || chatOnly} onClose={() => close('chat')} />}
      <Stage meeting={meeting} chatOnly={chatOnly} onMore={() => !panels.people.value && panels.toggle('people')} />
      {panels.people.value && <People meeting={meeting} chatOnly={chatOnly} occupants={occupants.value} typing={talk.typing.value} onClose={() => close('people')} />}
      <Toolbar meeting={meeting} chatOnly={chatOnly} devices={devices} panels={panels} unread={unread.count} bar={bar} onLeave={onLeave} />
      <div class="sr" role="status">
        {!panels.chat.value && unread.last && t('newFrom', { nick: unread.last })}
      </div>
    </div>
  )
}

/** How long something has lasted since a time in ms; nothing where that is not known. */
export function Clock({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return since > 0 ? <>{lasted(now - since)}</> : null
}

/** lasted is a time as clocks show it: 4:07, 1:02:09. */
export function lasted(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
