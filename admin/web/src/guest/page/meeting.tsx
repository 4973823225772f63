import { useEffect, useRef } from 'preact/hooks'
import { lang, texts } from '../../shared/i18n'
import { Chat } from '../../meeting/chat'
import { usePanels } from '../../meeting/panels'
import { useUnread } from '../../meeting/unread'
import { Connection, Lost } from './connection'
import { People } from './people'
import { Stage } from './stage'
import { Toolbar } from './toolbar'
import { Avatar } from '../../shared/ui/avatar'
import { ThemeButton } from '../../shared/ui/preferences'
import type { Visit } from './visit'

const t = texts({
  en: { people: '{n} person|{n} people', newFrom: 'New message from {nick}' },
  de: { people: '{n} Person|{n} Personen', newFrom: 'Neue Nachricht von {nick}' },
})

/** The meeting: stage in the middle, chat left, participants right, what one can do below (A-048 to A-052). */
export function Meeting({ visit }: { visit: Visit }) {
  const panels = usePanels()
  const unread = useUnread(visit, panels)
  const bar = useRef<HTMLElement>(null)
  const group = visit.invited.value?.group ?? ''
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
          <h1 class="clip" dir="auto">
            {group}
          </h1>
          <small class="muted clip">
            <span class="num">{t('people', { n: visit.occupants.value.length })}</span>
            {visit.subject.value && <span dir="auto">{` · ${visit.subject.value}`}</span>}
          </small>
        </div>
        <span class="end row">
          <Connection visit={visit} />
          <ThemeButton class="btn btn--ghost btn--icon" />
        </span>
      </header>
      <Lost visit={visit} />
      {panels.chat.value && <Chat talk={visit} onClose={() => close('chat')} />}
      <Stage visit={visit} />
      {panels.people.value && <People visit={visit} onClose={() => close('people')} />}
      <Toolbar visit={visit} panels={panels} unread={unread.count} bar={bar} />
      <div class="sr" role="status">
        {!panels.chat.value && unread.last && t('newFrom', { nick: unread.last })}
      </div>
    </div>
  )
}
