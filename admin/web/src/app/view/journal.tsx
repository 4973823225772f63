import { signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { lasted } from '../../meeting/view'
import { dateTime } from '../../shared/format'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { fwd, history, phone, phoneIn } from '../../shared/icons'
import { keep, kept } from '../../shared/kept'
import { SearchField, Segments } from '../../shared/ui/controls'
import { Empty, NoHits, Waiting } from '../../shared/ui/states'
import type { Entry } from '../model/snapshot'
import type { Telephony } from '../model/telephony'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { Page, tell } from './page'
import { t as common } from './texts'

const t = texts({
  en: {
    title: 'Journal',
    find: 'Name or number',
    direction: 'Calls',
    all: 'All',
    in: 'Incoming',
    out: 'Outgoing',
    missed: 'Missed',
    where: 'From where',
    everywhere: 'Inside and outside',
    internal: 'Internal',
    external: 'External',
    none: 'No calls yet',
    noneLead: 'Each call that is over stands here: when it was, with whom, and what became of it.',
    noneOf: 'No such calls',
    incoming: 'Incoming',
    outgoing: 'Outgoing',
    missedCall: 'Missed',
    unanswered: 'Not answered',
    elsewhere: 'Taken by somebody else',
    busy: 'Busy',
    interrupted: 'Interrupted',
    passedOn: 'Passed on',
    via_transfer: 'passed on to you',
    via_pickup: 'picked up',
    via_queue: 'from a team',
  },
  de: {
    title: 'Journal',
    find: 'Name oder Nummer',
    direction: 'Anrufe',
    all: 'Alle',
    in: 'Eingehend',
    out: 'Ausgehend',
    missed: 'Verpasst',
    where: 'Woher',
    everywhere: 'Intern und extern',
    internal: 'Intern',
    external: 'Extern',
    none: 'Noch keine Anrufe',
    noneLead: 'Jeder beendete Anruf steht hier: wann er war, mit wem, und was daraus wurde.',
    noneOf: 'Keine solchen Anrufe',
    incoming: 'Eingehend',
    outgoing: 'Ausgehend',
    missedCall: 'Verpasst',
    unanswered: 'Nicht angenommen',
    elsewhere: 'Von jemand anderem angenommen',
    busy: 'Besetzt',
    interrupted: 'Unterbrochen',
    passedOn: 'Weitergegeben',
    via_transfer: 'an Sie weitergegeben',
    via_pickup: 'herangeholt',
    via_queue: 'aus einem Team',
  },
})

/** Until when missed calls have been seen, in ms. */
const seen = signal(Number(kept('journalSeen')) || 0)

export function isMissed(e: Entry): boolean {
  return e.incoming && !e.answered && e.detail !== 'elsewhere'
}

/** missedCount is how many calls were missed since one has last looked. */
export function missedCount(tel: Telephony): number {
  return tel.journal.value.filter((e) => isMissed(e) && e.began > seen.value).length
}

type Direction = 'all' | 'in' | 'out' | 'missed'
type Where = 'everywhere' | 'internal' | 'external'

function becameOf(e: Entry): string {
  if (e.answered) return lasted(e.seconds * 1000)
  if (e.detail === 'elsewhere') return t('elsewhere')
  if (e.detail === 'busy') return t('busy')
  if (e.result === 'interrupted') return t('interrupted')
  return t(e.incoming ? 'missedCall' : 'unanswered')
}

/** The calls that are over, with filters (B10). */
export function Journal({ work }: { work: Work }) {
  const { tel } = work
  const direction = useSignal<Direction>('all')
  const where = useSignal<Where>('everywhere')
  const q = useSignal('')
  const all = tel.journal.value
  useEffect(() => {
    const newest = all[0]?.began ?? 0
    if (newest <= seen.peek()) return
    seen.value = newest
    keep('journalSeen', String(newest))
  }, [all])
  if (!tel.served.value) return <Page title={t('title')}><Waiting lines={6} /></Page>
  const text = q.value.trim().toLocaleLowerCase()
  const named = (e: Entry): string => partyName(work, e)
  const shown = all.filter((e) =>
    (direction.value === 'all' || (direction.value === 'missed' ? isMissed(e) : e.incoming === (direction.value === 'in'))) &&
    (where.value === 'everywhere' || (e.user !== '') === (where.value === 'internal')) &&
    (!text || named(e).toLocaleLowerCase().includes(text) || e.number.includes(text)))
  return (
    <Page title={t('title')}>
      <div class="row wrap">
        <Segments<Direction> label={t('direction')} value={direction.value} onChange={(v) => (direction.value = v)}
          of={(['all', 'missed', 'in', 'out'] as const).map((value) => ({ value, label: t(value) }))} />
        <Segments<Where> label={t('where')} value={where.value} onChange={(v) => (where.value = v)}
          of={(['everywhere', 'internal', 'external'] as const).map((value) => ({ value, label: t(value) }))} />
      </div>
      <SearchField label={t('find')} value={q.value} onChange={(v) => (q.value = v)} />
      {all.length === 0 && <Empty icon={history} title={t('none')}>{t('noneLead')}</Empty>}
      {all.length > 0 && shown.length === 0 && (text ? <NoHits q={q.value} onClear={() => (q.value = '')} /> : <Empty icon={history} title={t('noneOf')} />)}
      {shown.length > 0 && <ul class="card entries">{shown.map((e) => <EntryRow key={e.id} work={work} entry={e} name={named(e)} />)}</ul>}
    </Page>
  )
}

function EntryRow({ work, entry: e, name }: { work: Work; entry: Entry; name: string }) {
  const missed = isMissed(e)
  const via = `via_${e.via}`
  const began = new Date(e.began).toISOString()
  const details = [e.number !== name ? e.number : '', becameOf(e), t.has(via) ? t(via) : '', e.result === 'transfer' ? t('passedOn') : '']
  return (
    <li class="entry">
      <div class="entry-line">
        <span class={'entry-way' + (missed ? ' bad' : '')} title={t(missed ? 'missedCall' : e.incoming ? 'incoming' : 'outgoing')}>
          <Icon of={e.incoming ? phoneIn : fwd} size="m" />
          <span class="sr">{t(missed ? 'missedCall' : e.incoming ? 'incoming' : 'outgoing')}</span>
        </span>
        <span class="grow">
          <b class={'clip' + (missed ? ' bad' : '')} dir="auto">{name}</b>
          <small class="muted clip num">{details.filter(Boolean).join(' · ')}</small>
        </span>
        <time class="muted num" dateTime={began}>{dateTime(began)}</time>
        {e.number && (
          <button type="button" class="btn btn--ghost btn--icon" aria-label={common('call', { name })} title={common('call', { name })} onClick={() => void tell(work.dialler.dial(e.number))}>
            <Icon of={phone} />
          </button>
        )}
      </div>
    </li>
  )
}
