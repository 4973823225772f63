import { useSignal } from '@preact/signals'
import { mostCalls } from '../../call'
import { Composer } from '../../meeting/composer'
import { lang, texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { cam, device, globe, info, laptop, leave, left, link, phone, phoneIn } from '../../shared/icons'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { CopyButton } from '../../shared/ui/controls'
import { Menu, type MenuItem } from '../../shared/ui/menu'
import { Callout } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Conversation } from '../model/conversation'
import { invitation, readSetup } from '../model/administer'
import type { Calls } from '../model/calls'
import type { Desk } from '../model/desk'
import { browser } from '../model/dialler'
import type { Direct } from '../model/direct'
import type { Group } from '../model/group'
import type { Work } from '../model/work'
import { GroupInfo } from './info'
import { phoneText, ProfileMark } from './marks'
import { Messages } from './messages'
import { tell } from './page'
import { say, t as common } from './texts'

const t = texts({
  en: {
    to: 'Message to {name}',
    invitation: 'Copy invitation',
    noGuests: 'Guests are not allowed any more.',
    about: 'About the group',
    call: 'Call {name}',
    videoCall: 'Call {name} with video',
    callExtension: 'Call {name} at {number}',
    byBrowser: 'With this browser',
    byDevice: 'With {device}',
    here: '{n} here|{n} here',
    guests: '{n} guest|{n} guests',
    entering: 'Entering the group …',
    removed: 'You were removed from this group.',
    removedBy: 'You were removed from this group by {by}.',
    destroyed: 'This group was deleted.',
    closed: 'You are no longer a member of this group.',
    reenter: 'Enter again',
    writes: '{nick} is writing …',
    write: '{n} people are writing …',
  },
  de: {
    to: 'Nachricht an {name}',
    invitation: 'Einladung kopieren',
    noGuests: 'Gäste sind nicht mehr zugelassen.',
    about: 'Über die Gruppe',
    call: '{name} anrufen',
    videoCall: '{name} mit Video anrufen',
    callExtension: '{name} unter {number} anrufen',
    byBrowser: 'Mit diesem Browser',
    byDevice: 'Mit {device}',
    here: '{n} hier|{n} hier',
    guests: '{n} Gast|{n} Gäste',
    entering: 'Die Gruppe wird betreten …',
    removed: 'Sie wurden aus dieser Gruppe entfernt.',
    removedBy: 'Sie wurden von {by} aus dieser Gruppe entfernt.',
    destroyed: 'Diese Gruppe wurde gelöscht.',
    closed: 'Sie sind nicht mehr Mitglied dieser Gruppe.',
    reenter: 'Wieder betreten',
    writes: '{nick} schreibt …',
    write: '{n} Personen schreiben …',
  },
})

/** How long a user's message may be, in characters. */
const longest = 20_000

/** A conversation: head, messages, and the field to write in. */
export function Talk({ work, talk }: { work: Work; talk: Conversation }) {
  const { desk, calls } = work
  const about = useSignal(false)
  const group = talk.kind === 'group' ? (talk as Group) : undefined
  const last = (): { key: string; body: string } | undefined =>
    talk.log.value.findLast((e) => e.kind === 'said' && e.author.self && e.state === 'sent' && !e.toMe) as { key: string; body: string } | undefined
  const writers = talk.typing.value
  return (
    <div class="talk-one">
      <header class="talk-head">
        <a class="btn btn--ghost btn--icon talk-back" href={address()} aria-label={common('back')}><Icon of={left} /></a>
        {group ? <GroupHead group={group} /> : <DirectHead work={work} direct={talk as Direct} />}
        {group && <InvitationButton desk={desk} group={group} />}
        {group ? <ConferenceButton calls={calls} group={group} /> : <CallButtons work={work} direct={talk as Direct} />}
        {group && (
          <button type="button" class="btn btn--ghost btn--icon" aria-label={t('about')} title={t('about')} aria-expanded={about.value} onClick={() => (about.value = !about.value)}>
            <Icon of={info} />
          </button>
        )}
      </header>
      {group && <Standing group={group} />}
      <Messages talk={talk} />
      <p class="writers" dir="auto">
        {writers.length === 1 && t('writes', { nick: writers[0]! })}
        {writers.length > 1 && t('write', { n: writers.length })}
      </p>
      <Composer talk={talk} label={t('to', { name: talk.name.value })} max={longest} editing={{ last, save: (key, body) => talk.correct(key, body) }} />
      {group && about.value && <GroupInfo desk={desk} group={group} onClose={() => (about.value = false)} />}
    </div>
  )
}

/** What guests need, at hand for who can read it. */
function InvitationButton({ desk, group }: { desk: Desk; group: Group }) {
  if (!group.conference.value.isPublic || group.me.value?.affiliation !== 'owner') return null
  const text = async (): Promise<string | undefined> => {
    const setup = await readSetup(desk, group.jid)
    if (setup.ok && setup.value.link) return invitation(lang.peek(), group.name.peek(), setup.value)
    toast({ bad: true, text: setup.ok ? t('noGuests') : say(setup.fault) })
    return undefined
  }
  return <CopyButton class="btn btn--ghost btn--icon hide-sm" label={t('invitation')} text={text} icon={link} />
}

