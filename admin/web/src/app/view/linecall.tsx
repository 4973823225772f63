import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Clock } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { device as deviceIcon, leave, pause, phone, phoneIn, play, xfer } from '../../shared/icons'
import { Avatar } from '../../shared/ui/avatar'
import { announce } from '../../shared/ui/live'
import type { Call } from '../model/snapshot'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { tell } from './page'
import { t as common } from './texts'
import { otherIn, Transfer } from './transfer'

const t = texts({
  en: {
    incoming: 'Call from {name}',
    forTeam: 'for {name}',
    answerAt: 'Answer at {device}',
    reject: 'Reject',
    takeIt: 'Your telephone rings: take it, and {name} is called',
    calling: 'Is being called …',
    onHold: 'On hold',
    heldBy: 'On hold by the other side',
    cancel: 'Cancel the call',
    at: 'At {device}',
    elsewhere: 'At another device',
  },
  de: {
    incoming: 'Anruf von {name}',
    forTeam: 'für {name}',
    answerAt: 'An {device} annehmen',
    reject: 'Ablehnen',
    takeIt: 'Ihr Telefon klingelt: Nehmen Sie ab, dann wird {name} angerufen',
    calling: 'Wird angerufen …',
    onHold: 'Gehalten',
    heldBy: 'Von der Gegenseite gehalten',
    cancel: 'Anruf abbrechen',
    at: 'An {device}',
    elsewhere: 'An einem anderen Gerät',
  },
})

/** A call at one's telephones: it rings, lasts, and is controlled from here (B10). */
export function LineCall({ work, call }: { work: Work; call: Call }) {
  const own = call.parties.filter((p) => p.own)
  const talks = own.find((p) => p.doing === 'talking')
  const rings = !talks && own.some((p) => p.doing === 'ringing' && !p.caller)
  const other = otherIn(call)
  // A call that one has begun from here and not taken yet has nobody else in it.
  const name = other ? partyName(work, other) : work.numbers.nameOf(call.dialled) || common('unknown')
  useEffect(() => {
    if (rings) announce(t('incoming', { name }), true)
  }, [rings])
  const { tel } = work
  const deviceOf = (id: string) => tel.devices.value?.list.find((d) => d.id === id)
  const mine = talks ?? own[0]
  const at = mine && deviceOf(mine.device)
  const team = work.numbers.teams.find((x) => x.extension === call.dialled)
  const lines = [other?.number && other.number !== name ? other.number : '', team && rings ? t('forTeam', { name: team.name }) : '', talks ? (at ? t('at', { device: at.name || t('elsewhere') }) : '') : '']
  if (rings) {
    // Only a telephone can be told to answer; this page answers by itself where it rings.
    const ringing = own.flatMap((p) => (p.doing === 'ringing' ? (deviceOf(p.device) ?? []) : [])).filter((d) => d.kind === 'phone' || d.kind === 'softphone')
    return (
      <section class="card call ringing" aria-label={t('incoming', { name })}>
        <Head name={name} lines={lines} icon={phoneIn} state="ringing" />
        <div class="call-acts">
          {ringing.length > 0 && (
            <button type="button" class="btn btn--ok" onClick={() => void tell(tel.answer(call.id))}>
              <Icon of={phone} />
              {t('answerAt', { device: ringing[0]!.name })}
            </button>
          )}
          <button type="button" class="btn btn--quiet-danger" onClick={() => void tell(tel.hangup(call.id))}>{t('reject')}</button>
        </div>
      </section>
    )
  }
  const first = own.some((p) => p.caller && p.doing === 'ringing') || !other
  return (
    <section class="card call" aria-label={name}>
      <Head name={name} lines={lines} icon={deviceIcon} state="busy"
        status={talks ? (talks.holds ? t('onHold') : other?.holds ? t('heldBy') : '') : first ? t('takeIt', { name }) : t('calling')} since={talks ? call.answered : 0} />
      {talks && <LineKeys work={work} call={call} />}
      <div class="call-foot">
        <button type="button" class="btn btn--danger btn--lg btn--block" onClick={() => void tell(tel.hangup(call.id))}>
          <Icon of={leave} />
          {talks ? common('hangup') : t('cancel')}
        </button>
      </div>
    </section>
  )
}

function Head({ name, lines, icon, state, status = '', since = 0 }: { name: string; lines: readonly string[]; icon: string; state: 'ringing' | 'busy'; status?: string; since?: number }) {
  const said = lines.filter(Boolean).join(' · ')
  return (
    <div class="call-head">
      <Avatar name={name} size="md" />
      <span class="grow">
        <b class="clip" dir="auto">{name}</b>
        {said && <small class="num clip">{said}</small>}
        <small role="status">{status}</small>
        {since > 0 && <small class="num"><Clock since={since} /></small>}
      </span>
      <span class={`phone ${state}`}><Icon of={icon} /></span>
    </div>
  )
}

/** Hold and transfer: what the server does with a call, wherever it is taken. */
export function LineKeys({ work, call }: { work: Work; call: Call }) {
  const moving = useSignal(false)
  const held = call.parties.some((p) => p.own && p.holds)
  const name = common(held ? 'resume' : 'putHold')
  return (
    <div class="keys keys--two">
      <button type="button" class={'key' + (held ? ' is-on' : '')} aria-pressed={held} onClick={() => void tell(work.tel.hold(call.id, !held))}>
        <Icon of={held ? play : pause} />
        {name}
      </button>
      <button type="button" class="key" aria-haspopup="dialog" onClick={() => (moving.value = true)}>
        <Icon of={xfer} />
        {common('transfer')}
      </button>
      {moving.value && <Transfer work={work} call={call} onClose={() => (moving.value = false)} />}
    </div>
  )
}
