import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { number } from '../shared/i18n'
import { SearchField } from '../shared/ui/controls'
import { useKey } from '../shared/ui/keys'
import { Failure } from '../shared/ui/states'
import { Pager, Table, type TableProps } from '../shared/ui/table'
import { Page, type PageProps } from './shell'

export interface ListPageProps<T> extends TableProps<T>, Pick<PageProps, 'title' | 'under' | 'actions'> {
  /** The name of the search field. */
  find: string
  placeholder?: string
  /** Beside the search field: what else chooses rows. */
  tools?: ComponentChildren
  /** What can be done with the rows that are picked. */
  bulk?: ComponentChildren
  /** Under the rows. */
  more?: ComponentChildren
  /** What lies over the page. */
  children?: ComponentChildren
}

/** A page that is a list: its search, its rows and the way through them. */
export function ListPage<T>({ title, under, actions, find, placeholder, tools, bulk, more, children, ...table }: ListPageProps<T>) {
  const { view, page } = table
  const field = useRef<HTMLInputElement>(null)
  useKey('/', () => field.current?.focus())
  return (
    <Page title={title} class="page-list" {...(under && { under })} actions={actions} note={page.data?.total !== undefined && <span class="count">{number(page.data.total)}</span>}>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <section class="card list" aria-label={title}>
        <div class="table-tools">
          <SearchField label={find} {...(placeholder && { placeholder })} value={view.typed} onChange={view.type} inputRef={field} />
          {tools}
        </div>
        {bulk}
        <div class="scroll">
          <Table {...table} />
          {more}
        </div>
        <Pager view={view} page={page} />
      </section>
      {children}
    </Page>
  )
}