/** The green handset starts or joins the conference, the red one leaves it. */
function ConferenceButton({ calls, group }: { calls: Calls; group: Group }) {
  const inside = calls.joined.value?.group === group
  const { state } = group.conference.value
  const name = inside ? common('leave') : common(state === 'live' ? 'join' : 'start', { name: group.name.value })
  if (group.place.value.is !== 'in' && !inside) return null
  return (
    <button type="button" class={`btn btn--icon ${inside ? 'btn--danger' : 'btn--ok'}`} aria-label={name} title={name}
      onClick={() => (inside ? calls.leave() : void calls.join(group))}>
      <Icon of={inside ? leave : phone} />
    </button>
  )
}

/** Calls to his clients, with or without picture, and to his extension: by this page, or by a telephone of one's own. */
function CallButtons({ work, direct }: { work: Work; direct: Direct }) {
  const { calls, numbers, dialler, desk } = work
  const name = direct.name.value
  const extension = numbers.extensionOf(direct.jid)
  const full = calls.peers.under.value.length >= mostCalls
  const ways: MenuItem[] = [
    ...(full ? [] : [{ id: browser, label: t('byBrowser'), icon: laptop, act: () => void tell(dialler.dial(extension, browser)) }]),
    ...dialler.devices.value.map((d) => ({ id: d.id, label: t('byDevice', { device: d.name }), icon: device, act: () => void tell(dialler.dial(extension, d.id)) })),
  ]
  return (
    <>
      {extension && desk.presences.phone(direct.jid).is === 'ringing' && (
        <button type="button" class="btn btn--icon" aria-label={common('pickup', { name })} title={common('pickup', { name })} onClick={() => void tell(dialler.pickup(extension))}>
          <Icon of={phoneIn} />
        </button>
      )}
      {extension && ways.length > 0 && <Menu class="btn btn--ghost btn--icon" label={t('callExtension', { name, number: extension })} items={ways}><Icon of={device} /></Menu>}
      {!full && [false, true].map((video) => {
        const label = t(video ? 'videoCall' : 'call', { name })
        return (
          <button type="button" key={String(video)} class="btn btn--ghost btn--icon" aria-label={label} title={label} onClick={() => void calls.call(direct.jid, video)}>
            <Icon of={video ? cam : phone} />
          </button>
        )
      })}
    </>
  )
}

function GroupHead({ group }: { group: Group }) {
  const { isPublic, state, people, waiting } = group.conference.value
  const guests = group.guests.value.length
  const said = [
    state === 'live' ? common('meeting', { n: people }) : (state === 'waiting' || state === 'hold') && waiting > 0 ? common('waiting', { n: waiting }) : '',
    t('here', { n: group.occupants.value.length }),
    guests > 0 ? t('guests', { n: guests }) : '',
    group.subject.value,
  ]
  return (
    <>
      <Avatar name={group.name.value} of={group.jid} size="md" square />
      <div class="grow">
        <h1>
          <span class="clip" dir="auto" title={group.name.value}>{group.name.value}</span>
          {isPublic && (
            <span class="badge badge--ok" title={common('publicHint')}>
              <Icon of={globe} />
              {common('public')}
            </span>
          )}
        </h1>
        <small class="muted clip" dir="auto">{said.filter(Boolean).join(' · ')}</small>
      </div>
    </>
  )
}

function DirectHead({ work: { desk, numbers }, direct }: { work: Work; direct: Direct }) {
  const seen = desk.presences.of(direct.jid)
  const handset = desk.presences.phone(direct.jid)
  const mark = desk.presences.mark(direct.jid)
  return (
    <>
      <Avatar name={direct.name.value} size="md" presence={seen.show} />
      <div class="grow">
        <h1>
          <span class="clip" dir="auto" title={direct.name.value}>{direct.name.value}</span>
          {mark && <ProfileMark of={mark} />}
        </h1>
        <small class="muted clip" dir="auto">
          {[numbers.extensionOf(direct.jid), common(seen.show), seen.status, handset.is === 'none' ? '' : phoneText(handset)].filter(Boolean).join(' · ')}
        </small>
      </div>
    </>
  )
}

/** What keeps one from taking part in a group, and the way back. */
function Standing({ group }: { group: Group }) {
  const place = group.place.value
  if (place.is === 'in') return null
  if (place.is === 'entering') return <p class="talk-note muted" role="status">{t('entering')}</p>
  const text = place.is === 'refused' ? say(place.fault) : place.is === 'gone' ? gone(place.gone) : ''
  return (
    <div class="banner">
      <Callout kind="warn" role="alert">
        {text} <button type="button" class="link" onClick={() => group.enter([])}>{t('reenter')}</button>
      </Callout>
    </div>
  )
}

function gone(why: { why: string; by?: string }): string {
  if (why.why === 'destroyed') return t('destroyed')
  if (why.why === 'closed') return t('closed')
  return why.by ? t('removedBy', { by: why.by }) : t('removed')
}
