import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, Problem, put, type Conflict } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { more, trash, x } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, go } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { ask } from '../../shared/ui/dialog'
import { Field } from '../../shared/ui/field'
import { Menu } from '../../shared/ui/menu'
import { Callout, Failure, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Group, Occupant } from '../../shared/types'
import { Compare, ConflictCallout } from '../conflict'
import { fieldText } from '../errors'
import { focusFirstError, same, useForm } from '../form'
import { useGuard } from '../leave'
import { NotFound } from '../notfound'
import { SaveBar } from '../savebar'
import { Page, recount } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/groups'
import { AccessBadges } from './access'
import { GuestCard } from './guests'
import { MemberCard } from './members'

/** How often who is in it is looked for. */
const refresh = 5_000

export function GroupDetails({ room }: { room: string }) {
  const loaded = useLoad((signal) => get<Group>('/groups' + path(room), {}, signal), [room], refresh)
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <NotFound />
  if (!loaded.data) {
    return (
      <Page title={room} under={{ label: t('title'), href: address('groups') }} busy={loaded.loading}>
        {loaded.error !== undefined ? <Failure error={loaded.error} onRetry={loaded.reload} /> : loaded.slow && <section class="card"><Waiting lines={6} /></section>}
      </Page>
    )
  }
  return <Editor key={room} loaded={loaded as Loaded<Group> & { data: Group }} />
}

interface Text {
  name: string
  description: string
}

const textOf = (g: Group): Text => ({ name: g.name, description: g.description })

