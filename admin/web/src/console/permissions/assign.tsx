import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import { get, path } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { device, left, lefts, pin, right, rights, search, team, user } from '../../shared/icons'
import { useRested } from '../../shared/load'
import { Avatar } from '../../shared/ui/avatar'
import { announce } from '../../shared/ui/live'
import { Empty, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Member, MemberPage } from '../../shared/types'
import { kindWords, t } from '../texts/permissions'
import type { Kind, Moves } from './moves'

type Side = 'available' | 'assigned'

const icons: Record<Kind, string> = { user, device, team, location: pin }

/** How many are asked for at once; the list loads more when its end comes near. */
const portion = 200

/** The most that one request gives. */
const most = 500

/** The height of a row in console.css: only rows in sight are in the document. */
const rowHeight = 38

const fits = (m: Member, q: string): boolean => [m.name, m.detail, m.id].some((text) => text.toLowerCase().includes(q.toLowerCase()))

interface Part {
  items: Member[]
  total: number
}

/** One side's members as the server has them, in growing parts. */
function useMembers(id: string, kind: Kind, side: Side, q: string) {
  const part = useSignal<Part | undefined>(undefined)
  const more = useRef(false)
  const control = useRef(new AbortController())
  const ask = (offset: number): Promise<MemberPage> =>
    get<MemberPage>('/permissions' + path(id, 'members'), { kind, assigned: side === 'assigned', q, offset: offset || undefined, limit: portion }, control.current.signal)
  useEffect(() => {
    control.current = new AbortController()
    const mine = control.current
    ask(0).then(
      (page) => {
        if (!mine.signal.aborted) part.value = page
      },
      (e: unknown) => {
        if (!mine.signal.aborted) toast({ bad: true, text: reason(e) })
      },
    )
    return () => mine.abort()
  }, [id, kind, q])
  const loadMore = async (): Promise<void> => {
    const now = part.peek()
    if (!now || more.current || now.items.length >= now.total) return
    more.current = true
    const mine = control.current
    try {
      const next = await ask(now.items.length)
      if (mine.signal.aborted) return
      const known = new Set(now.items.map((m) => m.id))
      part.value = { items: [...now.items, ...next.items.filter((m) => !known.has(m.id))], total: next.total }
    } catch {
      // Scrolling on asks again.
    } finally {
      more.current = false
    }
  }
  return { part: part.value, loadMore }
}

/** Everyone of a side, whatever is loaded. */
async function everyone(id: string, kind: Kind, side: Side, q: string): Promise<Member[]> {
  const all: Member[] = []
  for (;;) {
    const page = await get<MemberPage>('/permissions' + path(id, 'members'), { kind, assigned: side === 'assigned', q, offset: all.length || undefined, limit: most })
    all.push(...page.items)
    if (!page.items.length || all.length >= page.total) return all
  }
}

/** Two lists: who could have the permission and who has it. Nothing is sent before the page is saved. */
export function AssignList({ id, kind, moves, onMoves }: { id: string; kind: Kind; moves: Moves; onMoves(moves: Moves): void }) {
  const picked = { available: useSignal<Map<string, Member>>(new Map()), assigned: useSignal<Map<string, Member>>(new Map()) }
  const q = { available: useSignal(''), assigned: useSignal('') }
  const busy = useSignal(false)
  const box = useRef<HTMLDivElement>(null)

  const move = (to: Side, members: Member[]): void => {
    if (!members.length) return
    const add = new Map(moves.add)
    const remove = new Map(moves.remove)
    const [into, back] = to === 'assigned' ? [add, remove] : [remove, add]
    for (const m of members) back.delete(m.id) || into.set(m.id, m)
    picked.available.value = new Map()
    picked.assigned.value = new Map()
    announce(t(to === 'assigned' ? 'movedIn' : 'movedOut', { n: members.length }))
    onMoves({ add, remove })
  }
  const moveAll = async (to: Side): Promise<void> => {
    const from: Side = to === 'assigned' ? 'available' : 'assigned'
    busy.value = true
    try {
      const [out, into] = from === 'available' ? [moves.add, moves.remove] : [moves.remove, moves.add]
      const stored = await everyone(id, kind, from, q[from].value.trim())
      move(to, [...stored.filter((m) => !out.has(m.id)), ...[...into.values()].filter((m) => fits(m, q[from].value.trim()))])
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    } finally {
      busy.value = false
    }
  }
  const totals = { available: useSignal(0), assigned: useSignal(0) }
  const column = (side: Side) => (
    <Column id={id} kind={kind} side={side} q={q[side].value} onQ={(text) => (q[side].value = text)}
      picked={picked[side].value} onPicked={(next) => (picked[side].value = next)}
      into={side === 'assigned' ? moves.add : moves.remove} out={side === 'assigned' ? moves.remove : moves.add}
      onTotal={(n) => (totals[side].value = n)}
      onMove={(members) => move(side === 'available' ? 'assigned' : 'available', members)}
      onDrop={() => move(side, [...picked[side === 'available' ? 'assigned' : 'available'].value.values()])}
      onOther={() => box.current?.querySelector<HTMLElement>(`[data-side=${side === 'available' ? 'assigned' : 'available'}] [role=listbox]`)?.focus()} />
  )
  const n = { available: picked.available.value.size, assigned: picked.assigned.value.size }
  return (
    <>
      <div class="assign" ref={box} aria-busy={busy.value}>
        {column('available')}
        <div class="assign-mid">
          <IconButton primary={n.available > 0} disabled={!n.available} label={t('assignSelected', { n: n.available })} icon={right} act={() => move('assigned', [...picked.available.value.values()])} />
          <IconButton primary={n.assigned > 0} disabled={!n.assigned} label={t('takeSelected', { n: n.assigned })} icon={left} act={() => move('available', [...picked.assigned.value.values()])} />
          <span class="assign-gap" />
          <IconButton disabled={!totals.available.value || busy.value} label={t('assignAll', { n: totals.available.value })} icon={rights} act={() => void moveAll('assigned')} />
          <IconButton disabled={!totals.assigned.value || busy.value} label={t('takeAll', { n: totals.assigned.value })} icon={lefts} act={() => void moveAll('available')} />
        </div>
        {column('assigned')}
      </div>
      <p class="hint row wrap keys hide-sm">
        <span><kbd>{t('keySpace')}</kbd> {t('keySelect')}</span>
        <span><kbd>→</kbd> <kbd>←</kbd> {t('keyMove')}</span>
        <span><kbd>Tab</kbd> {t('keyTab')}</span>
        <span>{t('keyMouse')}</span>
      </p>
    </>
  )
}

