import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get, type Query } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { down, download, filter, flow, history, phone, phoneIn, user as userIcon, xfer } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { place, setQuery } from '../../shared/router'
import { Segments } from '../../shared/ui/controls'
import { Picker } from '../../shared/ui/picker'
import { Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { CallRecord, PermissionPage, RecordPage } from '../../shared/types'
import { ListPage } from '../list'
import { findUsers, nameOf } from '../people'
import { t as common } from '../texts/common'
import { t } from '../texts/calls'
import { bounds, daysAgo, lasting } from './lasting'
import { callName, Party } from './party'
import { Outcome as Result, Steps } from './steps'

type Direction = '' | 'internal' | 'external' | 'inbound' | 'outbound'
type Outcome = '' | 'answered' | 'missed'
type Period = '' | 'today' | 'week' | 'month' | 'between'

const portion = 50
const mostGroups = 100

const icons: Record<CallRecord['direction'], string> = { internal: xfer, inbound: phoneIn, outbound: phone }

/** Records of calls with what chooses among them; what is shown can be taken along as a table. */
export function Records() {
  const view = useView()
  const query = place.value.query
  const direction = (query.get('direction') ?? '') as Direction
  const outcome = (query.get('outcome') ?? '') as Outcome
  const user = query.get('user') ?? ''
  const period = (query.get('period') ?? '') as Period
  const call = query.get('call') ?? ''
  const billing = query.get('billing') ?? ''
  const [from, until] = [query.get('from') ?? '', query.get('until') ?? '']
  const userName = useSignal('')
  useEffect(() => {
    const control = new AbortController()
    userName.value = user.split('@')[0]!
    if (user) void nameOf(user, control.signal).then((name) => (userName.value = name))
    return () => control.abort()
  }, [user])
  const permissions = useLoad((signal) => get<PermissionPage>('/permissions', { type: 'billing.group', limit: mostGroups }, signal), [])
  const groups = [...new Set([...(permissions.data?.items.map((p) => p.name) ?? []), ...(billing ? [billing] : [])])]
  const dates = period === 'between' ? bounds(from, until)
    : period ? bounds(daysAgo({ today: 0, week: 6, month: 29 }[period]), '') : {}
  const chosen: Query = { q: view.q, direction, outcome, user, billing, ...dates }
  const key = JSON.stringify(chosen)

  const older = useSignal<RecordPage[]>([])
  const busy = useSignal(false)
  const ask = (before: string, signal?: AbortSignal): Promise<RecordPage> => get<RecordPage>('/records', { ...chosen, before, limit: portion }, signal)
  const first = useLoad((signal) => {
    older.value = []
    return ask('', signal)
  }, [key])
  const parts = first.data ? [first.data, ...older.value] : []
  const items = parts.flatMap((p) => p.items)
  const next = parts[parts.length - 1]?.next
  const loadOlder = async (): Promise<void> => {
    if (!next || busy.value) return
    busy.value = true
    try {
      older.value = [...older.value, await ask(next)]
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    } finally {
      busy.value = false
    }
  }
  const clear = (): void => {
    view.type('')
    setQuery({ q: '', direction: '', outcome: '', user: '', billing: '', period: '', from: '', until: '' })
  }
  const table = '/api/v1/records.csv?' + new URLSearchParams(Object.entries(chosen).filter(([, value]) => value).map(([name, value]) => [name, String(value)])).toString()

  const columns: Column<CallRecord>[] = [
    { head: t('when'), class: 'c-first', cells: 'second num', title: (r) => ago(r.began), cell: (r) => dateTime(r.began) },
    {
      head: t('direction'), class: 'hide-sm',
      cell: (r) => <span class="row" title={t(r.direction)}><Icon of={icons[r.direction]} size="m" /><span class="second hide-md">{t(r.direction)}</span></span>,
    },
    { head: t('caller'), cell: (r) => <Party of={r.caller} /> },
    { head: t('callee'), title: (r) => r.dialled && t('dialled', { number: r.dialled }), cell: (r) => <Party of={r.callee} dialled={r.dialled} /> },
    { head: t('outcome'), cell: (r) => <Result of={r} short /> },
    { head: t('duration'), class: 'c-num', cell: (r) => (r.answered && r.ended ? lasting(r.seconds) : <span class="muted">–</span>) },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (r) => {
        const label = t('stepsOf', { caller: callName(r.caller), callee: callName(r.callee, r.dialled) })
        return <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={label} title={t('steps')} aria-expanded={call === r.chain} onClick={() => setQuery({ call: r.chain })}><Icon of={flow} /></button>
      },
    },
  ]
  const filtered = direction || outcome || user || billing || period
  return (
    <ListPage title={t('records')} find={t('findRecordsLabel')} placeholder={t('findRecords')} view={view} page={{ ...first, data: first.data && { items } }} columns={columns} id={(r) => r.id} rows={12} onClear={clear}
      actions={<a class="btn" href={table} download=""><Icon of={download} /><span class="hide-sm">{t('download')}</span></a>}
      tools={
        <>
          <Segments<Direction> label={t('direction')} value={direction} onChange={(value) => setQuery({ direction: value })}
            of={(['', 'internal', 'external', 'inbound', 'outbound'] as const).map((value) => ({ value, label: t(value || 'anyDirection') }))} />
          <Segments<Outcome> label={t('outcome')} value={outcome} onChange={(value) => setQuery({ outcome: value })}
            of={(['', 'answered', 'missed'] as const).map((value) => ({ value, label: t(value || 'anyOutcome') }))} />
          <Picker class={'btn ' + (user ? 'btn--on' : 'btn--soft')} label={t('user')} chosen={user}
            find={async (text, signal) => [...(text ? [] : [{ id: '', label: t('everybody') }]), ...(await findUsers()(text, signal))]}
            onPick={(choice) => setQuery({ user: choice.id })}>
            <Icon of={userIcon} /><span class="clip">{user ? userName.value : t('anyUser')}</span><Icon of={down} size="s" />
          </Picker>
          {groups.length > 0 && (
            <label class="row">
              <span class="sr">{t('billing')}</span>
              <select class="select" value={billing} onChange={(e) => setQuery({ billing: e.currentTarget.value })}>
                <option value="">{t('anyBilling')}</option>
                {groups.map((name) => <option key={name} value={name}>{name}</option>)}
              </select>
            </label>
          )}
          <label class="row">
            <span class="sr">{t('period')}</span>
            <select class="select" value={period} onChange={(e) => setQuery({ period: e.currentTarget.value, from: '', until: '' })}>
              {(['', 'today', 'week', 'month', 'between'] as const).map((value) => <option key={value} value={value}>{t(value || 'allTime')}</option>)}
            </select>
          </label>
          {period === 'between' && (
            <>
              <label class="row">{t('from')}<input class="input" type="date" value={from} onChange={(e) => setQuery({ from: e.currentTarget.value })} /></label>
              <label class="row">{t('until')}<input class="input" type="date" value={until} onChange={(e) => setQuery({ until: e.currentTarget.value })} /></label>
            </>
          )}
        </>
      }
      empty={filtered ? <Empty icon={filter} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={clear}>{t('clear')}</button>} />
        : <Empty icon={history} title={t('emptyRecords')}>{t('emptyRecordsText')}</Empty>}
      more={items.length > 0 && (
        <p class="table-end">
          {next ? <button type="button" class="btn" aria-busy={busy.value} onClick={() => void loadOlder()}>{busy.value && <span class="spin" aria-hidden="true" />}{t('older')}</button> : <span class="muted">{t('end')}{first.data && ' · ' + t('kept', { days: first.data.days })}</span>}
        </p>
      )}>
      {call && <Steps key={call} chain={call} onClose={() => setQuery({ call: '' })} />}
    </ListPage>
  )
}