function Editor({ loaded }: { loaded: Loaded<Group> & { data: Group } }) {
  const g = loaded.data
  const read = useSignal(textOf(g)) // what the form began with: members and guests change under it
  const form = useForm<Text>(read.value)
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const theirs = useSignal<Group | undefined>(undefined)
  const element = useRef<HTMLElement>(null)
  const isChanged = (): boolean => !same(form.values, read.value)
  const changed = isChanged()
  useGuard(changed)
  useEffect(() => {
    // Somebody else's words are followed as long as there are none of one's own.
    if (isChanged() || same(read.value, textOf(g))) return
    read.value = textOf(g)
    form.reset(textOf(g))
  }, [g])

  const save = async (before: Text = read.value): Promise<void> => {
    if (busy.value || !isChanged()) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const sent = form.values
      const now = await put<Group>('/groups' + path(g.room), { before, ...sent })
      form.rebase(sent, textOf(now))
      read.value = textOf(now)
      loaded.set(now)
      toast({ text: t('saved', { name: now.name }) })
    } catch (e) {
      if (e instanceof Problem && e.status === 409) conflict.value = e.conflict ?? { by: '', at: '' }
      if (form.refused(e)) focusFirstError(element.current)
      else if (e instanceof Problem && e.status === 404) failed.value = common('gone')
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const discard = (): void => {
    form.reset(read.value)
    failed.value = ''
    conflict.value = undefined
  }
  const fetchTheirs = async (): Promise<Group | undefined> => {
    try {
      return await get<Group>('/groups' + path(g.room))
    } catch (e) {
      failed.value = reason(e)
      return undefined
    }
  }
  const overwrite = async (): Promise<void> => {
    const now = theirs.value ?? (await fetchTheirs())
    theirs.value = undefined
    if (now) await save(textOf(now))
  }
  const takeTheirs = (): void => {
    const now = theirs.value!
    theirs.value = undefined
    conflict.value = undefined
    read.value = textOf(now)
    form.reset(textOf(now))
    loaded.set(now)
  }
  const remove = async (): Promise<void> => {
    const yes = await ask({ title: t('deleteTitle', { name: g.name }), body: t('deleteText', { n: g.members }), keep: t('deleteKeep'), act: t('deleteAct'), danger: true })
    if (!yes) return
    try {
      await del('/groups' + path(g.room))
      toast({ text: t('deleted', { name: g.name }) })
      recount()
      discard()
      await go(address('groups'))
    } catch (e) {
      failed.value = reason(e)
    }
  }
  const text = (name: keyof Text) => ({ error: form.error(name), errorText: fieldText(form.error(name), form.values[name], (s) => form.set(name, s)) })

  return (
    <Page title={g.name} class="page-group" under={{ label: t('title'), href: address('groups') }}
      note={
        <>
          <AccessBadges group={g} />
          {changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{common('notSaved')}</span>}
        </>
      }
      actions={
        <Menu class="btn btn--ghost btn--icon" label={common('moreFor', { name: g.name })} items={[{ label: common('delete'), icon: trash, bad: true, act: () => void remove() }]}>
          <Icon of={more} />
        </Menu>
      }
      foot={<SaveBar changed={changed} busy={busy.value} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>{common('notSaved')}</SaveBar>}>
      {conflict.value && <ConflictCallout conflict={conflict.value} onCompare={() => void fetchTheirs().then((now) => void (theirs.value = now))} onOverwrite={() => void overwrite()} />}
      {failed.value && <Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout>}
      <div class="sides">
        <div class="col sides-main">
          <section class="card" ref={element}>
            <div class="card-body form">
              <Field name="name" label={t('name')} {...text('name')}>
                {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
              </Field>
              <Field name="room" label={t('address')}>{(aria) => <input class="input mono" readOnly value={g.room} {...aria} />}</Field>
              {g.number && <Field name="number" label={t('inside')} hint={t('insideHint')}>{(aria) => <input class="input num" readOnly value={g.number} {...aria} />}</Field>}
              <Field name="description" label={t('description')} optional full {...text('description')}>
                {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.description} onInput={(e) => form.set('description', e.currentTarget.value)} />}
              </Field>
            </div>
          </section>
          <MemberCard group={g} onChanged={loaded.reload} />
        </div>
        <div class="col">
          <GuestCard group={g} onChanged={loaded.reload} />
          <PresentCard group={g} onChanged={loaded.reload} />
        </div>
      </div>
      {theirs.value && (
        <Compare onClose={() => (theirs.value = undefined)} onTakeTheirs={takeTheirs} onOverwrite={() => void overwrite()}
          rows={[
            { label: t('name'), yours: form.values.name, theirs: theirs.value.name },
            { label: t('description'), yours: form.values.description, theirs: theirs.value.description },
          ]} />
      )}
    </Page>
  )
}

/** Who is in the group now. Guests can be removed. */
function PresentCard({ group: g, onChanged }: { group: Group; onChanged(): void }) {
  const remove = async (o: Occupant): Promise<void> => {
    const yes = await ask({
      title: t('removeGuestTitle', { name: o.nick }), body: t('removeGuestText'), keep: t('removeGuestKeep'), act: t('removeGuestAct'), danger: true,
    })
    if (!yes) return
    try {
      await del('/groups' + path(g.room, 'guests', o.nick))
      toast({ text: t('guestRemoved', { name: o.nick }) })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    onChanged()
  }
  return (
    <section class="card" aria-label={t('present')}>
      <div class="card-head"><h2>{t('present')}</h2><span class="count">{number(g.present.length)}</span>
        {g.conference.state !== 'idle' && (
          <span class="end"><span class={g.conference.state === 'live' ? 'badge badge--ok' : 'badge badge--warn'}>
            {t(`conference_${g.conference.state}`, { n: g.conference.state === 'live' ? g.conference.people : g.conference.waiting })}
          </span></span>
        )}
      </div>
      {g.present.length === 0 && <p class="card-body muted">{t('nobodyPresent')}</p>}
      <ul class="rows">
        {g.present.map((o) => (
          <li class="row" key={o.nick}>
            <Avatar name={o.nick} of={o.user ?? o.nick} size="sm" />
            <span class="grow clip" title={o.user ?? o.nick}>{o.nick}</span>
            {o.guest ? <span class="badge badge--warn">{t('guest')}</span> : <span class="badge">{t(o.role)}</span>}
            {o.guest && (
              <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name: o.nick })} title={t('remove', { name: o.nick })} onClick={() => void remove(o)}><Icon of={x} /></button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
