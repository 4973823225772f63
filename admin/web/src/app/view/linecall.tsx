import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Clock } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { device as deviceIcon, leave, pause, phoneIn, play, xfer } from '../../shared/icons'
import { Avatar } from '../../shared/ui/avatar'
import { announce } from '../../shared/ui/live'
import { otherIn } from '../model/dialler'
import type { Call } from '../model/snapshot'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { tell } from './page'
import { t as common } from './texts'
import { Transfer } from './transfer'

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
  const line = talks && at ? t('at', { device: at.name || t('elsewhere') }) : ''
  const caller = <CallerLine work={work} number={other?.number ?? ''} name={name} dialled={rings ? call.dialled : undefined} />
  if (rings) {
    return (
      <section class="card call ringing" aria-label={t('incoming', { name })}>
        <Head name={name} icon={phoneIn} state="ringing">{caller}</Head>
        <div class="call-acts">
          <AnswerAt work={work} call={call} />
          <button type="button" class="btn btn--quiet-danger" onClick={() => void tell(tel.hangup(call.id))}>{t('reject')}</button>
        </div>
      </section>
    )
  }
  const first = own.some((p) => p.caller && p.doing === 'ringing') || !other
  return (
    <section class="card call" aria-label={name}>
      <Head name={name} icon={deviceIcon} state={talks ? 'busy' : 'ringing'}>
        {caller}
        {line && <small class="clip">{line}</small>}
        <small role="status">{talks ? (talks.holds ? t('onHold') : other?.holds ? t('heldBy') : '') : first ? t('takeIt', { name }) : t('calling')}</small>
        {talks && call.answered > 0 && <small class="num"><Clock since={call.answered} /></small>}
      </Head>
      {talks && <div class="keys keys--two"><LineKeys work={work} call={call} /></div>}
      <div class="call-foot">
        <button type="button" class="btn btn--danger btn--lg btn--block" onClick={() => void tell(tel.hangup(call.id))}>
          <Icon of={leave} />
          {talks ? common('hangup') : t('cancel')}
        </button>
      </div>
    </section>
  )
}

function Head({ name, icon, state, children }: { name: string; icon: string; state: 'ringing' | 'busy'; children: ComponentChildren }) {
  return (
    <div class="call-head">
      <Avatar name={name} size="md" />
      <span class="grow">
        <b class="clip" dir="auto">{name}</b>
        {children}
      </span>
      <span class={`phone ${state}`}><Icon of={icon} /></span>
    </div>
  )
}

/** Who calls by number, and for which team. */
export function CallerLine({ work, number, name, dialled }: { work: Work; number: string; name: string; dialled: string | undefined }) {
  const team = work.numbers.teams.find((x) => x.extension !== '' && x.extension === dialled)
  const said = [number !== name ? number : '', team ? t('forTeam', { name: team.name }) : ''].filter(Boolean).join(' · ')
  return said ? <small class="num clip">{said}</small> : null
}

/** A telephone of one's own that rings can be told to take the call; this page answers by itself where it rings. */
export function AnswerAt({ work: { tel }, call }: { work: Work; call: Call }) {
  const devices = tel.devices.value?.list ?? []
  const ringing = call.parties.filter((p) => p.own && !p.caller && p.doing === 'ringing').map((p) => p.device)
  const device = devices.find((d) => ringing.includes(d.id) && (d.kind === 'phone' || d.kind === 'softphone'))
  if (!device) return null
  return (
    <button type="button" class="btn btn--ok btn--block" title={t('answerAt', { device: device.name })} onClick={() => void tell(tel.answer(call.id))}>
      <Icon of={deviceIcon} />
      <span class="clip">{t('answerAt', { device: device.name })}</span>
    </button>
  )
}

/** Hold and transfer: what the server does with a call, wherever it is taken. */
function LineKeys({ work, call }: { work: Work; call: Call }) {
  const held = call.parties.some((p) => p.own && p.holds)
  return (
    <>
      <HoldKey held={held} onHold={() => void tell(work.tel.hold(call.id, !held))} />
      <TransferKey work={work} call={call} />
    </>
  )
}

export function HoldKey({ held, onHold }: { held: boolean; onHold(): void }) {
  return (
    <button type="button" class={'key' + (held ? ' is-on' : '')} aria-pressed={held} onClick={onHold}>
      <Icon of={held ? play : pause} />
      {common(held ? 'resume' : 'putHold')}
    </button>
  )
}

export function TransferKey({ work, call }: { work: Work; call: Call }) {
  const moving = useSignal(false)
  return (
    <>
      <button type="button" class="key" aria-haspopup="dialog" onClick={() => (moving.value = true)}>
        <Icon of={xfer} />
        {common('transfer')}
      </button>
      {moving.value && <Transfer work={work} call={call} onClose={() => (moving.value = false)} />}
    </>
  )
}
