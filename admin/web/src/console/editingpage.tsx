import type { ComponentChildren } from 'preact'
import { Problem } from '../shared/api'
import { Icon } from '../shared/icon'
import { more } from '../shared/icons'
import type { Loaded } from '../shared/load'
import { Menu, type MenuItem } from '../shared/ui/menu'
import { Callout, Failure, Waiting } from '../shared/ui/states'
import { Compare, ConflictCallout, type Difference } from './conflict'
import type { Editing } from './editing'
import { NotFound } from './notfound'
import { SaveBar } from './savebar'
import type { Saving } from './saving'
import { Page, type PageProps } from './shell'
import { t } from './texts/common'

/** A page whose data is on its way, is there, or cannot be had. What is there stays, whatever becomes of newer data. */
export function LoadedPage<T>({ title, under, loaded, children }: Pick<PageProps, 'title' | 'under'> & {
  loaded: Loaded<T>
  children(loaded: Loaded<T> & { data: T }): ComponentChildren
}) {
  if (loaded.data !== undefined) return <>{children({ ...loaded, data: loaded.data })}</>
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <NotFound />
  return (
    <Page title={title} {...(under && { under })} busy={loaded.loading}>
      {loaded.error !== undefined ? <Failure error={loaded.error} onRetry={loaded.reload} /> : loaded.slow && <section class="card"><Waiting lines={6} /></section>}
    </Page>
  )
}

/** Why something was not saved. */
export function NotSaved({ of }: { of: Pick<Saving, 'failed'> }) {
  return of.failed ? <Callout kind="bad" role="alert"><b>{t('notSaved')}.</b> {of.failed}</Callout> : null
}

/** A page on which something is edited: whether it is saved, what happened to it meanwhile, and what can be done about it. */
export function EditingPage<S, V extends object>({ of: e, note, bar = true, saving, menu = [], differences, children, ...page }: Omit<PageProps, 'foot' | 'actions' | 'busy'> & {
  of: Editing<S, V>
  /** Whether this part of the page is saved by the bar. */
  bar?: boolean
  /** What saving will do. */
  saving?: ComponentChildren
  /** What else can be done with it. */
  menu?: MenuItem[]
  /** The two versions, if they can be compared. */
  differences?(theirs: S): Difference[]
}) {
  if (e.gone && !e.changed) return <NotFound />
  const { conflict, busy } = e.saving
  return (
    <Page {...page}
      note={
        <>
          {note}
          {e.changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{t('notSaved')}</span>}
        </>
      }
      actions={menu.length > 0 && <Menu class="btn btn--ghost btn--icon" label={t('moreFor', { name: page.title })} items={menu}><Icon of={more} /></Menu>}
      foot={bar && <SaveBar changed={e.changed} busy={busy} errors={Object.keys(e.form.errors).length} onSave={() => void e.save()} onDiscard={e.discard}>{saving ?? t('notSaved')}</SaveBar>}>
      {e.gone && !e.saving.failed && <Callout kind="bad" role="alert">{t('goneMeanwhile')}</Callout>}
      {conflict && <ConflictCallout conflict={conflict} {...(differences && { onCompare: () => void e.compare() })} onOverwrite={() => void e.overwrite()} />}
      <NotSaved of={e.saving} />
      {children}
      {e.theirs && differences && <Compare rows={differences(e.theirs)} onClose={e.uncompare} onTakeTheirs={e.takeTheirs} onOverwrite={() => void e.overwrite()} />}
    </Page>
  )
}
