import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { del, get, path, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { edit, eye, team as teamIcon, trash } from '../../shared/icons'
import { attended, useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Field } from '../../shared/ui/field'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Team, TeamItem, TeamPage } from '../../shared/types'
import { askAndAct } from '../act'
import { lasting } from '../calls/lasting'
import { fieldText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { AddButton, ListPage, RowMenu } from '../list'
import { useSaving } from '../saving'
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
  const remove = (item: TeamItem): Promise<unknown> =>
    askAndAct({ title: t('deleteTitle', { name: item.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct') },
      () => del('/teams' + path(item.id)), t('deleted', { name: item.name })).finally(page.reload)
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
        <RowMenu name={i.name}
          items={[
            { label: t('watch'), icon: eye, act: () => void go(address('teams', i.id)) },
            { label: common('edit'), icon: edit, act: () => void go(address('teams', i.id) + '?tab=settings') },
            { label: common('delete'), icon: trash, bad: true, apart: true, act: () => void remove(i) },
          ]} />
      ),
    },
  ]
  const add = <AddButton>{t('add')}</AddButton>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(i) => i.id} actions={add}
      empty={<Empty icon={teamIcon} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {place.value.query.get('add') === '1' && <NewTeam onClose={() => setQuery({ add: '' })} />}
    </ListPage>
  )
}

/** What a team is called and where; then its page has the rest. */
function NewTeam({ onClose }: { onClose(): void }) {
  const first = { name: '', extension: '', strategy: 'ringall' as Team['strategy'] }
  const form = useForm(first)
  const saving = useSaving(form)
  const save = async (): Promise<void> => {
    const { name, extension, strategy } = form.values
    const made = await saving.run(() => post<Team>('/teams', newTeam(name, extension, strategy)))
    if (!made) return
    toast({ text: t('created', { name: made.name }) })
    await go(address('teams', made.id) + '?tab=members')
  }
  return (
    <FormDrawer title={t('new')} note={t('newNote')} of={saving} unsaved={() => !same(form.values, first)} onSave={() => void save()} onClose={onClose}>
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
    </FormDrawer>
  )
}
