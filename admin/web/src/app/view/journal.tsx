import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { lasted } from '../../meeting/view'
import { get, path, type Query } from '../../shared/api'
import { dateTime } from '../../shared/format'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { down, fwd, history, phone, phoneIn, vm } from '../../shared/icons'
import { useLoad, useRested } from '../../shared/load'
import { address } from '../../shared/router'
import type { CallRecord, JournalCall, JournalDetail, JournalPage } from '../../shared/types'
import { CopyButton, SearchField, Segments } from '../../shared/ui/controls'
import { Empty, Failure, NoHits, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { Page, tell } from './page'
import { t as common } from './texts'

const t = texts({
  en: {
    title: 'Journal',
    find: 'Find in the journal',
    direction: 'Calls',
    all: 'All',
    in: 'Incoming',
    out: 'Outgoing',
    missed: 'Missed',
    voicemail: 'Voicemail',
    where: 'From where',
    everywhere: 'Inside and outside',
    internal: 'Internal',
    external: 'External',
    none: 'No calls yet',
    noneLead: 'Each call that is over stands here: when it was, with whom, and what became of it.',
    noneOf: 'No such calls',
    older: 'Show older calls',
    incoming: 'Incoming',
    outgoing: 'Outgoing',
    was_missed: 'Missed',
    was_unanswered: 'Not answered',
    was_voicemail: 'Left a message',
    was_voicemailOut: 'Voicemail',
    was_elsewhere: 'Taken by somebody else',
    was_forwarded: 'Forwarded',
    was_refused: 'Declined',
    via_forward: 'forwarded',
    via_transfer: 'passed on',
    via_pickup: 'picked up',
    forTeam: 'for {name}',
    details: 'Details of the call with {name}',
    steps: 'What happened',
    last: 'Calls before',
    step: '{from} → {to}',
    noanswer: 'not answered',
    interrupted: 'interrupted',
    message: 'Listen to the message',
    copy: 'Copy the number',
  },
  de: {
    title: 'Journal',
    find: 'Im Journal suchen',
    direction: 'Anrufe',
    all: 'Alle',
    in: 'Eingehend',
    out: 'Ausgehend',
    missed: 'Verpasst',
    voicemail: 'Nachrichten',
    where: 'Woher',
    everywhere: 'Intern und extern',
    internal: 'Intern',
    external: 'Extern',
    none: 'Noch keine Anrufe',
    noneLead: 'Jeder beendete Anruf steht hier: wann er war, mit wem, und was daraus wurde.',
    noneOf: 'Keine solchen Anrufe',
    older: 'Ältere Anrufe zeigen',
    incoming: 'Eingehend',
    outgoing: 'Ausgehend',
    was_missed: 'Verpasst',
    was_unanswered: 'Nicht angenommen',
    was_voicemail: 'Nachricht hinterlassen',
    was_voicemailOut: 'Anrufbeantworter',
    was_elsewhere: 'Von jemand anderem angenommen',
    was_forwarded: 'Weitergeleitet',
    was_refused: 'Abgelehnt',
    via_forward: 'weitergeleitet',
    via_transfer: 'weitergegeben',
    via_pickup: 'herangeholt',
    forTeam: 'für {name}',
    details: 'Einzelheiten des Anrufs mit {name}',
    steps: 'Was geschah',
    last: 'Anrufe davor',
    step: '{from} → {to}',
    noanswer: 'nicht angenommen',
    interrupted: 'unterbrochen',
    message: 'Nachricht anhören',
    copy: 'Nummer kopieren',
  },
})

type Kind = 'all' | 'missed' | 'in' | 'out' | 'voicemail'
type Where = 'everywhere' | 'internal' | 'external'

const portion = 50

const filters: Record<Kind, Query> = {
  all: {}, missed: { outcome: 'missed', side: 'in' }, in: { side: 'in' }, out: { side: 'out' }, voicemail: { outcome: 'voicemail', side: 'in' },
}

/** The calls that are over, with filters (B10). What is shown counts as seen. */
export function Journal({ work }: { work: Work }) {
  const { tel } = work
  const kind = useSignal<Kind>('all')
  const where = useSignal<Where>('everywhere')
  const q = useSignal('')
  const text = useRested(q.value, 150).trim()
  const query: Query = { ...filters[kind.value], scope: where.value === 'everywhere' ? '' : where.value, q: text }
  return (
    <Page title={t('title')}>
      <div class="row wrap">
        <Segments<Kind> label={t('direction')} value={kind.value} onChange={(v) => (kind.value = v)}
          of={(['all', 'missed', 'in', 'out', 'voicemail'] as const).map((value) => ({ value, label: t(value) }))} />
        <Segments<Where> label={t('where')} value={where.value} onChange={(v) => (where.value = v)}
          of={(['everywhere', 'internal', 'external'] as const).map((value) => ({ value, label: t(value) }))} />
      </div>
      <SearchField label={t('find')} value={q.value} onChange={(v) => (q.value = v)} />
      <Calls work={work} at="/app/journal" query={query} fresh={String(tel.journal.value)} q={text} onClear={() => (q.value = '')}
        onPage={(page) => {
          if (page.missed > 0 && !document.hidden) void tell(tel.see())
        }} />
    </Page>
  )
}

/** Calls of a journal, one's own or a team's: the newest, and older ones on demand. */
export function Calls({ work, at, query, fresh, q = '', onClear, onPage }: {
  work: Work
  at: string
  query: Query
  fresh: string // differs when there may be new ones
  q?: string
  onClear?(): void
  onPage?(page: JournalPage): void
}) {
  const key = JSON.stringify(query)
  const loaded = useLoad((signal) => get<JournalPage>(at, { ...query, limit: portion }, signal), [at, key, fresh])
  const older = useSignal<{ of: string; items: readonly JournalCall[]; next: string | undefined } | undefined>(undefined)
  const open = useSignal('')
  const page = loaded.data
  const more = older.value?.of === at + key ? older.value : undefined // of what is shown now
  const next = more ? more.next : page?.next
  const goOn = async (): Promise<void> => {
    try {
      const got = await get<JournalPage>(at, { ...query, limit: portion, before: next })
      older.value = { of: at + key, items: [...(more?.items ?? []), ...got.items], next: got.next }
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
  }
  useEffect(() => {
    if (page) onPage?.(page)
  }, [page])
  if (loaded.error !== undefined) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!page) return loaded.slow ? <Waiting lines={5} /> : null
  if (page.items.length === 0) {
    if (q && onClear) return <NoHits q={q} onClear={onClear} />
    return Object.values(query).some(Boolean) ? <Empty icon={history} title={t('noneOf')} /> : <Empty icon={history} title={t('none')}>{t('noneLead')}</Empty>
  }
  return (
    <>
      <ul class="card entries">
        {[...page.items, ...(more?.items ?? [])].map((c) => <Row key={c.id} work={work} call={c} at={at} open={open.value === c.id} onOpen={() => (open.value = open.value === c.id ? '' : c.id)} />)}
      </ul>
      {next && <button type="button" class="btn" onClick={() => void goOn()}>{t('older')}</button>}
    </>
  )
}

/** becameOf is what became of a call, in words. */
function becameOf(c: JournalCall): string {
  if (c.outcome === 'accepted') return lasted(c.seconds * 1000)
  if (c.outcome === 'missed') return t(c.incoming ? 'was_missed' : 'was_unanswered')
  if (c.outcome === 'voicemail') return t(c.incoming ? 'was_voicemail' : 'was_voicemailOut')
  return t(`was_${c.outcome}`)
}

function Row({ work, call: c, at, open, onOpen }: { work: Work; call: JournalCall; at: string; open: boolean; onOpen(): void }) {
  const name = partyName(work, c.with)
  const missed = c.incoming && c.outcome === 'missed'
  const via = `via_${c.via}`
  const number = c.with.number && c.prefix + c.with.number
  const details = [c.with.number !== name ? c.with.number : '', becameOf(c), c.teamName && t('forTeam', { name: c.teamName }), t.has(via) ? t(via) : '']
  return (
    <li class="entry">
      <div class="entry-line">
        <span class={'entry-way' + (missed ? ' bad' : '')} title={t(c.incoming ? 'incoming' : 'outgoing')}>
          <Icon of={c.incoming ? phoneIn : fwd} size="m" />
          <span class="sr">{t(c.incoming ? 'incoming' : 'outgoing')}</span>
        </span>
        <span class="grow">
          <b class={'clip' + (missed ? ' bad' : '')} dir="auto">{name}</b>
          <small class="muted clip num">{details.filter(Boolean).join(' · ')}</small>
        </span>
        <time class="muted num" dateTime={c.began}>{dateTime(c.began)}</time>
        {number && (
          <button type="button" class="btn btn--ghost btn--icon" aria-label={common('call', { name })} title={common('call', { name })} onClick={() => void tell(work.dialler.dial(number))}>
            <Icon of={phone} />
          </button>
        )}
        <button type="button" class="btn btn--ghost btn--icon" aria-label={t('details', { name })} title={t('details', { name })} aria-expanded={open} onClick={onOpen}>
          <Icon of={down} class={open ? 'is-up' : ''} />
        </button>
      </div>
      {open && <Details work={work} at={at} call={c} />}
    </li>
  )
}

/** All steps of a call, and the last ones with the same party (B10). */
function Details({ work, at, call }: { work: Work; at: string; call: JournalCall }) {
  const loaded = useLoad((signal) => get<JournalDetail>(at + path(call.id), {}, signal), [at, call.id])
  if (loaded.error !== undefined) return <div class="entry-more"><Failure error={loaded.error} onRetry={loaded.reload} /></div>
  const detail = loaded.data
  if (!detail) return null
  const ended = (s: CallRecord): string => (s.answered ? lasted(s.seconds * 1000) : s.result === 'interrupted' ? t('interrupted') : t('noanswer'))
  return (
    <div class="entry-more">
      <h2 class="h3">{t('steps')}</h2>
      <ol>
        {detail.steps.map((s) => {
          const to = partyName(work, s.callee)
          const team = s.teamName && s.teamName !== to ? t('forTeam', { name: s.teamName }) : ''
          return <li key={s.id} class="num">{[t('step', { from: partyName(work, s.caller), to: to || s.dialled }), team, s.callee.device, ended(s)].filter(Boolean).join(' · ')}</li>
        })}
      </ol>
      {detail.labels.length > 0 && (
        <dl class="entry-labels">{detail.labels.map((l) => <div key={l.name}><dt>{l.name}</dt><dd>{l.value}</dd></div>)}</dl>
      )}
      {(call.voicemail || call.with.number) && (
        <span class="row wrap">
          {call.voicemail && (
            <a class="btn btn--sm" href={address('voicemail')}>
              <Icon of={vm} />
              {t('message')}
            </a>
          )}
          {call.with.number && <CopyButton class="btn btn--sm" text={call.with.number} label={t('copy')}>{t('copy')}</CopyButton>}
        </span>
      )}
      {detail.last.length > 0 && (
        <>
          <h2 class="h3">{t('last')}</h2>
          <ul>{detail.last.map((c) => <li key={c.id} class="num">{[dateTime(c.began), t(c.incoming ? 'incoming' : 'outgoing'), becameOf(c)].join(' · ')}</li>)}</ul>
        </>
      )}
    </div>
  )
}
