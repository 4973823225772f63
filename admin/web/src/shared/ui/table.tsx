import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { range } from '../format'
import { number } from '../i18n'
import { Icon } from '../icon'
import { down, left, right, sort as sortIcon, up } from '../icons'
import type { Loaded } from '../load'
import { NoHits } from './states'
import { t } from './texts'
import { pageSizes, type Sorting, type View } from './view'

/** A part of a list. Without a total nobody knows how long it is. */
export interface Part<T> {
  items: T[]
  total?: number
}

export interface Column<T> {
  head: ComponentChildren
  /** The head is for screen readers alone. */
  mute?: boolean
  /** Of head and cells. */
  class?: string
  /** Of cells alone. */
  cells?: string
  /** What the server calls the order by this column; without it rows cannot be sorted by it. */
  by?: string
  cell(item: T, index: number): ComponentChildren
  title?(item: T): string | undefined
}

export interface TableProps<T> {
  view: View
  page: Loaded<Part<T>>
  columns: Column<T>[]
  id(item: T): string | number
  rowClass?(item: T): string
  /** What lies open under a row. */
  opened?(item: T): ComponentChildren
  /** Stands in place of the rows when there is nothing, and nothing is searched for. */
  empty: ComponentChildren
  /** Takes back whatever leaves nothing to show; the search alone when it is not told. */
  onClear?: () => void
  /** How many rows are drawn until the first ones are there. */
  rows?: number
}

/** Rows of a part of a list, whatever becomes of loading them: on their way, there, none that fit, none at all. */
export function Table<T>({ view, page, columns, id, rowClass, opened, empty, onClear, rows = 8 }: TableProps<T>) {
  const items = page.data?.items ?? []
  const total = page.data?.total ?? 0
  useEffect(() => {
    // The last rows of the last part are gone: the part before it is the last one now.
    if (page.data && !items.length && total > 0 && view.offset > 0) view.move(Math.floor((total - 1) / view.size) * view.size)
  }, [page.data])
  if (page.data && !items.length) return <>{view.q ? <NoHits q={view.q} onClear={onClear ?? (() => view.type(''))} /> : empty}</>
  return (
    <table class="table" aria-busy={page.loading}>
      <thead>
        <tr>
          {columns.map((c, i) =>
            c.by ? <SortHead key={i} by={c.by} now={view.sorting} onSort={view.sort} class={c.class}>{c.head}</SortHead>
            : <th key={i} scope="col" class={c.class}>{c.mute ? <span class="sr">{c.head}</span> : c.head}</th>)}
        </tr>
      </thead>
      <tbody>
        {!page.data && page.slow && <SkeletonRows rows={rows} columns={columns.length} />}
        {items.flatMap((item, row) => {
          const under = opened?.(item)
          return [
            <tr key={id(item)} class={rowClass?.(item)}>
              {columns.map((c, i) => (
                <td key={i} class={[c.class, c.cells].filter(Boolean).join(' ') || undefined} title={c.title?.(item)}>{c.cell(item, row)}</td>
              ))}
            </tr>,
            under && <tr key={`${id(item)} opened`} class="opened"><td colSpan={columns.length}>{under}</td></tr>,
          ]
        })}
      </tbody>
    </table>
  )
}

/** The head of a column that rows can be sorted by. */
function SortHead({ by, now, onSort, class: names, children }: {
  by: string
  now: Sorting
  onSort(next: Sorting): void
  class: string | undefined
  children: ComponentChildren
}) {
  const mine = now.by === by
  return (
    <th scope="col" class={names} aria-sort={mine ? (now.desc ? 'descending' : 'ascending') : undefined}>
      <button type="button" onClick={() => onSort({ by, desc: mine && !now.desc })}>
        {children}
        <Icon of={mine ? (now.desc ? down : up) : sortIcon} />
      </button>
    </th>
  )
}

/** Which part of a list is shown, and the way to the others; nothing for an empty list. */
export function Pager({ view, page }: { view: View; page: Loaded<Part<unknown>> }) {
  const total = page.data?.total ?? 0
  const shown = page.data?.items.length ?? 0
  if (total === 0) return null
  return (
    <div class="pager">
      <span class="num" role="status">{t('rangeOf', { range: range(view.offset, shown), total })}</span>
      <span class="end row">
        <label class="row">
          {t('rows')}
          <select class="select pager-size" value={view.size} onChange={(e) => view.resize(Number(e.currentTarget.value))}>
            {pageSizes.map((n) => <option key={n} value={n}>{number(n)}</option>)}
          </select>
        </label>
        <span class="btn-group">
          <button type="button" class="btn btn--sm btn--icon" disabled={view.offset === 0} aria-label={t('previousPage')} title={t('previousPage')} onClick={() => view.move(view.offset - view.size)}>
            <Icon of={left} />
          </button>
          <button type="button" class="btn btn--sm btn--icon" disabled={view.offset + shown >= total} aria-label={t('nextPage')} title={t('nextPage')} onClick={() => view.move(view.offset + view.size)}>
            <Icon of={right} />
          </button>
        </span>
      </span>
    </div>
  )
}

/** Rows of the final height where a table will be. */
function SkeletonRows({ rows, columns }: { rows: number; columns: number }) {
  return (
    <>
      {Array.from({ length: rows }, (_, r) => (
        <tr key={r} aria-hidden="true">
          {Array.from({ length: columns }, (_, c) => (
            <td key={c}><div class={`skel skel-${(r * 3 + c * 5) % 4}`} /></td>
          ))}
        </tr>
      ))}
    </>
  )
}
