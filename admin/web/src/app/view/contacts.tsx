import { signal, useComputed, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { lang, texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { globe, group as groupIcon, phone, plus, search, team as teamIcon } from '../../shared/icons'
import { route } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { SearchField } from '../../shared/ui/controls'
import { useKey } from '../../shared/ui/keys'
import { Empty, NoHits, Waiting } from '../../shared/ui/states'
import { useRef } from 'preact/hooks'
import type { Calls } from '../model/calls'
import type { Work } from '../model/work'
import type { Conversation } from '../model/conversation'
import type { Group } from '../model/group'
import { inSections, type Contact } from '../model/roster'
import { Me } from './me'
import { tell } from './page'
import { makingGroup, NewGroup } from './newgroup'
import { Handset, phoneText, ProfileMark } from './marks'
import { directPath, groupPath } from './paths'
import { SwitchRow } from './switchrow'
import { TeamRow, teamsOf, type SeenTeam } from './teamrow'
import { t as common } from './texts'

const t = texts({
  en: {
    list: 'Colleagues and groups',
    find: 'Name or number',
    filter: 'Show',
    all: 'All',
    online: 'Online',
    unread: 'Unread',
    newGroup: 'New group',
    others: 'Others',
    colleagues: 'Colleagues',
    onlineOf: '{n} of {total} online',
    unreadOf: '{n} unread|{n} unread',
    mentioned: 'you are mentioned',
    said: '{nick}: {body}',
    entering: 'Entering …',
    refused: 'Not let in',
    gone: 'You are no longer in it',
    private: 'Members only',
    nobody: 'Nobody is here yet',
    nobodyLead: 'Colleagues appear by themselves as soon as an administrator gives you a permission together.',
    allRead: 'All is read',
    noneOnline: 'Nobody is online',
    teams: 'Teams',
    switches: 'Switches',
    noTeams: 'You see no teams',
    noTeamsLead: 'Teams appear when an administrator gives you a permission together with them, or makes you a member.',
  },
  de: {
    list: 'Kollegen und Gruppen',
    find: 'Name oder Nummer',
    filter: 'Zeigen',
    all: 'Alle',
    online: 'Online',
    unread: 'Ungelesen',
    newGroup: 'Neue Gruppe',
    others: 'Andere',
    colleagues: 'Kollegen',
    onlineOf: '{n} von {total} online',
    unreadOf: '{n} ungelesen|{n} ungelesen',
    mentioned: 'Sie werden erwähnt',
    said: '{nick}: {body}',
    entering: 'Wird betreten …',
    refused: 'Nicht eingelassen',
    gone: 'Sie sind nicht mehr darin',
    private: 'Nur Mitglieder',
    nobody: 'Hier ist noch niemand',
    nobodyLead: 'Kollegen erscheinen von selbst, sobald Ihnen die Verwaltung eine gemeinsame Berechtigung gibt.',
    allRead: 'Alles ist gelesen',
    noneOnline: 'Niemand ist online',
    teams: 'Teams',
    switches: 'Schalter',
    noTeams: 'Sie sehen keine Teams',
    noTeamsLead: 'Teams erscheinen, sobald Ihnen die Verwaltung eine gemeinsame Berechtigung mit ihnen gibt oder Sie zum Mitglied macht.',
  },
})

type Filter = 'all' | 'online' | 'groups' | 'teams' | 'unread'
const filters: Filter[] = ['all', 'online', 'groups', 'teams', 'unread']

/** What is shown of the list; it stays while one looks at something else. */
const filter = signal<Filter>('all')

/** Colleagues with presence, groups with state, and what is unread. */
export function Contacts({ work, alone }: { work: Work; alone: boolean }) {
  const { desk } = work
  const q = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  useKey('/', () => field.current?.focus())
  useKey('Ctrl+k', () => field.current?.focus())
  const loading = !desk.roster.loaded.value || !desk.grouped.value
  return (
    // On a telephone the list is all there is.
    <section class="contacts" aria-label={t('list')} role={alone ? 'main' : undefined}>
      <h1 class="sr">{t('list')}</h1>
      <div class="find">
        <SearchField label={t('find')} value={q.value} inputRef={field} onChange={(v) => (q.value = v)} />
        <button type="button" class="btn btn--icon" aria-label={t('newGroup')} title={t('newGroup')} onClick={() => (makingGroup.value = true)}>
          <Icon of={plus} />
        </button>
      </div>
      <div class="filters" role="group" aria-label={t('filter')}>
        {filters.map((f) => (
          <button type="button" key={f} aria-pressed={filter.value === f} onClick={() => (filter.value = f)}>
            {f === 'groups' ? common('groups') : t(f)}
          </button>
        ))}
      </div>
      <div class="scroll" tabIndex={-1}>{loading ? <Waiting lines={6} /> : <Lists work={work} q={q.value.trim()} onClear={() => (q.value = '')} />}</div>
      <Me work={work} />
      {makingGroup.value && <NewGroup desk={desk} />}
    </section>
  )
}

function Lists({ work, q, onClear }: { work: Work; q: string; onClear(): void }) {
  const { desk, calls, numbers } = work
  const shown = filter.value
  const fits = (name: string, jid: string, number = ''): boolean =>
    !q || name.toLocaleLowerCase().includes(q.toLocaleLowerCase()) || jid.startsWith(q.toLocaleLowerCase()) || number.startsWith(q)
  const unread = (c: Conversation | undefined): boolean => (c?.marks.fresh.value.length ?? 0) > 0
  const names = new Intl.Collator(lang.value)
  const groups = [...desk.groups.value.values()]
    .filter((g) => fits(g.name.value, g.jid) && shown !== 'online' && shown !== 'teams' && (shown !== 'unread' || unread(g)))
    .sort((a, b) => names.compare(a.name.value, b.name.value))
  const known = desk.roster.contacts.value
  const keeps = (c: Contact): boolean =>
    fits(c.name, c.jid, numbers.extensionOf(c.jid)) && shown !== 'groups' && shown !== 'teams' && (shown !== 'online' || desk.presences.of(c.jid).show !== 'offline') &&
    (shown !== 'unread' || unread(desk.directs.value.get(c.jid)))
  const others: Contact[] = [...desk.directs.value.values()]
    .filter((d) => !known.has(d.jid) && d.log.value.length > 0)
    .map((d) => ({ jid: d.jid, name: d.name.value, groups: [], subscription: 'none' }))
  const sections = inSections([...known.values()].filter(keeps), lang.value)
  const strangers = others.filter(keeps)
  const teams: SeenTeam[] = shown === 'all' || shown === 'teams' ? teamsOf(work, lang.value).filter((x) => fits(x.name, '', x.extension)) : []
  const switches = shown === 'all' ? work.tel.switches.value.filter((x) => fits(x.name, '', x.extension)) : []
  const nothing = groups.length + sections.length + strangers.length + teams.length + switches.length === 0
  if (nothing && q) return <NoHits q={q} onClear={onClear} />
  if (nothing && shown === 'teams') return <Empty icon={teamIcon} title={t('noTeams')}>{t('noTeamsLead')}</Empty>
  if (nothing && shown !== 'all') return <Empty icon={search} title={shown === 'unread' ? t('allRead') : t('noneOnline')} />
  if (nothing) return <Empty icon={groupIcon} title={t('nobody')}>{t('nobodyLead')}</Empty>
  return (
    <>
      {groups.length > 0 && (
        <Part title={common('groups')} end={String(groups.length)}>
          {groups.map((g) => <GroupRow key={g.jid} calls={calls} group={g} />)}
        </Part>
      )}
      {teams.length > 0 && (
        <Part title={t('teams')} end={String(teams.length)}>
          {teams.map((x) => <TeamRow key={x.id} work={work} of={x} />)}
        </Part>
      )}
      {switches.length > 0 && (
        <Part title={t('switches')} end={String(switches.length)}>
          {switches.map((x) => <SwitchRow key={x.id} tel={work.tel} of={x} />)}
        </Part>
      )}
      {sections.map((s) => {
        const online = s.contacts.filter((c) => desk.presences.of(c.jid).show !== 'offline').length
        return (
          <Part key={s.name} title={s.name || t('colleagues')} end={t('onlineOf', { n: online, total: s.contacts.length })}>
            {s.contacts.map((c) => <ContactRow key={c.jid} work={work} contact={c} />)}
          </Part>
        )
      })}
      {strangers.length > 0 && (
        <Part title={t('others')} end="">
          {strangers.map((c) => <ContactRow key={c.jid} work={work} contact={c} />)}
        </Part>
      )}
    </>
  )
}

function Part({ title, end, children }: { title: string; end: string; children: ComponentChildren }) {
  return (
    <section aria-label={title}>
      <h2>
        <span class="clip" dir="auto">{title}</span>
        <span class="end num">{end}</span>
      </h2>
      <ul>{children}</ul>
    </section>
  )
}

function isOpen(kind: string, jid: string): boolean {
  return route.value[0] === kind && route.value[1] === jid
}

function Count({ of: c, mentioned = false }: { of: Conversation | undefined; mentioned?: boolean }) {
  const n = c?.marks.fresh.value.length ?? 0
  if (!n) return null
  return (
    <span class="badge badge--unread num">
      <span aria-hidden="true">{mentioned ? '@ ' : ''}{n > 99 ? '99+' : n}</span>
      <span class="sr">{t('unreadOf', { n })}{mentioned && `, ${t('mentioned')}`}</span>
    </span>
  )
}

function GroupRow({ calls, group }: { calls: Calls; group: Group }) {
  const { state, waiting, people, isPublic } = group.conference.value
  const busy = state === 'live'
  const guests = (state === 'waiting' || state === 'hold') && waiting > 0
  const open = isOpen('g', group.jid)
  const act = (guests || busy) && group.place.value.is === 'in' && calls.joined.value?.group !== group
  const name = group.name.value
  return (
    <li class={'contact' + (open ? ' is-open' : '') + (guests ? ' is-waiting' : '')}>
      <a href={groupPath(group.jid)} aria-current={open ? 'true' : undefined}>
        <Avatar name={name} of={group.jid} size="md" square />
        <span class="grow">
          <span class="cn">
            <b class="clip" dir="auto" title={name}>{name}</b>
            {isPublic && (
              <span class="pub" title={common('publicHint')}>
                <Icon of={globe} />
                <span class="sr">, {common('public')}</span>
              </span>
            )}
          </span>
          <small class={'clip' + (busy ? ' ok' : '')} dir="auto">
            {guests ? common(state === 'hold' ? 'hold' : 'waiting', { n: waiting }) : busy ? common('meeting', { n: people }) : <Last of={group} />}
          </small>
        </span>
        <Count of={group} mentioned={group.mentioned.value} />
        {busy && !act && <span class="phone busy"><Icon of={phone} /></span>}
      </a>
      {act && (
        <button type="button" class="btn btn--ok btn--icon btn--sm contact-act" aria-label={common(busy ? 'join' : 'start', { name })} title={common(busy ? 'join' : 'start', { name })}
          onClick={() => void calls.join(group)}>
          <Icon of={phone} />
        </button>
      )}
    </li>
  )
}

function Last({ of: group }: { of: Group }) {
  const place = group.place.value
  const last = useComputed(() => group.marks.last.value)
  if (place.is === 'refused') return <>{t('refused')}</>
  if (place.is === 'gone') return <>{t('gone')}</>
  if (last.value) return <>{t('said', { nick: last.value.author.self ? common('you') : last.value.author.nick, body: last.value.body.slice(0, 100) })}</>
  return <>{place.is === 'entering' ? t('entering') : group.subject.value || t('private')}</>
}

function ContactRow({ work: { desk, numbers, dialler }, contact }: { work: Work; contact: Contact }) {
  const seen = desk.presences.of(contact.jid)
  const phone = desk.presences.phone(contact.jid)
  const mark = desk.presences.mark(contact.jid)
  const open = isOpen('c', contact.jid)
  const extension = numbers.extensionOf(contact.jid)
  const busy = phone.is === 'ringing' || phone.is === 'talking'
  const pickable = phone.is === 'ringing' && extension !== ''
  return (
    <li class={'contact' + (open ? ' is-open' : '')}>
      <a href={directPath(contact.jid)} aria-current={open ? 'true' : undefined}>
        <Avatar name={contact.name} size="md" presence={seen.show} />
        <span class="grow">
          <span class="cn">
            <b class="clip" dir="auto" title={contact.name}>{contact.name}</b>
            {mark && <ProfileMark of={mark} />}
          </span>
          <small class="clip" dir="auto">{busy ? phoneText(phone) : seen.status || common(seen.show)}</small>
          {(busy || seen.status) && <span class="sr">{common(seen.show)}</span>}
        </span>
        <Count of={desk.directs.value.get(contact.jid)} />
        {phone.is !== 'none' && !pickable && <Handset of={phone} />}
      </a>
      {pickable && (
        <button type="button" class="btn btn--icon btn--sm contact-act" aria-label={common('pickup', { name: contact.name })} title={common('pickup', { name: contact.name })}
          onClick={() => void tell(dialler.pickup(extension))}>
          <Handset of={phone} />
        </button>
      )}
    </li>
  )
}
