import { del, get, path, put } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { copy, edit, flow, keypad, more, plus, sliders, trash, undo } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { CallObject, CallObjectPage } from '../../shared/types'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/callflow'
import { pages, type ObjectKind, type PageName } from './model'

export const icons = { ivr: keypad, routers: flow, conditions: sliders, templates: copy }

/** Menus, call routers, or what actions depend on. */
export function CallObjectList({ page: name }: { page: PageName }) {
  const view = useView()
  const kinds: readonly ObjectKind[] = pages[name]
  const all = useLoad(async (signal) => {
    const found = (await Promise.all(kinds.map((kind) => get<CallObjectPage>('/callobjects', { kind, q: view.q, limit: 200 }, signal)))).flatMap((p) => p.items)
    return { items: found.slice(view.offset, view.offset + view.size), total: found.length }
  }, [view.key, name])
  const remove = async (o: CallObject): Promise<void> => {
    if (!(await ask({ title: t('deleteTitle', { name: o.name }), body: t('deleteText'), keep: t('deleteKeep'), act: common('delete'), danger: true }))) return
    try {
      await del('/callobjects' + path(o.id))
      toast({ text: t('deleted', { name: o.name }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    all.reload()
  }
  const turn = async (o: CallObject): Promise<void> => {
    try {
      const now = await put<CallObject>('/callobjects' + path(o.id, 'switch'), { on: !o.on })
      toast({ text: t(now.on ? 'turnedOn' : 'turnedOff', { name: o.name }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    all.reload()
  }
  const columns: Column<CallObject>[] = [
    { head: t('name'), class: 'c-first', cell: (o) => <span class="who"><span class="glyph"><Icon of={icons[name]} /></span><a class="strong clip" title={o.name} href={address(name, o.id)}>{o.name}</a></span> },
    ...(kinds.length > 1 ? [{ head: t('kind'), cell: (o: CallObject) => t(`when_${o.kind as 'period' | 'calendar' | 'switch' | 'label'}`) }] : []),
    ...(name === 'templates' ? [
      { head: t('for'), cell: (o: CallObject) => o.template && t(`for_${o.template.for}`) },
      { head: t('slot'), class: 'hide-sm', cell: (o: CallObject) => o.template && `${t(`slot_${o.template.slot}`)}, ${t(`origin_${o.template.origin}`)}` },
    ] : [{ head: t('extension'), class: 'c-num hide-sm', cell: (o: CallObject) => o.extension }]),
    ...(kinds.length > 1 ? [{ head: t('now'), cell: (o: CallObject) => o.kind === 'switch' && <span class={`badge badge--${o.on ? 'accent' : 'line'}`}>{t(o.on ? 'on' : 'off')}</span> }] : []),
    { head: t('changed'), class: 'hide-sm', cells: 'second', title: (o) => dateTime(o.changed), cell: (o) => ago(o.changed) },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (o) => (
        <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: o.name })}
          items={[
            { label: common('edit'), icon: edit, act: () => void go(address(name, o.id)) },
            ...(o.kind === 'switch' ? [{ label: t(o.on ? 'turnOff' : 'turnOn'), icon: undo, act: () => void turn(o) }] : []),
            { label: common('delete'), icon: trash, bad: true, apart: true, act: () => void remove(o) },
          ]}>
          <Icon of={more} />
        </Menu>
      ),
    },
  ]
  const add = kinds.map((kind) => (
    <a key={kind} class={`btn ${kinds.length === 1 ? 'btn--primary' : ''}`} href={address(name, 'new') + '?kind=' + kind} aria-label={t(`add_${kind}`)}><Icon of={plus} /><span class={kinds.length === 1 ? 'hide-sm' : ''}>{t(`short_${kind}`)}</span></a>
  ))
  return (
    <ListPage title={common(name)} find={t('findLabel')} placeholder={t('find')} view={view} page={all} columns={columns} id={(o) => o.id} actions={<>{add}</>}
      empty={<Empty icon={icons[name]} title={t(`empty_${name}`)} action={<>{add}</>}>{t(`empty_${name}_text`)}</Empty>} />
  )
}
