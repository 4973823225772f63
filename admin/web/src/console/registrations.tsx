import { del, get, path } from '../shared/api'
import { ago, dateTime } from '../shared/format'
import { Icon } from '../shared/icon'
import { device, x } from '../shared/icons'
import { useLoad } from '../shared/load'
import { address } from '../shared/router'
import { Avatar } from '../shared/ui/avatar'
import { ask } from '../shared/ui/dialog'
import { Empty, reason } from '../shared/ui/states'
import type { Column } from '../shared/ui/table'
import { toast } from '../shared/ui/toast'
import { useView } from '../shared/ui/view'
import type { Registration, RegistrationPage } from '../shared/types'
import { deviceIcons } from './devices/kinds'
import { ListPage } from './list'
import { t as common } from './texts/common'
import { t } from './texts/registrations'

const refresh = 10_000

/** Telephones that are registered, each of which can be forgotten. */
export function Registrations() {
  const view = useView()
  const page = useLoad((signal) => get<RegistrationPage>('/registrations', view.query, signal), [view.key], refresh)
  const end = async (r: Registration): Promise<void> => {
    if (!(await ask({ title: t('endTitle', { name: r.deviceName }), body: t('endText'), keep: t('endKeep'), act: t('end'), danger: true }))) return
    try {
      await del('/registrations' + path(r.device, r.id))
      toast({ text: t('ended', { name: r.deviceName }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
  }
  const columns: Column<Registration>[] = [
    {
      head: t('device'), class: 'c-first',
      cell: (r) => <a class="who" href={address('devices') + '?edit=' + encodeURIComponent(r.device)} title={r.sipUser}><span class="glyph"><Icon of={deviceIcons[r.kind]} /></span><b class="clip">{r.deviceName}</b></a>,
    },
    {
      head: t('owner'), class: 'hide-sm',
      cell: (r) => (r.owner
        ? <a class="who" href={address('users', r.owner)} title={r.owner}><Avatar name={r.ownerName} of={r.owner} size="sm" /><span class="clip">{r.ownerName}</span></a>
        : <span class="muted">{t('nobody')}</span>),
    },
    { head: t('model'), class: 'hide-md', cells: 'second', cell: (r) => <span class="clip max-24" title={r.userAgent}>{r.userAgent || t('modelUnknown')}</span> },
    {
      head: t('address'), cells: 'second', title: (r) => r.contact,
      cell: (r) => <><span class="mono">{r.address}</span> <span class={'badge' + (r.secure ? ' badge--line' : ' badge--warn')} title={r.secure ? undefined : t('plain')}>{r.transport.toUpperCase()}{!r.secure && <span class="sr">, {t('plain')}</span>}</span></>,
    },
    { head: t('since'), class: 'hide-sm', cells: 'second', title: (r) => `${dateTime(r.since)} · ${t('endsIn', { when: ago(r.expires) })}`, cell: (r) => ago(r.since) },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (r) => <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('endOf', { name: r.deviceName })} title={t('end')} onClick={() => void end(r)}><Icon of={x} /></button>,
    },
  ]
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(r) => r.device + ' ' + r.id}
      empty={<Empty icon={device} title={t('empty')} action={<a class="btn" href={address('devices')}>{t('toDevices')}</a>}>{t('emptyText')}</Empty>} />
  )
}
