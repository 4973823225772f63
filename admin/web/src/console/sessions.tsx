import { del, get, path } from '../shared/api'
import { ago, dateTime } from '../shared/format'
import { Icon } from '../shared/icon'
import { door, laptop } from '../shared/icons'
import { useLoad } from '../shared/load'
import { address } from '../shared/router'
import { Avatar } from '../shared/ui/avatar'
import { ask } from '../shared/ui/dialog'
import { Empty, reason } from '../shared/ui/states'
import type { Column } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import { useView } from '../shared/ui/view'
import type { ClientSession, ClientSessionPage } from '../shared/types'
import { ListPage } from './list'
import { recount } from './shell'
import { t as common } from './texts/common'
import { t } from './texts/sessions'

const refresh = 10_000

function stateText(s: ClientSession): string {
  return s.state === 'unavailable' || s.state === 'lost' ? t(s.state) : common(s.state)
}

/** What the colours of a client's state are. */
const dots: Record<ClientSession['state'], string> = { available: ' dot--ok', away: ' dot--warn', dnd: ' dot--bad', unavailable: '', lost: '' }

/** Connected clients, each of which can be disconnected. */
export function Sessions() {
  const view = useView()
  const page = useLoad((signal) => get<ClientSessionPage>('/sessions', view.query, signal), [view.key], refresh)
  const several = new Set((page.data?.items ?? []).map((s) => s.node)).size > 1

  const end = async (s: ClientSession): Promise<void> => {
    const yes = await ask({
      title: t('endTitle', { name: s.displayName }), body: t('endText', { client: s.client || t('client') }), keep: t('endKeep'), act: t('end'), danger: true,
    })
    if (!yes) return
    try {
      await del('/sessions' + path(s.jid))
      toast({ text: t('ended', { name: s.displayName }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
    recount()
  }
  const node: Column<ClientSession> = { head: t('node'), class: 'hide-md', cells: 'second', cell: (s) => s.node }
  const columns: Column<ClientSession>[] = [
    {
      head: t('user'), class: 'c-first',
      cell: (s) => s.guest ? (
        <span class="who"><Avatar name={s.displayName} of={s.user} size="sm" /><b class="clip">{s.displayName}</b><span class="badge badge--warn">{t('guest')}</span></span>
      ) : (
        <a class="who" href={address('users', s.user)} title={s.jid}><Avatar name={s.displayName} of={s.user} size="sm" /><b class="clip">{s.displayName}</b></a>
      ),
    },
    { head: t('client'), class: 'hide-sm', cells: 'second', cell: (s) => <span class="clip" title={s.jid}>{s.client || t('clientUnknown')}</span> },
    { head: t('state'), cell: (s) => <span class="row"><i class={'dot' + dots[s.state]} /><span class="second">{stateText(s)}</span></span> },
    { head: t('address'), class: 'hide-md', cells: 'second', cell: (s) => <><span class="mono">{s.address}</span> {!s.secure && <span class="badge badge--warn">{t('plain')}</span>}</> },
    { head: t('since'), class: 'hide-sm', cells: 'second', title: (s) => s.since && dateTime(s.since), cell: (s) => (s.since ? ago(s.since) : '–') },
    ...(several ? [node] : []),
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (s) => <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('endOf', { name: s.displayName })} title={t('end')} onClick={() => void end(s)}><Icon of={door} /></button>,
    },
  ]
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(s) => s.jid}
      empty={<Empty icon={laptop} title={t('empty')}>{t('emptyText')}</Empty>} />
  )
}
