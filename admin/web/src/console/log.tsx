import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get } from '../shared/api'
import { ago, dateTime } from '../shared/format'
import { Icon } from '../shared/icon'
import { down, history, up } from '../shared/icons'
import { attended, useLoad } from '../shared/load'
import { address, place, setQuery } from '../shared/router'
import { Segments } from '../shared/ui/controls'
import { Empty, reason } from '../shared/ui/states'
import type { Column } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import { useView } from '../shared/ui/view'
import type { AuditEntry, AuditPage } from '../shared/types'
import { ListPage } from './list'
import { actionWords, fieldWords, t } from './texts/log'

type Kind = '' | AuditEntry['kind']

const portion = 50

/** What stands in red: somebody wanted in and was not let in. */
const refusals = ['session.refused', 'session.lockOut', 'session.lockOutAddress']

const refresh = 10_000

const kinds: Kind[] = ['', 'session', 'user', 'permission', 'group', 'device', 'location', 'trunk', 'service', 'call', 'prompt', 'profile', 'team', 'callobject']

/** Who did what, the newest first. New entries wait behind a button, so that nothing moves under the pointer. */
export function Log() {
  const view = useView()
  const asked = place.value.query.get('kind') as Kind
  const kind = kinds.includes(asked) ? asked : ''
  const older = useSignal<AuditPage[]>([])
  const open = useSignal<ReadonlySet<number>>(new Set())
  const news = useSignal(0)
  const busy = useSignal(false)
  const ask = (before: number, signal?: AbortSignal): Promise<AuditPage> => get<AuditPage>('/audit', { q: view.q, kind, before: before || undefined, limit: portion }, signal)
  const first = useLoad(
    (signal) => {
      older.value = []
      news.value = 0
      return ask(0, signal)
    },
    [view.q, kind],
  )
  const newest = first.data?.items[0]?.id ?? 0
  useEffect(() => {
    if (!first.data) return
    const control = new AbortController()
    const timer = setInterval(() => {
      if (!attended()) return
      ask(0, control.signal).then((page) => (news.value = page.items.filter((e) => e.id > newest).length), () => {})
    }, refresh)
    return () => {
      control.abort()
      clearInterval(timer)
    }
  }, [newest, view.q, kind, first.data])

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
  const toggle = (e: AuditEntry): void => {
    const now = new Set(open.value)
    if (!now.delete(e.id)) now.add(e.id)
    open.value = now
  }
  const columns: Column<AuditEntry>[] = [
    { head: t('when'), class: 'c-first', cells: 'second num wraps', title: (e) => ago(e.time), cell: (e) => dateTime(e.time) },
    { head: t('who'), cell: (e) => <span class="clip max-16" title={e.actor}>{e.actor ? e.actor.split('@')[0] : t('server')}</span> },
    { head: t('what'), cells: 'wraps', cell: (e) => <span class={refusals.includes(e.action) ? 'bad' : ''}>{actionWords(e.action)}</span> },
    { head: t('object'), cell: (e) => <About e={e} /> },
    { head: t('from'), class: 'hide-md', cells: 'second', cell: (e) => <span class="mono">{e.address}</span> },
    {
      head: t('changes'), mute: true, class: 'c-act',
      cell: (e) => e.changes.length > 0 && (
        <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-expanded={open.value.has(e.id)} aria-label={t('changed', { n: e.changes.length })} title={t('changed', { n: e.changes.length })} onClick={() => toggle(e)}>
          <Icon of={open.value.has(e.id) ? up : down} />
        </button>
      ),
    },
  ]
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={{ ...first, data: first.data && { items } }} columns={columns} id={(e) => e.id} rows={12}
      rowClass={(e) => (open.value.has(e.id) ? 'is-open' : '')} opened={(e) => open.value.has(e.id) && <Changes e={e} />}
      tools={
        <>
          <Segments<Kind> label={t('object')} value={kind} onChange={(k) => setQuery({ kind: k })} of={kinds.map((k) => ({ value: k, label: k ? t(`kind_${k}`) : t('anyKind') }))} />
          <span class="end" role="status">
            {news.value > 0 && <button type="button" class="btn btn--sm btn--soft" onClick={first.reload}><Icon of={up} />{t('newer', { n: news.value })}</button>}
          </span>
        </>
      }
      empty={kind ? <Empty icon={history} title={t('emptyKind')} action={<button type="button" class="btn" onClick={() => setQuery({ kind: '' })}>{t('showAll')}</button>} />
        : <Empty icon={history} title={t('empty')}>{t('emptyText')}</Empty>}
      more={items.length > 0 && (
        <p class="table-end">
          {next ? <button type="button" class="btn" aria-busy={busy.value} onClick={() => void loadOlder()}>{busy.value && <span class="spin" aria-hidden="true" />}{t('older')}</button> : <span class="muted">{t('end')}</span>}
        </p>
      )} />
  )
}

const pages: Record<AuditEntry['kind'], string | undefined> = { user: 'users', permission: 'permissions', group: 'groups', session: undefined, device: 'devices', location: 'locations', trunk: 'trunks', service: undefined, call: undefined, prompt: undefined, profile: 'profiles', team: 'teams', callobject: undefined }

/** What an entry is about, as a link where there is still something to go to. */
function About({ e }: { e: AuditEntry }) {
  const page = pages[e.kind]
  const about = e.name || e.object
  const gone = e.action.endsWith('.purge') || (e.kind !== 'user' && e.action.endsWith('.delete'))
  return <span class="clip max-24" title={e.object}>{page && !gone ? <a href={e.kind === 'device' || e.kind === 'location' ? address(page) + '?edit=' + encodeURIComponent(e.object) : address(page, e.object)}>{about}</a> : about}</span>
}

/** The fields of an entry, before and after. */
function Changes({ e }: { e: AuditEntry }) {
  return (
    <table class="compare">
      <thead><tr><th scope="col">{t('changes')}</th><th scope="col">{t('before')}</th><th scope="col">{t('after')}</th></tr></thead>
      <tbody>
        {e.changes.map((c) => (
          <tr key={c.field}>
            <th scope="row">{fieldWords(c.field)}</th>
            {!c.before && !c.after ? <td colSpan={2} class="muted">{t('secret')}</td> : <><td>{c.before || '–'}</td><td>{c.after || '–'}</td></>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
