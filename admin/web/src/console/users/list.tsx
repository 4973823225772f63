import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { get } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { dnd, down, edit, fax, filter, laptop, mobile, more, ok, plus, shield, trash, user as userIcon, x } from '../../shared/icons'
import { keep, kept } from '../../shared/kept'
import { useLoad, useRested } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { SearchField } from '../../shared/ui/controls'
import { useKey } from '../../shared/ui/keys'
import { Menu } from '../../shared/ui/menu'
import { Picker, type Choice } from '../../shared/ui/picker'
import { Empty, Failure, NoHits } from '../../shared/ui/states'
import { Pager, SkeletonRows, SortHead, pageSizes, type Sorting } from '../../shared/ui/table'
import type { PermissionPage, User, UserPage } from '../../shared/types'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/users'
import { assign, disable, enable, remove, type Named } from './actions'
import { QuickForm } from './quick'

/** How often presence and changes by others are looked for. */
const refresh = 15_000

export function UserList() {
  const query = place.value.query
  const typed = useSignal(query.get('q') ?? '')
  const q = useRested(typed.value, 150).trim()
  const permission = query.get('permission') ?? ''
  const state = query.get('state') ?? ''
  const sorting: Sorting = { by: query.get('sort') ?? 'displayName', desc: query.get('desc') === 'true' }
  const offset = Math.max(0, Number(query.get('offset')) || 0)
  const keptSize = Number(kept('rows'))
  const size = useSignal(pageSizes.includes(keptSize) ? keptSize : 50)
  const picked = useSignal<Map<string, Named>>(new Map())
  const names = useSignal<Record<string, string>>({})
  const field = useRef<HTMLInputElement>(null)
  const lastPick = useRef(-1)
  const adding = query.get('add') === '1'

  useEffect(() => {
    if (q !== (query.get('q') ?? '')) setQuery({ q, offset: '' })
  }, [q])
  useKey('/', () => field.current?.focus())

  const page = useLoad(
    (signal) =>
      get<UserPage>('/users', { q, permission, state, sort: sorting.by, desc: sorting.desc || undefined, offset: offset || undefined, limit: size.value }, signal),
    [q, permission, state, sorting.by, sorting.desc, offset, size.value],
    refresh,
  )
  const items = page.data?.items ?? []
  const total = page.data?.total ?? 0
  const filtered = q !== '' || permission !== '' || state !== ''
  const here = items.filter((u) => picked.value.has(u.jid)).length

  const sort = (next: Sorting): void => setQuery({ sort: next.by === 'displayName' ? '' : next.by, desc: next.desc ? 'true' : '', offset: '' })
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
    typed.value = ''
    setQuery({ q: '', permission: '', state: '', offset: '' })
  }
  const sortedBy = `sorted_${sorting.by}`

  return (
    <Page title={t('title')} class="page-list" note={page.data && <span class="count">{number(total)}</span>}
      actions={
        <>
          <a class="btn" href={address('users', 'bin')}><Icon of={trash} /><span class="hide-sm">{t('binTitle')}</span></a>
          <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
        </>
      }>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <section class="card list" aria-label={t('title')}>
        <div class="table-tools">
          <SearchField label={t('findLabel')} placeholder={t('find')} value={typed.value} onChange={(text) => (typed.value = text)} inputRef={field} />
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
        </div>
        {picked.value.size > 0 && (
          <div class="bulkbar" role="region" aria-label={t('bulkRegion')}>
            <b aria-live="polite">{common('selected', { n: picked.value.size })}</b>
            <span class="muted">{common('ofTotal', { n: total })}</span>
            <span class="row wrap bulk-actions">
              <Picker class="btn btn--sm" label={t('bulkAssign')} find={findPermission} onPick={(p) => void assign([...picked.value.keys()], p, true, page.reload)}>
                <Icon of={shield} />{t('bulkAssign')}
              </Picker>
              <Picker class="btn btn--sm" label={t('bulkUnassign')} find={findPermission} onPick={(p) => void assign([...picked.value.keys()], p, false, page.reload)}>
                {t('bulkUnassign')}
              </Picker>
              <button type="button" class="btn btn--sm" onClick={() => void disable([...picked.value.keys()], after)}><Icon of={dnd} />{t('disable')}</button>
              <button type="button" class="btn btn--sm" onClick={() => void enable([...picked.value.keys()], after)}><Icon of={ok} />{t('enable')}</button>
              <button type="button" class="btn btn--sm btn--quiet-danger" onClick={() => void remove([...picked.value.values()], after)}><Icon of={trash} />{t('delete')}</button>
            </span>
            <button type="button" class="btn btn--ghost btn--icon btn--sm end" aria-label={common('clearSelection')} title={common('clearSelection')} onClick={unpick}><Icon of={x} /></button>
          </div>
        )}
        <div class="scroll">
          <table class="table" aria-busy={page.loading}>
            <thead>
              <tr>
                <th class="c-check" scope="col">
                  <Check checked={here > 0 && here === items.length} some={here > 0 && here < items.length} label={common('selectPage')} onChange={pickPage} />
                </th>
                <SortHead by="displayName" now={sorting} onSort={sort}>{t('displayName')}</SortHead>
                <SortHead by="login" now={sorting} onSort={sort} class="hide-sm">{t('login')}</SortHead>
                <SortHead by="extension" now={sorting} onSort={sort} class="c-num">{t('extension')}</SortHead>
                <th scope="col">{t('presence')}</th>
                <th scope="col" class="hide-md">{t('devices')}</th>
                <th scope="col" class="hide-sm">{common('permissions')}</th>
                <th class="c-act" scope="col"><span class="sr">{common('actions')}</span></th>
              </tr>
            </thead>
            <tbody>
              {!page.data && page.slow && <SkeletonRows rows={12} columns={8} />}
              {items.map((u, i) => <Row key={u.jid} u={u} picked={picked.value.has(u.jid)} onPick={(on, through) => pick(i, on, through)} reload={page.reload} />)}
            </tbody>
          </table>
          {page.data && !items.length && (
            q ? <NoHits q={q} onClear={clear} />
            : filtered ? <Empty icon={filter} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={clear}>{t('clearFilters')}</button>} />
            : <Empty icon={userIcon} title={t('empty')} action={<button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} />{t('add')}</button>}>{t('emptyText')}</Empty>
          )}
        </div>
        <Pager offset={offset} shown={items.length} total={total} size={size.value} onMove={(to) => setQuery({ offset: to ? String(to) : '' })}
          onSize={(n) => {
            keep('rows', String(n))
            size.value = n
            setQuery({ offset: '' })
          }} />
      </section>
      {adding && <QuickForm onClose={() => setQuery({ add: '' })} onSaved={page.reload} />}
    </Page>
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

