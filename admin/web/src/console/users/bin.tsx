import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get } from '../../shared/api'
import { ago, date, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { trash, undo } from '../../shared/icons'
import { useLoad, useRested } from '../../shared/load'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { SearchField } from '../../shared/ui/controls'
import { useKey } from '../../shared/ui/keys'
import { Empty, Failure, NoHits } from '../../shared/ui/states'
import { Pager, SkeletonRows } from '../../shared/ui/table'
import type { UserPage } from '../../shared/types'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/users'
import { purge, restore } from './actions'

/** Deleted users: each can come back until its time is over. */
export function UserBin() {
  const typed = useSignal('')
  const q = useRested(typed.value, 150).trim()
  const offset = useSignal(0)
  const size = useSignal(50)
  const field = useRef<HTMLInputElement>(null)
  useKey('/', () => field.current?.focus())
  const page = useLoad((signal) => get<UserPage>('/bin', { q, offset: offset.value || undefined, limit: size.value }, signal), [q, offset.value, size.value])
  const items = page.data?.items ?? []
  return (
    <Page title={t('binTitle')} class="page-list" under={{ label: t('title'), href: address('users') }} note={page.data && <span class="count">{number(page.data.total)}</span>}>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <section class="card list" aria-label={t('binTitle')}>
        <div class="table-tools">
          <SearchField label={t('binFind')} value={typed.value} inputRef={field}
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
                  <th scope="col" class="c-first">{t('displayName')}</th>
                  <th scope="col" class="hide-sm">{t('login')}</th>
                  <th scope="col" class="c-num">{t('extension')}</th>
                  <th scope="col" class="hide-sm">{t('binDeleted')}</th>
                  <th scope="col">{t('binLeaves')}</th>
                  <th scope="col"><span class="sr">{common('actions')}</span></th>
                </tr>
              </thead>
              <tbody>
                {!page.data && page.slow && <SkeletonRows rows={6} columns={6} />}
                {items.map((u) => (
                  <tr key={u.jid}>
                    <td class="c-first"><span class="who"><Avatar name={u.displayName} of={u.jid} size="sm" /><b class="clip">{u.displayName}</b></span></td>
                    <td class="second login hide-sm"><span class="clip" title={u.jid}>{u.login}</span></td>
                    <td class="c-num">{u.extension}</td>
                    <td class="second hide-sm" title={u.deleted && dateTime(u.deleted)}>{u.deleted && ago(u.deleted)}</td>
                    <td class="second" title={u.gone && ago(u.gone)}>{u.gone && date(u.gone)}</td>
                    <td class="c-buttons">
                      <button type="button" class="btn btn--sm" aria-label={`${common('restore')}: ${u.displayName}`} onClick={() => void restore([u.jid], page.reload)}><Icon of={undo} />{common('restore')}</button>{' '}
                      <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={`${t('purge')}: ${u.displayName}`} title={t('purge')} onClick={() => void purge(u, page.reload)}><Icon of={trash} /></button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {page.data && !items.length && (q ? <NoHits q={q} onClear={() => (typed.value = '')} /> : <Empty icon={trash} title={t('binEmpty')}>{t('binEmptyText')}</Empty>)}
        </div>
        {page.data && page.data.total > 0 && (
          <Pager offset={offset.value} shown={items.length} total={page.data.total} size={size.value} onMove={(to) => (offset.value = to)}
            onSize={(n) => {
              size.value = n
              offset.value = 0
            }} />
        )}
      </section>
    </Page>
  )
}
