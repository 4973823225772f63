import type { Meeting, Participant } from '../call'
import { Icon } from '../shared/icon'
import { cam, camOff, check, enter, hand, lock, mic, micOff, minus, more, people as peopleIcon, phone, right, share, trash, x } from '../shared/icons'
import { lang, texts } from '../shared/i18n'
import type { Occupant } from '../shared/muc'
import { ask } from '../shared/ui/dialog'
import { Avatar } from '../shared/ui/avatar'
import { Menu, type MenuItem } from '../shared/ui/menu'
import { listed, type Row } from './list'
import { give } from './orders'
import { Side } from './side'
import { Bars, t as signs } from './signs'

const t = texts({
  en: {
    title: 'Participants', hide: 'Hide participants', members: 'Members of the group', guests: 'Guests', chat: 'In the chat only', waiting: 'Waiting',
    writes: 'Writing …', reads: 'Reads along', hand: 'Hand raised', speaking: 'Speaking', connecting: 'Connecting …', knocking: 'Would like to come in',
    admit: 'Let {nick} in', admitAll: 'Let all in', reject: 'Refuse {nick}', menu: 'More about {nick}', all: 'More for all',
    mute: 'Mute', stop: 'Turn camera off', unshare: 'Stop the screen', lower: 'Lower hand', remove: 'Remove from the meeting',
    muteAll: 'Mute everybody else', lock: 'Lock the meeting', unlock: 'Open the meeting', end: 'End for everybody',
    locked: 'Locked: nobody else comes in.',
    removeTitle: 'Remove {nick}?', removeBody: 'The meeting ends for {nick}. The link goes on to work for others.', keep: 'Keep {nick}', removeDo: 'Remove {nick}',
    endTitle: 'End the meeting for everybody?', endBody: 'All are sent out, you too. The group and its chat stay.', keepOn: 'Go on', endDo: 'End for everybody',
  },
  de: {
    title: 'Teilnehmende', hide: 'Teilnehmende ausblenden', members: 'Mitglieder der Gruppe', guests: 'Gäste', chat: 'Nur im Chat', waiting: 'Wartet',
    writes: 'Schreibt …', reads: 'Liest mit', hand: 'Hand gehoben', speaking: 'Spricht', connecting: 'Verbindet …', knocking: 'Möchte herein',
    admit: '{nick} einlassen', admitAll: 'Alle einlassen', reject: '{nick} abweisen', menu: 'Mehr zu {nick}', all: 'Mehr für alle',
    mute: 'Stummschalten', stop: 'Kamera ausschalten', unshare: 'Bildschirm beenden', lower: 'Hand senken', remove: 'Aus der Besprechung entfernen',
    muteAll: 'Alle anderen stummschalten', lock: 'Besprechung schließen', unlock: 'Besprechung öffnen', end: 'Für alle beenden',
    locked: 'Geschlossen: Niemand kommt mehr hinein.',
    removeTitle: '{nick} entfernen?', removeBody: 'Die Besprechung endet für {nick}. Der Link gilt für andere weiter.', keep: '{nick} behalten', removeDo: '{nick} entfernen',
    endTitle: 'Die Besprechung für alle beenden?', endBody: 'Alle verlassen sie, auch Sie. Die Gruppe und ihr Chat bleiben.', keepOn: 'Weitermachen', endDo: 'Für alle beenden',
  },
})

interface Props {
  meeting: Meeting
  chatOnly: boolean
  occupants: readonly Occupant[]
  typing: readonly string[]
  onClose: () => void
}

/** Who takes part, what of him comes through, and who waits; for moderators also what they can do about it. */
export function People({ meeting, chatOnly, occupants, typing, onClose }: Props) {
  const lists = listed(chatOnly ? undefined : meeting.participants.value, occupants, lang.value)
  const conference = meeting.conference.value
  const section = (title: string, rows: readonly Row[]) => <Section title={title} rows={rows} meeting={meeting} typing={typing} />
  return (
    <Side kind="people" title={t('title')} hide={t('hide')} icon={right} count={lists.members.length + lists.guests.length} onClose={onClose}
      tools={conference.moderator && conference.state === 'live' && <ForAll meeting={meeting} />}>
      <div class="list">
        {conference.locked && (
          <p class="list-locked">
            <Icon of={lock} size="s" />
            {t('locked')}
          </p>
        )}
        {section(t('waiting'), lists.waiting)}
        {conference.moderator && lists.waiting.length > 1 && (
          <button type="button" class="btn btn--sm list-all" onClick={() => void give(meeting, { do: 'admit' })}>
            <Icon of={enter} />
            {t('admitAll')}
          </button>
        )}
        {section(t('members'), lists.members)}
        {section(t('guests'), lists.guests)}
        {section(t('chat'), lists.chat)}
      </div>
    </Side>
  )
}

