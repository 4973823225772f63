import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { number } from '../shared/i18n'
import { Icon } from '../shared/icon'
import { more as moreIcon, plus } from '../shared/icons'
import { useLoad } from '../shared/load'
import { place, setQuery } from '../shared/router'
import { SearchField } from '../shared/ui/controls'
import { useKey } from '../shared/ui/keys'
import { Menu, type MenuItem } from '../shared/ui/menu'
import { Failure, reason } from '../shared/ui/states'
import { Pager, Table, type TableProps } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import { Page, type PageProps } from './shell'
import { t } from './texts/common'

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

/** The button that opens the form for a new row, in the head of a list and where it is empty. */
export function AddButton({ children, onAdd = () => setQuery({ add: '1', edit: '' }) }: { children: ComponentChildren; onAdd?(): void }) {
  return <button type="button" class="btn btn--primary" onClick={onAdd}><Icon of={plus} /><span class="hide-sm">{children}</span></button>
}

/** What can be done with a row. */
export function RowMenu({ name, items }: { name: string; items: MenuItem[] }) {
  return <Menu class="btn btn--ghost btn--icon btn--sm" label={t('moreFor', { name })} items={items}><Icon of={moreIcon} /></Menu>
}

/** Which form the address opens at the side of a list: one for a new row, or that of a row, whatever page of the list it is on. */
export function useFormAtSide<T>(load: (id: string, signal: AbortSignal) => Promise<T>): { adds: boolean; edited: T | undefined; close(): void } {
  const query = place.value.query
  const asked = query.get('edit') ?? ''
  const found = useLoad(async (signal) => (asked ? { of: asked, row: await load(asked, signal) } : undefined), [asked])
  const close = (): void => setQuery({ add: '', edit: '' })
  useEffect(() => {
    if (found.error === undefined) return
    toast({ bad: true, text: reason(found.error) })
    close()
  }, [found.error])
  return { adds: query.get('add') === '1', edited: found.data?.of === asked ? found.data?.row : undefined, close }
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
