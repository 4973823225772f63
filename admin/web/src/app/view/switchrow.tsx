import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { toggle } from '../../shared/icons'
import { announce } from '../../shared/ui/live'
import type { Switch } from '../model/snapshot'
import type { Telephony } from '../model/telephony'
import { tell } from './page'

const t = texts({
  en: { on: 'On', off: 'Off', turned: '{name}: {state}' },
  de: { on: 'Ein', off: 'Aus', turned: '{name}: {state}' },
})

/** A switch of the telephone system, on which depends where calls go: how it stands, for all, and what turns it (B8). */
export function SwitchRow({ tel, of }: { tel: Telephony; of: Switch }) {
  return (
    <li class="contact">
      <label class="contact-switch">
        <span class="avatar avatar--md avatar--sq" aria-hidden="true"><Icon of={toggle} /></span>
        <span class="grow">
          <span class="cn">
            <b class="clip" dir="auto" title={of.name}>{of.name}</b>
            <span class="muted num">{of.extension}</span>
          </span>
          <small class="clip">{t(of.on ? 'on' : 'off')}</small>
        </span>
        <input class="switch" type="checkbox" role="switch" aria-label={of.name} checked={of.on} onChange={async (e) => {
          const field = e.currentTarget
          const on = field.checked
          if (await tell(tel.turn(of.id, on))) announce(t('turned', { name: of.name, state: t(on ? 'on' : 'off') }))
          else field.checked = of.on
        }} />
      </label>
    </li>
  )
}
