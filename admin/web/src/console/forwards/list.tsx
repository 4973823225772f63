import { del, get, path, put } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { edit, filter, forward, more, plus, refresh, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Segments } from '../../shared/ui/controls'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Forward, ForwardPage } from '../../shared/types'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/forwards'
import { ForwardForm } from './form'

type State = '' | 'active' | 'inactive'

export const box = '*103'

/** All forwards that users have, active or not, to which one can add. */
export function ForwardList() {
  const view = useView()
  const query = place.value.query
  const state = (query.get('state') ?? '') as State
  const page = useLoad((signal) => get<ForwardPage>('/forwards', { ...view.query, state }, signal), [view.key, state])
  const asked = query.get('edit') ?? ''
  const found = useLoad(async (signal) => (asked ? get<Forward>('/users' + path(asked, 'forward'), {}, signal) : undefined), [asked])
  const edited = found.data?.user === asked ? found.data : undefined

  const act = async (doIt: () => Promise<unknown>, done: string): Promise<void> => {
    try {
      await doIt()
      toast({ text: done })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
  }
  const turn = (f: Forward): Promise<void> => act(() => put<Forward>('/users' + path(f.user, 'forward'), { revision: f.revision, target: f.target, active: !f.active }),
    f.active ? t('kept', { name: f.userName }) : t('saved', { name: f.userName, target: f.target }))
  const remove = async (f: Forward): Promise<void> => {
    if (!(await ask({ title: t('deleteTitle', { name: f.userName }), body: t('deleteText'), keep: t('deleteKeep'), act: t('delete'), danger: true }))) return
    await act(() => del('/users' + path(f.user, 'forward')), t('deleted', { name: f.userName }))
  }
  const saved = (): void => {
    setQuery({ add: '', edit: '' })
    page.reload()
  }
  const columns: Column<Forward>[] = [
    {
      head: t('user'), class: 'c-first',
      cell: (f) => <a class="who" href={address('users', f.user)} title={f.user}><Avatar name={f.userName} of={f.user} size="sm" /><b class="clip">{f.userName}</b>{f.extension && <span class="muted">{f.extension}</span>}</a>,
    },
    { head: t('target'), cell: (f) => <><button type="button" class="link mono" onClick={() => setQuery({ edit: f.user })}>{f.target}</button> <span class="muted">{f.target === box ? t('box') : f.toName}</span></> },
    { head: t('state'), cell: (f) => <span class={'badge' + (f.active ? '' : ' badge--line')}>{t(f.active ? 'active' : 'inactive')}</span> },
    { head: t('since'), class: 'hide-md', cells: 'second', title: (f) => dateTime(f.changed), cell: (f) => <>{ago(f.changed)}{f.changedBy && f.changedBy !== f.user && <> {t('by', { name: f.changedBy })}</>}</> },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (f) => (
        <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: f.userName })}
          items={[
            { label: common('edit'), icon: edit, act: () => setQuery({ edit: f.user }) },
            { label: t(f.active ? 'turnOff' : 'turnOn'), icon: refresh, act: () => void turn(f) },
            { label: t('delete'), icon: trash, bad: true, apart: true, act: () => void remove(f) },
          ]}>
          <Icon of={more} />
        </Menu>
      ),
    },
  ]
  const add = <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1', edit: '' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(f) => f.user} actions={add}
      tools={
        <Segments<State> label={t('state')} value={state} onChange={(value) => setQuery({ state: value, offset: '' })}
          of={[{ value: '', label: t('all') }, { value: 'active', label: t('active') }, { value: 'inactive', label: t('inactive') }]} />
      }
      empty={state ? <Empty icon={filter} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={() => setQuery({ state: '' })}>{t('showAll')}</button>} />
        : <Empty icon={forward} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {query.get('add') === '1' && <ForwardForm onClose={() => setQuery({ add: '' })} onSaved={saved} />}
      {edited && <ForwardForm key={edited.user + edited.revision} of={edited} onClose={() => setQuery({ edit: '' })} onSaved={saved} />}
    </ListPage>
  )
}
