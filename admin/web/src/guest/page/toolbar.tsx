import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../../shared/icon'
import { chat, full, leave, people, shrink } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import type { Panels } from '../../meeting/panels'
import type { Visit } from './visit'

const t = texts({
  en: {
    bar: 'Meeting',
    chat: 'Chat',
    chatNew: 'Chat, {n} new',
    people: 'Participants',
    full: 'Full screen (F)',
    small: 'Leave full screen (F)',
    leave: 'Leave',
  },
  de: {
    bar: 'Besprechung',
    chat: 'Chat',
    chatNew: 'Chat, {n} neu',
    people: 'Teilnehmende',
    full: 'Vollbild (F)',
    small: 'Vollbild verlassen (F)',
    leave: 'Verlassen',
  },
})

interface Props {
  visit: Visit
  panels: Panels
  unread: number
  bar: RefObject<HTMLElement | null>
}

/** What one can do in the meeting, and the two switches of the panels. */
export function Toolbar({ visit, panels, unread, bar }: Props) {
  return (
    <footer class="meet-bar" ref={bar}>
      <Panel which="chat" panels={panels} icon={chat} name={unread ? t('chatNew', { n: unread }) : t('chat')} unread={unread} />
      <div class="toolbar" role="group" aria-label={t('bar')}>
        <FullScreen />
        <button type="button" class="tool tool--leave" onClick={() => visit.leave()}>
          <Icon of={leave} />
          <span>{t('leave')}</span>
        </button>
      </div>
      <Panel which="people" panels={panels} icon={people} name={t('people')} unread={0} />
    </footer>
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
      <button
        type="button"
        class={`tool${on ? ' is-on' : ''}`}
        data-panel={which}
        aria-pressed={on}
        aria-label={name}
        title={name}
        onClick={() => panels.toggle(which)}
      >
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

function FullScreen() {
  const [on, setOn] = useState(false)
  const toggle = (): void => {
    // A browser that refuses leaves everything as it is.
    const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
    done.catch(() => {})
  }
  useEffect(() => {
    const changed = (): void => setOn(document.fullscreenElement !== null)
    const key = (e: KeyboardEvent): void => {
      const typing = e.target instanceof HTMLElement && e.target.closest('input, textarea')
      if (e.key.toLowerCase() === 'f' && !typing && !e.ctrlKey && !e.metaKey && !e.altKey && !e.repeat) toggle()
    }
    document.addEventListener('fullscreenchange', changed)
    document.addEventListener('keydown', key)
    return () => {
      document.removeEventListener('fullscreenchange', changed)
      document.removeEventListener('keydown', key)
    }
  }, [])
  if (!document.fullscreenEnabled) return null
  const name = t(on ? 'small' : 'full')
  return (
    <button type="button" class="tool" aria-pressed={on} aria-keyshortcuts="F" aria-label={name} title={name} onClick={toggle}>
      <Icon of={on ? shrink : full} />
    </button>
  )
}
