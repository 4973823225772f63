import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { dnd, down, edit, fax, filter, laptop, minus, mobile, more, ok, plus, shield, trash, user as userIcon, x } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Menu } from '../../shared/ui/menu'
import { Picker, type Choice } from '../../shared/ui/picker'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { useView } from '../../shared/ui/view'
import type { PermissionPage, User, UserPage } from '../../shared/types'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/users'
import { assign, disable, enable, remove, type Named } from './actions'
import { QuickForm } from './quick'

/** How often presence and changes by others are looked for. */
const refresh = 15_000

export function UserList() {
  const view = useView({ sort: 'displayName' })
  const query = place.value.query
  const permission = query.get('permission') ?? ''
  const state = query.get('state') ?? ''
  const picked = useSignal<Map<string, Named>>(new Map())
  const names = useSignal<Record<string, string>>({})
  const lastPick = useRef(-1)

  const page = useLoad((signal) => get<UserPage>('/users', { ...view.query, permission, state }, signal), [view.key, permission, state], refresh)
  const items = page.data?.items ?? []
  const total = page.data?.total ?? 0
  const here = items.filter((u) => picked.value.has(u.jid)).length

  const pick = (index: number, on: boolean, through: boolean): void => {
    const next = new Map(picked.value)
    const from = through && lastPick.current >= 0 ? Math.min(lastPick.current, index) : index
    const to = through && lastPick.current >= 0 ? Math.max(lastPick.current, index) : index
    for (const u of items.slice(from, to + 1)) on ? next.set(u.jid, u) : next.delete(u.jid)
    lastPick.current = index
    picked.value = next
  }
  const pickPage = (on: boolean): void => {
    const next = new Map(picked.value)
    for (const u of items) on ? next.set(u.jid, u) : next.delete(u.jid)
    picked.value = next
  }
  const unpick = (): void => {
    picked.value = new Map()
    lastPick.current = -1
  }
  const findPermission = async (text: string, signal: AbortSignal): Promise<Choice[]> => {
    const found = await get<PermissionPage>('/permissions', { q: text, limit: 200 }, signal)
    return found.items.map((p) => ({ id: p.id, label: p.name, detail: number(p.members.users) }))
  }
  const after = (): void => {
    unpick()
    page.reload()
  }
  const clear = (): void => {
    view.type('')
    setQuery({ q: '', permission: '', state: '', offset: '' })
  }
  const sortedBy = `sorted_${view.sorting.by}`
  const columns: Column<User>[] = [
    {
      head: <Check checked={here > 0 && here === items.length} some={here > 0 && here < items.length} label={common('selectPage')} onChange={pickPage} />, class: 'c-check',
      cell: (u, i) => <Check checked={picked.value.has(u.jid)} label={common('selectOne', { name: u.displayName })} onChange={(on, through) => pick(i, on, through)} />,
    },
    {
      head: t('displayName'), by: 'displayName',
      cell: (u) => (
        <a class="who" href={address('users', u.jid)} title={u.displayName}>
          <Avatar name={u.displayName} of={u.jid} size="sm" presence={u.presence} />
          <b class="clip">{u.displayName}</b>
          {u.state === 'disabled' && <span class="badge badge--bad">{t('disabled')}</span>}
        </a>
      ),
    },
    { head: t('login'), by: 'login', class: 'hide-sm', cells: 'second login', cell: (u) => <span class="clip" title={u.jid}>{u.login}</span> },
    { head: t('extension'), by: 'extension', class: 'c-num', cell: (u) => u.extension },
    { head: t('presence'), cells: 'second', cell: (u) => common(u.presence) },
    { head: t('devices'), class: 'hide-md', cell: (u) => <Devices u={u} /> },
    { head: common('permissions'), class: 'hide-sm', cell: (u) => <Permissions u={u} /> },
    { head: common('actions'), mute: true, class: 'c-act', cell: (u) => <Actions u={u} reload={page.reload} /> },
  ]
  const add = <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} />{t('add')}</button>

  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(u) => u.jid} rows={12}
      rowClass={(u) => (picked.value.has(u.jid) ? 'is-picked' : '')} onClear={clear}
      actions={
        <>
          <a class="btn" href={address('users', 'bin')}><Icon of={trash} /><span class="hide-sm">{t('binTitle')}</span></a>
          <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
        </>
      }
      tools={
        <>
          <Picker class={'btn ' + (permission ? 'btn--on' : 'btn--soft')} label={common('permissions')} chosen={permission}
            find={async (text, signal) => [...(text ? [] : [{ id: '', label: t('any') }]), ...(await findPermission(text, signal))]}
            onPick={(choice) => {
              names.value = { ...names.value, [choice.id]: choice.label }
              setQuery({ permission: choice.id, offset: '' })
            }}>
            <Icon of={shield} />
            <span class="clip">{permission ? t('onePermission', { name: names.value[permission] ?? '…' }) : t('anyPermission')}</span>
            <Icon of={down} size="s" />
          </Picker>
          <Picker class={'btn ' + (state ? 'btn--on' : 'btn--soft')} label={t('state')} chosen={state}
            find={(text) => [{ id: '', label: t('any') }, { id: 'active', label: t('stateActive') }, { id: 'disabled', label: t('stateDisabled') }]
              .filter((c) => c.label.toLowerCase().includes(text.toLowerCase()))}
            onPick={(choice) => setQuery({ state: choice.id, offset: '' })}>
            <Icon of={filter} />
            {state === 'active' ? `${t('state')}: ${t('stateActive')}` : state === 'disabled' ? `${t('state')}: ${t('stateDisabled')}` : t('stateAny')}
            <Icon of={down} size="s" />
          </Picker>
          <span class="end muted hide-md">{t.has(sortedBy) && t(sortedBy)}</span>
        </>
      }
      bulk={picked.value.size > 0 && (
        <div class="bulkbar" role="region" aria-label={t('bulkRegion')}>
          <b aria-live="polite">{common('selected', { n: picked.value.size })}</b>
          <span class="muted">{common('ofTotal', { n: total })}</span>
          <span class="row wrap bulk-actions">
            <Picker class="btn btn--sm" label={t('bulkAssign')} find={findPermission} onPick={(p) => void assign([...picked.value.keys()], p, true, page.reload)}>
              <Icon of={shield} />{t('bulkAssign')}
            </Picker>
            <Picker class="btn btn--sm" label={t('bulkUnassign')} find={findPermission} onPick={(p) => void assign([...picked.value.keys()], p, false, page.reload)}>
              <Icon of={minus} />{t('bulkUnassign')}
            </Picker>
            <button type="button" class="btn btn--sm" onClick={() => void disable([...picked.value.keys()], after)}><Icon of={dnd} />{t('disable')}</button>
            <button type="button" class="btn btn--sm" onClick={() => void enable([...picked.value.keys()], after)}><Icon of={ok} />{t('enable')}</button>
            <button type="button" class="btn btn--sm btn--quiet-danger" onClick={() => void remove([...picked.value.values()], after)}><Icon of={trash} />{t('delete')}</button>
          </span>
          <button type="button" class="btn btn--ghost btn--icon btn--sm end" aria-label={common('clearSelection')} title={common('clearSelection')} onClick={unpick}><Icon of={x} /></button>
        </div>
      )}
      empty={permission || state
        ? <Empty icon={filter} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={clear}>{t('clearFilters')}</button>} />
        : <Empty icon={userIcon} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {query.get('add') === '1' && <QuickForm onClose={() => setQuery({ add: '' })} onSaved={page.reload} />}
    </ListPage>
  )
}