function IconButton({ label, icon, act, disabled, primary }: { label: string; icon: string; act(): void; disabled: boolean; primary?: boolean }) {
  return (
    <button type="button" class={'btn btn--icon' + (primary ? ' btn--primary' : '')} aria-label={label} title={label} disabled={disabled} onClick={act}><Icon of={icon} /></button>
  )
}

interface ColumnProps {
  id: string
  kind: Kind
  side: Side
  q: string
  onQ(q: string): void
  picked: Map<string, Member>
  onPicked(picked: Map<string, Member>): void
  /** Moved here, not saved: they stand first. */
  into: Map<string, Member>
  /** Moved away, not saved: they are not shown. */
  out: Map<string, Member>
  onTotal(n: number): void
  onMove(members: Member[]): void
  onDrop(): void
  onOther(): void
}

function Column({ id, kind, side, q, onQ, picked, onPicked, into, out, onTotal, onMove, onDrop, onOther }: ColumnProps) {
  const asked = useRested(q, 150).trim()
  const { part, loadMore } = useMembers(id, kind, side, asked)
  const news = [...into.values()].filter((m) => fits(m, asked))
  const rows = [...news, ...(part?.items ?? []).filter((m) => !out.has(m.id))]
  const gone = [...out.values()].filter((m) => fits(m, asked)).length
  const total = part ? Math.max(0, part.total - gone) + news.length : 0
  useEffect(() => onTotal(total), [total])
  const title = t(side)
  const dragOver = useSignal(false)
  return (
    <div class={'assign-col' + (dragOver.value ? ' is-over' : '')} data-side={side}
      onDragOver={(e) => {
        if (!e.dataTransfer?.types.includes('text/x-' + (side === 'available' ? 'assigned' : 'available'))) return
        e.preventDefault()
        dragOver.value = true
      }}
      onDragLeave={() => (dragOver.value = false)}
      onDrop={(e) => {
        e.preventDefault()
        dragOver.value = false
        onDrop()
      }}>
      <div class="assign-head">
        <h3>{title}</h3>
        <span class="count">{number(total)}</span>
        {picked.size > 0 ? <span class="end muted small">{t('selected', { n: picked.size })}</span>
          : news.length > 0 && side === 'assigned' && <span class="end badge badge--ok">{t('new_', { n: news.length })}</span>}
      </div>
      <div class="assign-find">
        <span class="with-icon">
          <Icon of={search} />
          <input class="input" type="search" aria-label={t(side === 'available' ? 'findAvailable' : 'findAssigned')} placeholder={t(side === 'available' ? 'findAvailable' : 'findAssigned')}
            value={q} onInput={(e) => onQ(e.currentTarget.value)} />
        </span>
      </div>
      <Rows label={t(side === 'available' ? 'availableUsers' : 'assignedUsers', { kind: kindWords(kind) })} kind={kind} side={side} rows={rows} total={total} fresh={into} picked={picked} onPicked={onPicked}
        onMove={onMove} onOther={onOther} onEnd={() => void loadMore()} loaded={part !== undefined} />
    </div>
  )
}

