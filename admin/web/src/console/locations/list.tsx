import { del, get, path } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { edit, leave, more, pin, plus, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Location, LocationPage } from '../../shared/types'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/locations'
import { LocationForm } from './form'

const refresh = 10_000

/** All locations, with who is logged in there now. */
export function LocationList() {
  const view = useView()
  const page = useLoad((signal) => get<LocationPage>('/locations', view.query, signal), [view.key], refresh)
  const query = place.value.query
  const asked = query.get('edit') ?? ''
  const found = useLoad(async (signal) => (asked ? get<Location>('/locations' + path(asked), {}, signal) : undefined), [asked])
  const edited = found.data?.id === asked ? found.data : undefined

  const change = async (title: string, body: string, keep: string, act: string, done: string, at: string): Promise<void> => {
    if (!(await ask({ title, body, keep, act, danger: true }))) return
    try {
      await del('/locations' + at)
      toast({ text: done })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
  }
  const vacate = (l: Location): Promise<void> =>
    change(t('vacateTitle', { name: l.userName, place: l.name }), t('vacateText'), t('vacateKeep'), t('vacate'), t('vacated', { name: l.userName }), path(l.id, 'user'))
  const remove = (l: Location): Promise<void> =>
    change(t('deleteTitle', { name: l.name }), t('deleteText'), t('deleteKeep'), t('deleteAct'), t('deleted', { name: l.name }), path(l.id))
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
        <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: l.name })}
          items={[
            { label: common('edit'), icon: edit, act: () => setQuery({ edit: l.id }) },
            ...(l.user ? [{ label: t('vacate'), icon: leave, act: () => void vacate(l) }] : []),
            { label: t('delete'), icon: trash, bad: true, apart: true, act: () => void remove(l) },
          ]}>
          <Icon of={more} />
        </Menu>
      ),
    },
  ]
  const close = (): void => setQuery({ add: '', edit: '' })
  const saved = (): void => {
    close()
    page.reload()
  }
  const add = <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1', edit: '' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(l) => l.id} actions={add}
      empty={<Empty icon={pin} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {query.get('add') === '1' && <LocationForm onClose={close} onSaved={saved} />}
      {edited && <LocationForm key={edited.id + edited.revision} of={edited} onClose={close} onSaved={saved} />}
    </ListPage>
  )
}
