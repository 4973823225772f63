import { del, get, path } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { edit, leave, pin, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { useView } from '../../shared/ui/view'
import type { Location, LocationPage } from '../../shared/types'
import { askAndAct } from '../act'
import { AddButton, ListPage, RowMenu, useFormAtSide } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/locations'
import { LocationForm } from './form'

const refresh = 10_000

/** All locations, with who is logged in there now. */
export function LocationList() {
  const view = useView()
  const page = useLoad((signal) => get<LocationPage>('/locations', view.query, signal), [view.key], refresh)
  const { adds, edited, close } = useFormAtSide((id, signal) => get<Location>('/locations' + path(id), {}, signal))
  const vacate = (l: Location): Promise<unknown> =>
    askAndAct({ title: t('vacateTitle', { name: l.userName, place: l.name }), body: t('vacateText'), keep: t('vacateKeep'), act: t('vacate') },
      () => del('/locations' + path(l.id, 'user')), t('vacated', { name: l.userName })).finally(page.reload)
  const remove = (l: Location): Promise<unknown> =>
    askAndAct({ title: t('deleteTitle', { name: l.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct') },
      () => del('/locations' + path(l.id)), t('deleted', { name: l.name })).finally(page.reload)
  const columns: Column<Location>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (l) => <span class="who"><span class="glyph"><Icon of={pin} /></span><button type="button" class="link strong clip" title={l.name} onClick={() => setQuery({ edit: l.id })}>{l.name}</button></span>,
    },
    {
      head: t('who'),
      cell: (l) => (l.user
        ? <a class="who" href={address('users', l.user) + '?tab=location'} title={l.user}><Avatar name={l.userName} of={l.user} size="sm" /><span class="clip">{l.userName}</span></a>
        : <span class="muted">{t('nobody')}</span>),
    },
    { head: t('since'), class: 'hide-sm', cells: 'second', title: (l) => l.since && dateTime(l.since), cell: (l) => l.since && ago(l.since) },
    { head: t('devices'), class: 'c-num', cell: (l) => number(l.devices) },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (l) => (
        <RowMenu name={l.name}
          items={[
            { label: common('edit'), icon: edit, act: () => setQuery({ edit: l.id }) },
            ...(l.user ? [{ label: t('vacate'), icon: leave, act: () => void vacate(l) }] : []),
            { label: t('delete'), icon: trash, bad: true, apart: true, act: () => void remove(l) },
          ]} />
      ),
    },
  ]
  const saved = (): void => {
    close()
    page.reload()
  }
  const add = <AddButton>{t('add')}</AddButton>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(l) => l.id} actions={add}
      empty={<Empty icon={pin} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {adds && <LocationForm onClose={close} onSaved={saved} />}
      {edited && <LocationForm key={edited.id + edited.revision} of={edited} onClose={close} onSaved={saved} />}
    </ListPage>
  )
}
