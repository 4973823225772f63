import { Icon } from '../../shared/icon'
import { chat, cog, shield } from '../../shared/icons'
import { address, route } from '../../shared/router'
import { ThemeButton } from '../../shared/ui/preferences'
import type { Desk } from '../model/desk'
import { session } from '../session'
import { t } from './texts'

/** The places of the app. */
export function Rail({ desk }: { desk: Desk }) {
  const n = desk.unread.value
  const settings = route.value[0] === 'settings'
  const chats = n ? t('chatsUnread', { n }) : t('chats')
  return (
    <nav class="rail" aria-label="Plenum">
      <svg class="mark" viewBox="0 0 28 20" aria-hidden="true" focusable="false">
        <g fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round">
          <path d="M2.5 16.5a11.5 11.5 0 0 1 23 0" />
          <path d="M9 16.5a5 5 0 0 1 10 0" />
        </g>
      </svg>
      <a href={address()} aria-label={chats} title={t('chats')} aria-current={settings ? undefined : 'page'}>
        <Icon of={chat} />
        {n > 0 && <span class="badge badge--unread num" aria-hidden="true">{n > 99 ? '99+' : n}</span>}
      </a>
      <span class="grow rail-gap" />
      {session.value?.console && (
        <a href="/admin/" target="_blank" rel="noopener" aria-label={t('console')} title={t('console')}>
          <Icon of={shield} />
        </a>
      )}
      <ThemeButton class="rail-button" />
      <a href={address('settings')} aria-label={t('settings')} title={t('settings')} aria-current={settings ? 'page' : undefined}>
        <Icon of={cog} />
      </a>
    </nav>
  )
}
