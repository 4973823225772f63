import { del, get, path, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { adduser, x } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { SearchField } from '../../shared/ui/controls'
import { Picker } from '../../shared/ui/picker'
import { Failure, reason } from '../../shared/ui/states'
import { Pager, Table, type Column } from '../../shared/ui/table'
import { toast, toastUndo } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Group, GroupMember, GroupMemberPage } from '../../shared/types'
import { act } from '../act'
import { findUsers } from '../people'
import { t as common } from '../texts/common'
import { t } from '../texts/groups'

type Affiliation = GroupMember['affiliation']

/** Under so many members nobody needs to search or turn pages. */
const few = 25

/** How often presence and changes by others are looked for. */
const refresh = 15_000

/** Who belongs to the group, and as what. Changes are made at once. */
export function MemberCard({ group: g, onChanged }: { group: Group; onChanged(): void }) {
  const view = useView({ own: true })
  const page = useLoad((signal) => get<GroupMemberPage>('/groups' + path(g.room, 'members'), view.query, signal), [g.room, g.members, view.key], refresh)
  const items = page.data?.items ?? []
  const after = (): void => {
    page.reload()
    onChanged()
  }
  const set = (jid: string, affiliation: Affiliation, said: string): Promise<unknown> =>
    act(() => post('/groups' + path(g.room, 'members'), { set: [{ jid, affiliation }], remove: [] }), said).finally(after)
  const remove = async (m: GroupMember): Promise<void> => {
    try {
      await del('/groups' + path(g.room, 'members', m.jid))
      toastUndo(t('memberRemoved', { name: m.displayName }), () => void set(m.jid, m.affiliation, t('memberAdded', { name: m.displayName })))
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    after()
  }
  const columns: Column<GroupMember>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (m) => <a class="who" href={address('users', m.jid)}><Avatar name={m.displayName} of={m.jid} size="sm" presence={m.presence} /><b class="clip">{m.displayName}</b></a>,
    },
    { head: t('address'), class: 'hide-sm', cells: 'second', cell: (m) => <span class="clip" title={m.jid}>{m.jid}</span> },
    {
      head: t('affiliation'),
      cell: (m) => (
        <select class="select select--sm" aria-label={`${t('affiliation')}: ${m.displayName}`} value={m.affiliation}
          onChange={(e) => {
            const next = e.currentTarget.value as Affiliation
            void set(m.jid, next, t('roleChanged', { name: m.displayName, role: t(next) }))
          }}>
          <option value="owner">{t('owner')}</option>
          <option value="admin">{t('admin')}</option>
          <option value="member">{t('member')}</option>
        </select>
      ),
    },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (m) => (
        <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name: m.displayName })} title={t('remove', { name: m.displayName })} onClick={() => void remove(m)}><Icon of={x} /></button>
      ),
    },
  ]
  return (
    <section class="card list" aria-label={t('members')}>
      <div class="card-head">
        <h2>{t('members')}</h2>
        <span class="count">{number(g.members)}</span>
        <span class="end row">
          {(g.members > few || view.q) && <SearchField label={t('findMember')} value={view.typed} onChange={view.type} />}
          <Picker class="btn btn--sm" label={t('addMember')} placeholder={t('findUser')} find={findUsers((jid) => items.some((m) => m.jid === jid))}
            onPick={(c) => void set(c.id, 'member', t('memberAdded', { name: c.label }))}>
            <Icon of={adduser} />{t('addMember')}
          </Picker>
        </span>
      </div>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <div class="scroll">
        <Table view={view} page={page} columns={columns} id={(m) => m.jid} rows={4} empty={<p class="card-body muted">{t('noMembers')}</p>} />
      </div>
      {(page.data?.total ?? 0) > few && <Pager view={view} page={page} />}
    </section>
  )
}
