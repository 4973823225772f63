import { codeOf } from '../../shared/codes'
import { del, get, path, put } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { edit, filter, forward, refresh, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Segments } from '../../shared/ui/controls'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { useView } from '../../shared/ui/view'
import type { Forward, ForwardPage } from '../../shared/types'
import { act, askAndAct } from '../act'
import { AddButton, ListPage, RowMenu, useFormAtSide } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/forwards'
import { ForwardForm } from './form'

type State = '' | 'active' | 'inactive'

export const box = '*103'

/** All forwards that users have, active or not, to which one can add. */
export function ForwardList() {
  const view = useView()
  const state = (place.value.query.get('state') ?? '') as State
  const page = useLoad((signal) => get<ForwardPage>('/forwards', { ...view.query, state }, signal), [view.key, state])
  const { adds, edited, close } = useFormAtSide((user, signal) => get<Forward>('/users' + path(user, 'forward'), {}, signal))

  const turn = (f: Forward): Promise<unknown> =>
    act(() => put<Forward>('/users' + path(f.user, 'forward'), { revision: f.revision, target: f.target, active: !f.active }),
      f.active ? t('kept', { name: f.userName }) : t('saved', { name: f.userName, target: f.target })).finally(page.reload)
  const remove = (f: Forward): Promise<unknown> =>
    askAndAct({ title: t('deleteTitle', { name: f.userName }), body: t('deleteText'), keep: t('deleteKeep'), act: t('delete') },
      () => del('/users' + path(f.user, 'forward')), t('deleted', { name: f.userName })).finally(page.reload)
  const saved = (): void => {
    close()
    page.reload()
  }
  const columns: Column<Forward>[] = [
    {
      head: t('user'), class: 'c-first',
      cell: (f) => <a class="who" href={address('users', f.user)} title={f.user}><Avatar name={f.userName} of={f.user} size="sm" /><b class="clip">{f.userName}</b>{f.extension && <span class="muted">{f.extension}</span>}</a>,
    },
    { head: t('target'), cell: (f) => <><button type="button" class="link mono" onClick={() => setQuery({ edit: f.user })}>{f.target}</button> <span class="muted">{f.target === box ? t('box') : f.toName}</span></> },
    { head: t('state'), cell: (f) => <span class={'badge' + (f.active ? '' : ' badge--line')}>{t(f.active ? 'active' : 'inactive')}</span> },
    { head: t('since'), class: 'hide-md', cells: 'second', title: (f) => dateTime(f.changed), cell: (f) => <>{ago(f.changed)}{f.changedBy && f.changedBy !== f.user && <> {t('by', { name: f.changedBy.split('@')[0]! })}</>}</> },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (f) => (
        <RowMenu name={f.userName}
          items={[
            { label: common('edit'), icon: edit, act: () => setQuery({ edit: f.user }) },
            { label: t(f.active ? 'turnOff' : 'turnOn'), icon: refresh, act: () => void turn(f) },
            { label: t('delete'), icon: trash, bad: true, apart: true, act: () => void remove(f) },
          ]} />
      ),
    },
  ]
  const add = <AddButton>{t('add')}</AddButton>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(f) => f.user} actions={add}
      tools={
        <Segments<State> label={t('state')} value={state} onChange={(value) => setQuery({ state: value, offset: '' })}
          of={[{ value: '', label: t('all') }, { value: 'active', label: t('active') }, { value: 'inactive', label: t('inactive') }]} />
      }
      empty={state ? <Empty icon={filter} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={() => setQuery({ state: '' })}>{t('showAll')}</button>} />
        : <Empty icon={forward} title={t('empty')} action={add}>{t('emptyText', { code: codeOf('forward-to') })}</Empty>}>
      {adds && <ForwardForm onClose={close} onSaved={saved} />}
      {edited && <ForwardForm key={edited.user + edited.revision} of={edited} onClose={close} onSaved={saved} />}
    </ListPage>
  )
}
