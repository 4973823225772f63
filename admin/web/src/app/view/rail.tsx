import { Icon } from '../../shared/icon'
import { chat, cog, history, keypad, shield, vm } from '../../shared/icons'
import { address, route } from '../../shared/router'
import { ThemeButton } from '../../shared/ui/preferences'
import type { Work } from '../model/work'
import { session } from '../session'
import { t } from './texts'

/** The places of the app. */
export function Rail({ work: { desk, tel } }: { work: Work }) {
  const [what = ''] = route.value
  const here = (place: string): 'page' | undefined => (what === place ? 'page' : undefined)
  const n = desk.unread.value
  const chats = !['settings', 'journal', 'voicemail', 'keypad', 'devices'].includes(what)
  const missed = tel.missed.value
  const messages = tel.voicemail.value.fresh
  return (
    <nav class="rail" aria-label="Plenum">
      <svg class="mark" viewBox="0 0 28 20" aria-hidden="true" focusable="false">
        <g fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round">
          <path d="M2.5 16.5a11.5 11.5 0 0 1 23 0" />
          <path d="M9 16.5a5 5 0 0 1 10 0" />
        </g>
      </svg>
      <a href={address()} aria-label={n ? t('chatsUnread', { n }) : t('chats')} title={t('chats')} aria-current={chats ? 'page' : undefined}>
        <Icon of={chat} />
        <Badge n={n} />
      </a>
      <a href={address('journal')} aria-label={missed ? t('journalMissed', { n: missed }) : t('journal')} title={t('journal')} aria-current={here('journal')}>
        <Icon of={history} />
        <Badge n={missed} />
      </a>
      <a href={address('voicemail')} aria-label={messages ? t('voicemailNew', { n: messages }) : t('voicemail')} title={t('voicemail')} aria-current={here('voicemail')}>
        <Icon of={vm} />
        <Badge n={messages} />
      </a>
      <a href={address('keypad')} aria-label={t('keypad')} title={t('keypad')} aria-current={here('keypad')}>
        <Icon of={keypad} />
      </a>
      <span class="grow rail-gap" />
      {session.value?.console && (
        <a href="/admin/" target="_blank" rel="noopener" class="hide-sm" aria-label={t('console')} title={t('console')}>
          <Icon of={shield} />
        </a>
      )}
      <ThemeButton class="rail-button" />
      <a href={address('settings')} aria-label={t('settings')} title={t('settings')} aria-current={here('settings')}>
        <Icon of={cog} />
      </a>
    </nav>
  )
}

function Badge({ n }: { n: number }) {
  return n > 0 ? <span class="badge badge--unread num" aria-hidden="true">{n > 99 ? '99+' : n}</span> : null
}
