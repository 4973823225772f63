import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { edit, eye, more, plus, team as teamIcon, trash } from '../../shared/icons'
import { attended, useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Drawer } from '../../shared/ui/drawer'
import { Field } from '../../shared/ui/field'
import { useKey } from '../../shared/ui/keys'
import { Menu } from '../../shared/ui/menu'
import { Callout, Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Team, TeamItem, TeamPage } from '../../shared/types'
import { lasting } from '../calls/lasting'
import { fieldText } from '../errors'
import { focusFirstError, useForm } from '../form'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/teams'
import { newTeam, strategies, worry } from './model'

const refresh = 3_000

/** The time of now, each second while somebody looks. */
export function useNow(): number {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (attended()) now.value = Date.now()
    }, 1000)
    return () => clearInterval(timer)
  }, [])
  return now.value
}

/** How long somebody waits, in the colour of how bad that is. */
export function Waits({ since, now }: { since: string; now: number }) {
  const seconds = (now - new Date(since).getTime()) / 1000
  const kind = worry(seconds)
  return <span class={`badge badge--${kind}`}><i class={`dot dot--${kind}`} />{lasting(seconds)}</span>
}

/** All teams, with what goes on in each now. */
export function TeamList() {
  const view = useView()
  const page = useLoad((signal) => get<TeamPage>('/teams', view.query, signal), [view.key], refresh)
  const now = useNow()
  const remove = async (item: TeamItem): Promise<void> => {
    if (!(await ask({ title: t('deleteTitle', { name: item.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct'), danger: true }))) return
    try {
      await del('/teams' + path(item.id))
      toast({ text: t('deleted', { name: item.name }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
  }
  const columns: Column<TeamItem>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (i) => <a class="who" href={address('teams', i.id)}><span class="glyph"><Icon of={teamIcon} /></span><b class="clip" title={i.name}>{i.name}</b>{i.extension && <span class="muted">{i.extension}</span>}</a>,
    },
    { head: t('strategy'), class: 'hide-md', cells: 'second', cell: (i) => t(`strategy_${i.strategy}`) },
    {
      head: t('waiting'),
      cell: (i) => (i.waiting ? <span class="row"><b>{number(i.waiting)}</b>{i.longest && <Waits since={i.longest} now={now} />}</span> : <span class="muted">{t('nobody')}</span>),
    },
    {
      head: t('present'),
      cell: (i) => <span class={'badge' + (i.present ? ' badge--ok' : i.agents.length ? ' badge--warn' : '')}>{t('presentOf', { n: i.present, all: i.agents.length })}</span>,
    },
    { head: t('talking'), class: 'c-num hide-sm', cell: (i) => number(i.talking) },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (i) => (
        <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: i.name })}
          items={[
            { label: t('watch'), icon: eye, act: () => void go(address('teams', i.id)) },
            { label: common('edit'), icon: edit, act: () => void go(address('teams', i.id) + '?tab=settings') },
            { label: common('delete'), icon: trash, bad: true, apart: true, act: () => void remove(i) },
          ]}>
          <Icon of={more} />
        </Menu>
      ),
    },
  ]
  const add = <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(i) => i.id} actions={add}
      empty={<Empty icon={teamIcon} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {place.value.query.get('add') === '1' && <NewTeam onClose={() => setQuery({ add: '' })} />}
    </ListPage>
  )
}

/** What a team is called and where; then its page has the rest. */
function NewTeam({ onClose }: { onClose(): void }) {
  const form = useForm({ name: '', extension: '', strategy: 'ringall' as Team['strategy'] })
  const busy = useSignal(false)
  const failed = useSignal('')
  const element = useRef<HTMLFormElement>(null)
  const save = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    try {
      const { name, extension, strategy } = form.values
      const made = await post<Team>('/teams', newTeam(name, extension, strategy))
      toast({ text: t('created', { name: made.name }) })
      await go(address('teams', made.id) + '?tab=members')
    } catch (e) {
      if (form.refused(e)) focusFirstError(element.current)
      else failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  useKey('Ctrl+s', () => void save())
  return (
    <Drawer title={t('new')} note={t('newNote')} onClose={onClose}
      foot={
        <span class="end row">
          <button type="button" class="btn" onClick={onClose}>{common('cancel')}</button>
          <button type="button" class="btn btn--primary" aria-busy={busy.value} onClick={() => void save()}>{busy.value && <span class="spin" aria-hidden="true" />}{common('save')}</button>
        </span>
      }>
      <form class="form" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        {failed.value && <div class="full"><Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout></div>}
        <Field name="name" label={t('name')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
          {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
        </Field>
        <Field name="extension" label={t('extension')} hint={t('extensionHint')} optional full error={form.error('extension')} errorText={fieldText(form.error('extension'), form.values.extension, (s) => form.set('extension', s))}>
          {(aria) => <input class="input num" inputMode="numeric" autocomplete="off" {...aria} value={form.values.extension} onInput={(e) => form.set('extension', e.currentTarget.value)} />}
        </Field>
        <Field name="strategy" label={t('strategy')} full>
          {(aria) => (
            <select class="select" {...aria} value={form.values.strategy} onChange={(e) => form.set('strategy', e.currentTarget.value as Team['strategy'])}>
              {strategies.map((s) => <option key={s} value={s}>{t(`strategy_${s}`)}</option>)}
            </select>
          )}
        </Field>
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
