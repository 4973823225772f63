import { useSignal } from '@preact/signals'
import { del, get, path, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { adduser, x } from '../../shared/icons'
import { useLoad, useRested } from '../../shared/load'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { SearchField } from '../../shared/ui/controls'
import { Picker } from '../../shared/ui/picker'
import { Failure, NoHits, reason } from '../../shared/ui/states'
import { Pager, SkeletonRows } from '../../shared/ui/table'
import { toast, toastUndo } from '../../shared/ui/toast'
import type { Group, GroupMember, GroupMemberPage } from '../../shared/types'
import { findUsers } from '../people'
import { t as common } from '../texts/common'
import { t } from '../texts/groups'

type Affiliation = GroupMember['affiliation']

/** Under so many members nobody needs to search or turn pages. */
const few = 25

/** Who belongs to the group, and as what. Changes are made at once. */
export function MemberCard({ group: g, onChanged }: { group: Group; onChanged(): void }) {
  const typed = useSignal('')
  const q = useRested(typed.value, 150).trim()
  const offset = useSignal(0)
  const size = useSignal(50)
  const page = useLoad(
    (signal) => get<GroupMemberPage>('/groups' + path(g.room, 'members'), { q, offset: offset.value || undefined, limit: size.value }, signal),
    [g.room, g.members, q, offset.value, size.value],
    15_000,
  )
  const items = page.data?.items ?? []
  const after = (): void => {
    page.reload()
    onChanged()
  }
  const set = async (jid: string, affiliation: Affiliation, said: string): Promise<void> => {
    try {
      await post('/groups' + path(g.room, 'members'), { set: [{ jid, affiliation }], remove: [] })
      toast({ text: said })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    after()
  }
  const remove = async (m: GroupMember): Promise<void> => {
    try {
      await del('/groups' + path(g.room, 'members', m.jid))
      toastUndo(t('memberRemoved', { name: m.displayName }), () => void set(m.jid, m.affiliation, t('memberAdded', { name: m.displayName })))
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    after()
  }
  return (
    <section class="card list" aria-label={t('members')}>
      <div class="card-head">
        <h2>{t('members')}</h2>
        <span class="count">{number(g.members)}</span>
        <span class="end row">
          {(g.members > few || q) && <SearchField label={t('findMember')} value={typed.value} onChange={(text) => (typed.value = text)} />}
          <Picker class="btn btn--sm" label={t('addMember')} placeholder={t('findUser')} find={findUsers((jid) => items.some((m) => m.jid === jid))}
            onPick={(c) => void set(c.id, 'member', t('memberAdded', { name: c.label }))}>
            <Icon of={adduser} />{t('addMember')}
          </Picker>
        </span>
      </div>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <div class="scroll">
        <table class="table" aria-busy={page.loading}>
          <thead>
            <tr><th scope="col" class="c-first">{t('name')}</th><th scope="col" class="hide-sm">{t('address')}</th><th scope="col">{t('affiliation')}</th><th scope="col"><span class="sr">{common('actions')}</span></th></tr>
          </thead>
          <tbody>
            {!page.data && page.slow && <SkeletonRows rows={4} columns={4} />}
            {items.map((m) => (
              <tr key={m.jid}>
                <td class="c-first"><a class="who" href={address('users', m.jid)}><Avatar name={m.displayName} of={m.jid} size="sm" presence={m.presence} /><b class="clip">{m.displayName}</b></a></td>
                <td class="second hide-sm"><span class="clip" title={m.jid}>{m.jid}</span></td>
                <td>
                  <select class="select select--sm" aria-label={`${t('affiliation')}: ${m.displayName}`} value={m.affiliation}
                    onChange={(e) => {
                      const next = e.currentTarget.value as Affiliation
                      void set(m.jid, next, t('roleChanged', { name: m.displayName, role: t(next) }))
                    }}>
                    <option value="owner">{t('owner')}</option>
                    <option value="admin">{t('admin')}</option>
                    <option value="member">{t('member')}</option>
                  </select>
                </td>
                <td class="c-act">
                  <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name: m.displayName })} title={t('remove', { name: m.displayName })} onClick={() => void remove(m)}><Icon of={x} /></button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {page.data && !items.length && (q ? <NoHits q={q} onClear={() => (typed.value = '')} /> : <p class="card-body muted">{t('noMembers')}</p>)}
      </div>
      {page.data && page.data.total > size.value && (
        <Pager offset={offset.value} shown={items.length} total={page.data.total} size={size.value} onMove={(to) => (offset.value = to)} onSize={(n) => (size.value = n)} />
      )}
    </section>
  )
}
