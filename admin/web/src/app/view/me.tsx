import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { down, sliders } from '../../shared/icons'
import { address } from '../../shared/router'
import { Avatar, type Presence } from '../../shared/ui/avatar'
import { Menu } from '../../shared/ui/menu'
import type { Desk } from '../model/desk'
import { t as common } from './texts'

const t = texts({
  en: { show: 'Show as', settings: 'My settings', noStatus: 'No status text' },
  de: { show: 'Anzeigen als', settings: 'Meine Einstellungen', noStatus: 'Kein Statustext' },
})

export const shows: Exclude<Presence, 'offline'>[] = ['available', 'away', 'dnd']

/** One's own line: how others see one. */
export function Me({ desk }: { desk: Desk }) {
  const show = desk.connection.value.is === 'online' ? desk.show.value : 'offline'
  return (
    <div class="me">
      <Menu class="pick" label={`${t('show')}: ${common(desk.show.value)}`}
        items={shows.map((s) => ({ label: common(s), act: () => desk.setShow(s) }))}>
        <span class={`me-dot ${desk.show.value}`} aria-hidden="true" />
        <span class="clip">{common(desk.show.value)}</span>
        <Icon of={down} />
      </Menu>
      <div class="me-row">
        <Avatar name={desk.me.name} size="md" presence={show} />
        <span class="grow">
          <b class="clip" dir="auto">{desk.me.name}</b>
          <small class="clip" dir="auto">{desk.status.value || t('noStatus')}</small>
        </span>
        <a class="btn btn--ghost btn--icon btn--sm" href={address('settings')} aria-label={t('settings')} title={t('settings')}>
          <Icon of={sliders} />
        </a>
      </div>
    </div>
  )
}
