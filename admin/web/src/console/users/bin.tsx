import { get } from '../../shared/api'
import { ago, date, dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { trash, undo } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { useView } from '../../shared/ui/view'
import type { User, UserPage } from '../../shared/types'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/users'
import { purge, restore } from './actions'

/** Deleted users: each can come back until its time is over. */
export function UserBin() {
  const view = useView()
  const page = useLoad((signal) => get<UserPage>('/bin', view.query, signal), [view.key])
  const columns: Column<User>[] = [
    { head: t('displayName'), class: 'c-first', cell: (u) => <span class="who"><Avatar name={u.displayName} of={u.jid} size="sm" /><b class="clip">{u.displayName}</b></span> },
    { head: t('login'), class: 'hide-sm', cells: 'second login', cell: (u) => <span class="clip" title={u.jid}>{u.login}</span> },
    { head: t('extension'), class: 'c-num', cell: (u) => u.extension },
    { head: t('binDeleted'), class: 'hide-sm', cells: 'second', title: (u) => u.deleted && dateTime(u.deleted), cell: (u) => u.deleted && ago(u.deleted) },
    { head: t('binLeaves'), cells: 'second', title: (u) => u.gone && ago(u.gone), cell: (u) => u.gone && date(u.gone) },
    {
      head: common('actions'), mute: true, cells: 'c-buttons',
      cell: (u) => (
        <>
          <button type="button" class="btn btn--sm" aria-label={`${common('restore')}: ${u.displayName}`} onClick={() => void restore([u.jid], page.reload)}><Icon of={undo} />{common('restore')}</button>{' '}
          <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={`${t('purge')}: ${u.displayName}`} title={t('purge')} onClick={() => void purge(u, page.reload)}><Icon of={trash} /></button>
        </>
      ),
    },
  ]
  return (
    <ListPage title={t('binTitle')} under={{ label: t('title'), href: address('users') }} find={t('binFind')} view={view} page={page} columns={columns} id={(u) => u.jid}
      empty={<Empty icon={trash} title={t('binEmpty')}>{t('binEmptyText')}</Empty>} />
  )
}
