import type { ComponentChildren } from 'preact'
import { number } from '../i18n'
import { Icon } from '../icon'
import { down, left, right, sort as sortIcon, up } from '../icons'
import { range } from '../format'
import { t } from './texts'

export interface Sorting {
  by: string
  desc: boolean
}

/** The head of a column that rows can be sorted by. */
export function SortHead({ by, now, onSort, class: names, children }: {
  by: string
  now: Sorting
  onSort(next: Sorting): void
  class?: string
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

export const pageSizes = [25, 50, 100, 200]

export function Pager({ offset, shown, total, size, onMove, onSize }: {
  offset: number
  shown: number
  total: number
  size: number
  onMove(offset: number): void
  onSize(size: number): void
}) {
  return (
    <div class="pager">
      <span class="num" role="status">{t('rangeOf', { range: range(offset, shown), total })}</span>
      <span class="end row">
        <label class="row">
          {t('rows')}
          <select class="select pager-size" value={size} onChange={(e) => onSize(Number(e.currentTarget.value))}>
            {pageSizes.map((n) => <option key={n} value={n}>{number(n)}</option>)}
          </select>
        </label>
        <span class="btn-group">
          <button type="button" class="btn btn--sm btn--icon" disabled={offset === 0} aria-label={t('previousPage')} title={t('previousPage')} onClick={() => onMove(Math.max(0, offset - size))}>
            <Icon of={left} />
          </button>
          <button type="button" class="btn btn--sm btn--icon" disabled={offset + shown >= total} aria-label={t('nextPage')} title={t('nextPage')} onClick={() => onMove(offset + size)}>
            <Icon of={right} />
          </button>
        </span>
      </span>
    </div>
  )
}

/** Rows of the final height where a table will be. */
export function SkeletonRows({ rows, columns }: { rows: number; columns: number }) {
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