interface RowsProps {
  label: string
  kind: Kind
  side: Side
  rows: Member[]
  total: number
  fresh: Map<string, Member>
  picked: Map<string, Member>
  onPicked(picked: Map<string, Member>): void
  onMove(members: Member[]): void
  onOther(): void
  onEnd(): void
  loaded: boolean
}

/** A listbox of which only what is in sight is in the document. */
function Rows({ label, kind, side, rows, total, fresh, picked, onPicked, onMove, onOther, onEnd, loaded }: RowsProps) {
  const box = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(400)
  const active = useSignal(0)
  const anchor = useRef(0)
  const prefix = useId()
  const at = Math.min(active.value, rows.length - 1)
  const first = Math.max(0, Math.floor(top.value / rowHeight) - 4)
  const last = Math.min(rows.length, Math.ceil((top.value + height.value) / rowHeight) + 4)

  useEffect(() => {
    const b = box.current!
    const observer = new ResizeObserver(() => (height.value = b.clientHeight))
    observer.observe(b)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (loaded && last >= rows.length - 20) onEnd()
  }, [last, rows.length, loaded])

  const show = (i: number): void => {
    const b = box.current!
    const y = i * rowHeight
    if (y < b.scrollTop) b.scrollTop = y
    else if (y + rowHeight + 8 > b.scrollTop + b.clientHeight) b.scrollTop = y + rowHeight + 8 - b.clientHeight
    top.value = b.scrollTop
  }
  const pick = (from: number, to: number, on: boolean): void => {
    const next = new Map(picked)
    for (const m of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) on ? next.set(m.id, m) : next.delete(m.id)
    onPicked(next)
  }
  const moveNow = (): void => {
    const members = picked.size ? [...picked.values()] : rows[at] ? [rows[at]] : []
    onMove(members)
  }
  const keys = (e: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height.value / rowHeight) - 1)
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + page, PageUp: at - page }
    const next = to[e.key]
    if (next !== undefined) {
      e.preventDefault()
      const i = Math.max(0, Math.min(next, rows.length - 1))
      if (e.shiftKey) pick(anchor.current, i, true)
      else anchor.current = i
      active.value = i
      show(i)
    } else if (e.key === ' ') {
      e.preventDefault()
      const m = rows[at]
      anchor.current = at
      if (m) pick(at, at, !picked.has(m.id))
    } else if ((e.key === 'a' || e.key === 'A') && (e.ctrlKey || e.metaKey)) {
      e.preventDefault()
      pick(0, rows.length - 1, true)
    } else if ((e.key === 'ArrowRight' && side === 'available') || (e.key === 'ArrowLeft' && side === 'assigned') || e.key === 'Enter') {
      e.preventDefault()
      moveNow()
    } else if (e.key === 'Tab' && !e.shiftKey && side === 'available') {
      e.preventDefault()
      onOther()
    }
  }
  return (
    <div class="assign-list" ref={box} role="listbox" aria-multiselectable="true" aria-label={label} tabIndex={0}
      aria-activedescendant={rows[at] ? `${prefix}-${at}` : undefined} onKeyDown={keys} onScroll={(e) => (top.value = e.currentTarget.scrollTop)}>
      <div role="presentation" style={{ paddingTop: first * rowHeight + 'px', paddingBottom: (rows.length - last) * rowHeight + 'px' }}>
        {rows.slice(first, last).map((m, offset) => {
          const i = first + offset
          return (
            <div key={m.id} id={`${prefix}-${i}`} role="option" aria-selected={picked.has(m.id)} aria-setsize={total} aria-posinset={i + 1} draggable
              class={'assign-item' + (fresh.has(m.id) ? ' is-new' : '') + (i === at ? ' is-active' : '')} title={m.id === m.name ? undefined : m.id}
              onClick={(e) => {
                active.value = i
                if (e.shiftKey) pick(anchor.current, i, true)
                else {
                  anchor.current = i
                  pick(i, i, !picked.has(m.id))
                }
              }}
              onDblClick={() => onMove([m])}
              onDragStart={(e) => {
                if (!picked.has(m.id)) onPicked(new Map([[m.id, m]]))
                e.dataTransfer?.setData('text/x-' + side, m.id)
              }}>
              {kind === 'user' ? <Avatar name={m.name} of={m.id} size="sm" /> : <span class="glyph"><Icon of={icons[kind]} /></span>}
              <span class="clip">{m.name}</span>
              {m.detail && <span class="meta num">{m.detail}</span>}
            </div>
          )
        })}
      </div>
      {!loaded && <Waiting lines={4} />}
      {loaded && !rows.length && (
        <div role="presentation" class="assign-none">
          <Empty icon={icons[kind]} title={t(side === 'assigned' ? 'nobody' : 'everybody')}>{side === 'assigned' && t('nobodyText')}</Empty>
        </div>
      )}
    </div>
  )
}