function Row({ u, picked, onPick, reload }: { u: User; picked: boolean; onPick(on: boolean, through: boolean): void; reload(): void }) {
  const rest = u.permissions.slice(badges)
  return (
    <tr class={picked ? 'is-picked' : ''}>
      <td class="c-check"><Check checked={picked} label={common('selectOne', { name: u.displayName })} onChange={onPick} /></td>
      <td>
        <a class="who" href={address('users', u.jid)} title={u.displayName}>
          <Avatar name={u.displayName} of={u.jid} size="sm" presence={u.presence} />
          <b class="clip">{u.displayName}</b>
          {u.state === 'disabled' && <span class="badge badge--bad">{t('disabled')}</span>}
        </a>
      </td>
      <td class="second login hide-sm"><span class="clip" title={u.jid}>{u.login}</span></td>
      <td class="c-num">{u.extension}</td>
      <td class="second">{common(u.presence)}</td>
      <td class="hide-md">
        <span class="devs">
          {u.softphone && <span title={t('softphone')}><Icon of={laptop} size="m" /><span class="sr">{t('softphone')} </span></span>}
          {u.mobile && <span title={t('mobile')}><Icon of={mobile} size="m" /><span class="sr">{t('mobile')} </span></span>}
          {u.faxExtension && <span title={t('fax')}><Icon of={fax} size="m" /><span class="sr">{t('fax')}</span></span>}
        </span>
      </td>
      <td class="hide-sm">
        <span class="badges">
          {u.permissions.slice(0, badges).map((p) => <span key={p.id} class={'badge' + (p.id === 'all' ? ' badge--line' : '')} title={p.name}><span class="clip">{p.name}</span></span>)}
          {rest.length > 0 && <span class="badge" title={rest.map((p) => p.name).join(', ')}>+{number(rest.length)}<span class="sr"> {rest.map((p) => p.name).join(', ')}</span></span>}
        </span>
      </td>
      <td class="c-act">
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
      </td>
    </tr>
  )
}
