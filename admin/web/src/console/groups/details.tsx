import { del, get, path } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { trash, x } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Field } from '../../shared/ui/field'
import { toast } from '../../shared/ui/toast'
import type { Group, Occupant } from '../../shared/types'
import { askAndAct } from '../act'
import { useEditing } from '../editing'
import { EditingPage, LoadedPage } from '../editingpage'
import { fieldText } from '../errors'
import { t as common } from '../texts/common'
import { t } from '../texts/groups'
import { AccessBadges } from './access'
import { GuestCard } from './guests'
import { MemberCard } from './members'

/** How often who is in it is looked for. */
const refresh = 5_000

export function GroupDetails({ room }: { room: string }) {
  const loaded = useLoad((signal) => get<Group>('/groups' + path(room), {}, signal), [room], refresh)
  return <LoadedPage title={room} under={{ label: t('title'), href: address('groups') }} loaded={loaded}>{(now) => <Editor key={room} loaded={now} />}</LoadedPage>
}

interface Text {
  name: string
  description: string
}

const textOf = (g: Group): Text => ({ name: g.name, description: g.description })

function Editor({ loaded }: { loaded: Loaded<Group> & { data: Group } }) {
  const g = loaded.data
  const page = useEditing<Group, Text>({
    loaded, at: '/groups' + path(g.room), values: textOf,
    began: (stored) => ({ before: textOf(stored) }), // members and guests change under it
    saved: (now) => toast({ text: t('saved', { name: now.name }) }),
  })
  const { form } = page
  const remove = (): Promise<void> =>
    page.remove({ title: t('deleteTitle', { name: g.name }), body: t('deleteText', { n: g.members }), keep: t('deleteKeep'), act: t('deleteAct') }, t('deleted', { name: g.name }), address('groups'))
  const text = (name: keyof Text) => ({ error: form.error(name), errorText: fieldText(form.error(name), form.values[name], (s) => form.set(name, s)) })

  return (
    <EditingPage of={page} title={g.name} class="page-group" under={{ label: t('title'), href: address('groups') }} note={<AccessBadges group={g} />}
      menu={[{ label: common('delete'), icon: trash, bad: true, act: () => void remove() }]}
      differences={(theirs) => [
        { label: t('name'), yours: form.values.name, theirs: theirs.name },
        { label: t('description'), yours: form.values.description, theirs: theirs.description },
      ]}>
      <div class="sides">
        <div class="col sides-main">
          <section class="card" ref={page.saving.within}>
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
    </EditingPage>
  )
}

/** Who is in the group now. Guests can be removed. */
function PresentCard({ group: g, onChanged }: { group: Group; onChanged(): void }) {
  const remove = (o: Occupant): Promise<unknown> =>
    askAndAct({ title: t('removeGuestTitle', { name: o.nick }), body: t('removeGuestText'), keep: t('removeGuestKeep'), act: t('removeGuestAct') },
      () => del('/groups' + path(g.room, 'guests', o.nick)), t('guestRemoved', { name: o.nick })).finally(onChanged)
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
