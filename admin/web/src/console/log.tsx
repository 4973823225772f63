import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { get } from '../shared/api'
import { ago, dateTime } from '../shared/format'
import { Icon } from '../shared/icon'
import { down, history, up } from '../shared/icons'
import { attended, useLoad, useRested } from '../shared/load'
import { address } from '../shared/router'
import { SearchField, Segments } from '../shared/ui/controls'
import { useKey } from '../shared/ui/keys'
import { Empty, Failure, NoHits, reason } from '../shared/ui/states'
import { SkeletonRows } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import type { AuditEntry, AuditPage } from '../shared/types'
import { Page } from './shell'
import { actionWords, fieldWords, t } from './texts/log'

type Kind = '' | AuditEntry['kind']

const portion = 50

/** What stands in red: somebody wanted in and was not let in. */
const refusals = ['session.refused', 'session.lockOut', 'session.lockOutAddress']
const refresh = 10_000

/** Who did what, the newest first. New entries wait behind a button, so that nothing moves under the pointer. */
export function Log() {
  const typed = useSignal('')
  const q = useRested(typed.value, 200).trim()
  const kind = useSignal<Kind>('')
  const older = useSignal<AuditPage[]>([])
  const news = useSignal(0)
  const busy = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  useKey('/', () => field.current?.focus())
  const ask = (before: number, signal?: AbortSignal): Promise<AuditPage> => get<AuditPage>('/audit', { q, kind: kind.value, before: before || undefined, limit: portion }, signal)
  const first = useLoad(
    (signal) => {
      older.value = []
      news.value = 0
      return ask(0, signal)
    },
    [q, kind.value],
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
  }, [newest, q, kind.value, first.data])

  const pages = first.data ? [first.data, ...older.value] : []
  const items = pages.flatMap((p) => p.items)
  const next = pages[pages.length - 1]?.next
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
  return (
    <Page title={t('title')} class="page-list">
      {first.error !== undefined && <Failure error={first.error} onRetry={first.reload} />}
      <section class="card list" aria-label={t('title')}>
        <div class="table-tools">
          <SearchField label={t('findLabel')} placeholder={t('find')} value={typed.value} onChange={(text) => (typed.value = text)} inputRef={field} />
          <Segments<Kind> label={t('object')} value={kind.value} onChange={(k) => (kind.value = k)}
            of={[
              { value: '', label: t('anyKind') },
              { value: 'session', label: t('kind_session') },
              { value: 'user', label: t('kind_user') },
              { value: 'permission', label: t('kind_permission') },
              { value: 'group', label: t('kind_group') },
            ]} />
          <span class="end" role="status">
            {news.value > 0 && <button type="button" class="btn btn--sm btn--soft" onClick={first.reload}><Icon of={up} />{t('newer', { n: news.value })}</button>}
          </span>
        </div>
        <div class="scroll">
          {(items.length > 0 || !first.data) && (
            <table class="table" aria-busy={first.loading}>
              <thead>
                <tr>
                  <th class="c-first" scope="col">{t('when')}</th>
                  <th scope="col">{t('who')}</th>
                  <th scope="col">{t('what')}</th>
                  <th scope="col">{t('object')}</th>
                  <th class="hide-md" scope="col">{t('from')}</th>
                  <th class="c-act" scope="col"><span class="sr">{t('changes')}</span></th>
                </tr>
              </thead>
              <tbody>
                {!first.data && first.slow && <SkeletonRows rows={12} columns={6} />}
                {items.map((e) => <Entry key={e.id} e={e} />)}
              </tbody>
            </table>
          )}
          {first.data && !items.length && (q || kind.value ? <NoHits q={q || t(`kind_${kind.value || 'user'}`)} onClear={() => {
            typed.value = ''
            kind.value = ''
          }} /> : <Empty icon={history} title={t('empty')}>{t('emptyText')}</Empty>)}
          {items.length > 0 && (
            <p class="table-end">
              {next ? <button type="button" class="btn" aria-busy={busy.value} onClick={() => void loadOlder()}>{busy.value && <span class="spin" aria-hidden="true" />}{t('older')}</button> : <span class="muted">{t('end')}</span>}
            </p>
          )}
        </div>
      </section>
    </Page>
  )
}

const pages: Record<AuditEntry['kind'], string | undefined> = { user: 'users', permission: 'permissions', group: 'groups', session: undefined }

function Entry({ e }: { e: AuditEntry }) {
  const open = useSignal(false)
  const page = pages[e.kind]
  const about = e.name || e.object
  return (
    <>
      <tr class={open.value ? 'is-open' : ''}>
        <td class="c-first second num" title={ago(e.time)}>{dateTime(e.time)}</td>
        <td><span class="clip max-16" title={e.actor}>{e.actor ? e.actor.split('@')[0] : t('server')}</span></td>
        <td><span class={refusals.includes(e.action) ? 'bad' : ''}>{actionWords(e.action)}</span></td>
        <td><span class="clip max-24" title={e.object}>{page && !e.action.endsWith('.purge') && !(e.kind !== 'user' && e.action.endsWith('.delete')) ? <a href={address(page, e.object)}>{about}</a> : about}</span></td>
        <td class="second hide-md"><span class="mono">{e.address}</span></td>
        <td class="c-act">
          {e.changes.length > 0 && (
            <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-expanded={open.value} aria-label={t('changed', { n: e.changes.length })} title={t('changed', { n: e.changes.length })} onClick={() => (open.value = !open.value)}>
              <Icon of={open.value ? up : down} />
            </button>
          )}
        </td>
      </tr>
      {open.value && (
        <tr class="opened">
          <td colSpan={6}>
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
          </td>
        </tr>
      )}
    </>
  )
}
