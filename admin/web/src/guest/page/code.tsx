import type { Meeting } from '../../call'
import { Icon } from '../../shared/icon'
import { phone } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import type { Visit } from './visit'

const t = texts({
  en: { code: 'Your telephone', how: 'Call {number}, enter the PIN {pin}, and then this code:', joined: 'Your telephone carries the sound.' },
  de: { code: 'Ihr Telefon', how: 'Rufen Sie {number} an, geben Sie die PIN {pin} ein und danach diese Nummer:', joined: 'Ihr Telefon überträgt den Ton.' },
})

/** What a guest types at the telephone, so that it and this page are one. Once that is so, it says that. */
export function PhoneCode({ visit, meeting, floats }: { visit: Visit; meeting: Meeting; floats?: boolean }) {
  const code = visit.code.value
  const dialIn = visit.invited.value?.dialIn
  if (!code || !dialIn) return null
  const joined = meeting.participants.value.some((p) => p.self && p.phone)
  if (joined && floats) return null
  return (
    <div class={floats ? 'phone-code is-floating' : 'phone-code'} role="status" aria-label={t('code')}>
      <Icon of={phone} />
      {joined ? (
        <span>{t('joined')}</span>
      ) : (
        <span>
          {t('how', { number: dialIn.number, pin: dialIn.pin.replace(/(\d{3})(?=\d)/g, '$1 ') })} <b class="num">{code}</b>
        </span>
      )}
    </div>
  )
}