function Check({ checked, some, label, onChange }: { checked: boolean; some?: boolean; label: string; onChange(on: boolean, through: boolean): void }) {
  return (
    <input class={'check' + (some ? ' is-some' : '')} type="checkbox" checked={checked} indeterminate={some} aria-label={label}
      onClick={(e) => onChange(e.currentTarget.checked, e.shiftKey)} />
  )
}

/** How many permissions a row names; the rest is a number with the names as its title. */
const badges = 2

function Devices({ u }: { u: User }) {
  return (
    <span class="devs">
      {u.softphone && <span title={t('softphone')}><Icon of={laptop} size="m" /><span class="sr">{t('softphone')} </span></span>}
      {u.mobile && <span title={t('mobile')}><Icon of={mobile} size="m" /><span class="sr">{t('mobile')} </span></span>}
      {u.faxExtension && <span title={t('fax')}><Icon of={fax} size="m" /><span class="sr">{t('fax')}</span></span>}
    </span>
  )
}

function Permissions({ u }: { u: User }) {
  const rest = u.permissions.slice(badges)
  return (
    <span class="badges">
      {u.permissions.slice(0, badges).map((p) => <span key={p.id} class={'badge' + (p.id === 'all' ? ' badge--line' : '')} title={p.name}><span class="clip">{p.name}</span></span>)}
      {rest.length > 0 && <span class="badge" title={rest.map((p) => p.name).join(', ')}>+{number(rest.length)}<span class="sr"> {rest.map((p) => p.name).join(', ')}</span></span>}
    </span>
  )
}

function Actions({ u, reload }: { u: User; reload(): void }) {
  return (
    <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: u.displayName })}
      items={[
        { label: t('open'), icon: edit, act: () => void go(address('users', u.jid)) },
        ...(u.editable
          ? [
              u.state === 'disabled'
                ? { label: t('enable'), icon: ok, act: () => void enable([u.jid], reload) }
                : { label: t('disable'), icon: dnd, act: () => void disable([u.jid], reload) },
              { label: t('delete'), icon: trash, bad: true, apart: true, act: () => void remove([u], reload) },
            ]
          : []),
      ]}>
      <Icon of={more} />
    </Menu>
  )
}