function Section({ title, rows, meeting, typing }: { title: string; rows: readonly Row[]; meeting: Meeting; typing: readonly string[] }) {
  if (rows.length === 0) return null
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {rows.map((row) => (
          <li class={`person-row${row.part?.state === 'connecting' ? ' is-coming' : ''}`} key={row.nick}>
            <Avatar name={row.nick} icon={row.part?.phone ? phone : undefined} />
            <span class="person-who">
              <b class="clip" dir="auto" title={row.nick}>
                {row.nick}
              </b>
              <About row={row} speaking={meeting.speaking.value.has(row.nick)} writes={typing.includes(row.nick)} />
            </span>
            {row.part?.state === 'live' && <Signs of={row.part} speaking={meeting.speaking.value.has(row.nick)} />}
            {meeting.conference.value.moderator && row.part && !row.part.self && <Controls meeting={meeting} of={row.part} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

function About({ row, speaking, writes }: { row: Row; speaking: boolean; writes: boolean }) {
  const p = row.part
  const said =
    p?.state === 'knocking' ? t('knocking')
    : p?.state === 'connecting' ? t('connecting')
    : row.self ? signs('you')
    : writes ? t('writes')
    : p?.hand ? t('hand')
    : p?.phone ? signs('caller')
    : row.mute ? t('reads')
    : ''
  if (!row.moderator && !said && !speaking) return null
  return (
    <small>
      {row.moderator && <span class="badge badge--accent">{signs('moderator')}</span>}
      {said ? <span>{said}</span> : speaking && <span class="ok" aria-hidden="true">{t('speaking')}</span>}
    </small>
  )
}

function Sign({ of, name, class: names }: { of: string; name: string; class?: string | undefined }) {
  return (
    <span class={names} title={name}>
      <Icon of={of} />
      <span class="sr">{name}</span>
    </span>
  )
}

function Signs({ of: p, speaking }: { of: Participant; speaking: boolean }) {
  return (
    <span class="sym">
      {p.quality !== 'good' && (
        <span title={signs(p.quality)}>
          <Bars grade={p.quality} />
          <span class="sr">{signs(p.quality)}</span>
        </span>
      )}
      {p.hand > 0 && <Sign of={hand} name={signs('hand')} class="hand" />}
      {p.screen && <Sign of={share} name={signs('shares')} class="scr" />}
      {!p.phone && (p.video === 'on' ? <Sign of={cam} name={signs('camOn')} /> : <Sign of={camOff} name={signs('camOff')} class="off" />)}
      {p.phone && <Sign of={phone} name={signs('byPhone')} />}
      {p.phone && p.audio === 'on' ? null
        : p.audio === 'on' ? <Sign of={mic} name={signs('micOn')} class={speaking ? 'live' : undefined} />
        : <Sign of={micOff} name={signs(p.audio === 'muted' ? 'micOff' : 'noMic')} class="off" />}
    </span>
  )
}

/** What a moderator can do about one person: let in or not; mute, stop, remove. Nobody is ever switched on. */
function Controls({ meeting, of: p }: { meeting: Meeting; of: Participant }) {
  const { nick } = p
  if (p.state === 'waiting' || p.state === 'knocking') {
    return (
      <span class="person-do">
        <button type="button" class="btn btn--icon btn--sm btn--ok" aria-label={t('admit', { nick })} title={t('admit', { nick })} onClick={() => void give(meeting, { do: 'admit', nick })}>
          <Icon of={check} />
        </button>
        <button type="button" class="btn btn--icon btn--sm" aria-label={t('reject', { nick })} title={t('reject', { nick })} onClick={() => void give(meeting, { do: 'reject', nick })}>
          <Icon of={x} />
        </button>
      </span>
    )
  }
  const items: MenuItem[] = []
  if (p.audio === 'on') items.push({ label: t('mute'), icon: micOff, act: () => void give(meeting, { do: 'mute', nick }) })
  if (p.video === 'on') items.push({ label: t('stop'), icon: camOff, act: () => void give(meeting, { do: 'stop', nick, media: 'camera' }) })
  if (p.screen) items.push({ label: t('unshare'), icon: minus, act: () => void give(meeting, { do: 'stop', nick, media: 'screen' }) })
  if (p.hand) items.push({ label: t('lower'), icon: hand, act: () => void give(meeting, { do: 'lower', nick }) })
  items.push({ label: t('remove'), icon: trash, bad: true, apart: items.length > 0, act: () => void remove(meeting, nick) })
  return (
    <Menu class="btn btn--ghost btn--icon btn--sm" label={t('menu', { nick })} items={items}>
      <Icon of={more} />
    </Menu>
  )
}

async function remove(meeting: Meeting, nick: string): Promise<void> {
  const yes = await ask({ title: t('removeTitle', { nick }), body: t('removeBody', { nick }), keep: t('keep', { nick }), act: t('removeDo', { nick }), danger: true })
  if (yes) await give(meeting, { do: 'remove', nick })
}

/** What a moderator can do about all. */
function ForAll({ meeting }: { meeting: Meeting }) {
  const { locked } = meeting.conference.value
  const end = async (): Promise<void> => {
    if (await ask({ title: t('endTitle'), body: t('endBody'), keep: t('keepOn'), act: t('endDo'), danger: true })) await give(meeting, { do: 'end' })
  }
  return (
    <Menu class="btn btn--ghost btn--icon" label={t('all')} items={[
      { label: t('muteAll'), icon: micOff, act: () => void give(meeting, { do: 'mute-all' }) },
      { label: t(locked ? 'unlock' : 'lock'), icon: locked ? peopleIcon : lock, act: () => void give(meeting, { do: locked ? 'unlock' : 'lock' }) },
      { label: t('end'), icon: x, bad: true, apart: true, act: () => void end() },
    ]}>
      <Icon of={more} />
    </Menu>
  )
}
