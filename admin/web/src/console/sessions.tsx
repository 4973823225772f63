import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { del, get, path } from '../shared/api'
import { ago, dateTime } from '../shared/format'
import { number } from '../shared/i18n'
import { Icon } from '../shared/icon'
import { door, laptop } from '../shared/icons'
import { useLoad, useRested } from '../shared/load'
import { address } from '../shared/router'
import { Avatar } from '../shared/ui/avatar'
import { SearchField } from '../shared/ui/controls'
import { ask } from '../shared/ui/dialog'
import { useKey } from '../shared/ui/keys'
import { Empty, Failure, NoHits, reason } from '../shared/ui/states'
import { Pager, SkeletonRows } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import type { ClientSession, ClientSessionPage } from '../shared/types'
import { Page, recount } from './shell'
import { t as common } from './texts/common'
import { t } from './texts/sessions'

const refresh = 10_000

function stateText(s: ClientSession): string {
  return s.state === 'unavailable' || s.state === 'lost' ? t(s.state) : common(s.state)
}

/** Connected clients, each of which can be disconnected. */
export function Sessions() {
  const typed = useSignal('')
  const q = useRested(typed.value, 150).trim()
  const offset = useSignal(0)
  const size = useSignal(50)
  const field = useRef<HTMLInputElement>(null)
  useKey('/', () => field.current?.focus())
  const page = useLoad(
    (signal) => get<ClientSessionPage>('/sessions', { q, offset: offset.value || undefined, limit: size.value }, signal),
    [q, offset.value, size.value],
    refresh,
  )
  const items = page.data?.items ?? []
  const total = page.data?.total ?? 0
  const several = new Set(items.map((s) => s.node)).size > 1

  const end = async (s: ClientSession): Promise<void> => {
    const yes = await ask({
      title: t('endTitle', { name: s.displayName }), body: t('endText', { client: s.client || t('client') }), keep: t('endKeep'), act: t('end'), danger: true,
    })
    if (!yes) return
    try {
      await del('/sessions' + path(s.jid))
      toast({ text: t('ended', { name: s.displayName }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
    recount()
  }
  return (
    <Page title={t('title')} class="page-list" note={page.data && <span class="count">{number(total)}</span>}>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <section class="card list" aria-label={t('title')}>
        <div class="table-tools">
          <SearchField label={t('findLabel')} placeholder={t('find')} value={typed.value} inputRef={field}
            onChange={(text) => {
              typed.value = text
              offset.value = 0
            }} />
        </div>
        <div class="scroll">
          {(items.length > 0 || !page.data) && (
            <table class="table" aria-busy={page.loading}>
              <thead>
                <tr>
                  <th class="c-first" scope="col">{t('user')}</th>
                  <th class="hide-sm" scope="col">{t('client')}</th>
                  <th scope="col">{t('state')}</th>
                  <th class="hide-md" scope="col">{t('address')}</th>
                  <th class="hide-sm" scope="col">{t('since')}</th>
                  {several && <th class="hide-md" scope="col">{t('node')}</th>}
                  <th class="c-act" scope="col"><span class="sr">{common('actions')}</span></th>
                </tr>
              </thead>
              <tbody>
                {!page.data && page.slow && <SkeletonRows rows={8} columns={6} />}
                {items.map((s) => (
                  <tr key={s.jid}>
                    <td class="c-first">
                      {s.guest ? (
                        <span class="who"><Avatar name={s.displayName} of={s.user} size="sm" /><b class="clip">{s.displayName}</b><span class="badge badge--warn">{t('guest')}</span></span>
                      ) : (
                        <a class="who" href={address('users', s.user)} title={s.jid}><Avatar name={s.displayName} of={s.user} size="sm" /><b class="clip">{s.displayName}</b></a>
                      )}
                    </td>
                    <td class="second hide-sm"><span class="clip" title={s.jid}>{s.client || t('clientUnknown')}</span></td>
                    <td><span class="row"><i class={'dot' + ({ available: ' dot--ok', away: ' dot--warn', dnd: ' dot--bad', unavailable: '', lost: '' })[s.state]} /><span class="second">{stateText(s)}</span></span></td>
                    <td class="second hide-md"><span class="mono">{s.address}</span> {!s.secure && <span class="badge badge--warn">{t('plain')}</span>}</td>
                    <td class="second hide-sm" title={s.since && dateTime(s.since)}>{s.since ? ago(s.since) : '–'}</td>
                    {several && <td class="second hide-md">{s.node}</td>}
                    <td class="c-act">
                      <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('endOf', { name: s.displayName })} title={t('end')} onClick={() => void end(s)}><Icon of={door} /></button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {page.data && !items.length && (q ? <NoHits q={q} onClear={() => (typed.value = '')} /> : <Empty icon={laptop} title={t('empty')}>{t('emptyText')}</Empty>)}
        </div>
        <Pager offset={offset.value} shown={items.length} total={total} size={size.value} onMove={(to) => (offset.value = to)}
          onSize={(n) => {
            size.value = n
            offset.value = 0
          }} />
      </section>
    </Page>
  )
}
