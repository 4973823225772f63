import { right } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { Avatar } from '../../shared/ui/avatar'
import type { Occupant } from '../../shared/muc'
import { Side } from '../../meeting/side'
import type { Visit } from './visit'

const t = texts({
  en: { title: 'Participants', hide: 'Hide participants', members: 'Members of the group', guests: 'Guests', moderator: 'Moderator', you: 'You', writes: 'Writing …', mute: 'Reads along' },
  de: { title: 'Teilnehmende', hide: 'Teilnehmende ausblenden', members: 'Mitglieder der Gruppe', guests: 'Gäste', moderator: 'Moderation', you: 'Sie', writes: 'Schreibt …', mute: 'Liest mit' },
})

/** Who is in the room: members first, then guests. */
export function People({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const all = visit.occupants.value
  return (
    <Side kind="people" title={t('title')} hide={t('hide')} icon={right} count={all.length} onClose={onClose}>
      <div class="list">
        <Group title={t('members')} of={all.filter((o) => !o.guest)} visit={visit} />
        <Group title={t('guests')} of={all.filter((o) => o.guest)} visit={visit} />
      </div>
    </Side>
  )
}

function Group({ title, of: people, visit }: { title: string; of: Occupant[]; visit: Visit }) {
  if (people.length === 0) return null
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {people.map((o) => (
          <li class="person-row" key={o.nick}>
            <Avatar name={o.nick} />
            <span class="person-who">
              <b class="clip" dir="auto" title={o.nick}>
                {o.nick}
              </b>
              <About person={o} writes={visit.typing.value.includes(o.nick)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function About({ person, writes }: { person: Occupant; writes: boolean }) {
  const said = person.self ? t('you') : writes ? t('writes') : person.voice ? '' : t('mute')
  if (!person.moderator && !said) return null
  return (
    <small>
      {person.moderator && <span class="badge badge--accent">{t('moderator')}</span>}
      {said && <span>{said}</span>}
    </small>
  )
}
