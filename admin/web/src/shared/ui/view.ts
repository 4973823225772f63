import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Query } from '../api'
import { keep, kept } from '../kept'
import { useRested } from '../load'
import { place, setQuery } from '../router'

export interface Sorting {
  by: string
  desc: boolean
}

/** What a list shows of what the server has: what is searched for, in which order, which part. */
export interface View {
  /** What stands in the search field. */
  readonly typed: string
  /** What is searched for: what was typed, once it rests. */
  readonly q: string
  readonly sorting: Sorting
  readonly offset: number
  readonly size: number
  /** All of that as the API takes it. */
  readonly query: Query
  /** Differs whenever the query does. */
  readonly key: string
  type(text: string): void
  sort(next: Sorting): void
  move(offset: number): void
  resize(size: number): void
}

export const pageSizes = [25, 50, 100, 200]
const firstSize = 50

/** How long what is typed rests before it is searched for. */
const rest = 150

/** A view that stands in the page's address, so that it can be linked to and is there again on the way back; or a list's own, within a page of something else. */
export function useView({ sort: first = '', own = false }: { sort?: string; own?: boolean } = {}): View {
  const values = useSignal<Record<string, string>>({})
  const read = (name: string): string => (own ? values.value[name] : place.value.query.get(name)) ?? ''
  const write = (next: Record<string, string>): void => {
    if (own) values.value = { ...values.value, ...next }
    else setQuery(next)
  }
  const asked = read('q')
  const typed = useSignal(asked)
  const q = useRested(typed.value, rest).trim()
  const size = useSignal(pageSizes.includes(Number(kept('rows'))) ? Number(kept('rows')) : firstSize)
  useEffect(() => {
    if (q !== asked) write({ q, offset: '' })
  }, [q])
  useEffect(() => {
    if (asked !== q) typed.value = asked // the address has changed: a link, or the way back
  }, [asked])
  const sorting: Sorting = { by: read('sort') || first, desc: read('desc') === 'true' }
  const offset = Math.max(0, Number(read('offset')) || 0)
  const query: Query = { q, ...(first && { sort: sorting.by, desc: sorting.desc || undefined }), offset: offset || undefined, limit: size.value }
  return {
    typed: typed.value, q, sorting, offset, size: size.value, query, key: JSON.stringify(query),
    type: (text) => (typed.value = text),
    sort: (next) => write({ sort: next.by === first ? '' : next.by, desc: next.desc ? 'true' : '', offset: '' }),
    move: (to) => write({ offset: to > 0 ? String(to) : '' }),
    resize: (n) => {
      keep('rows', String(n))
      size.value = n
      write({ offset: '' })
    },
  }
}
