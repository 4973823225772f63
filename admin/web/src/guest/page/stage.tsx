import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../../shared/icon'
import { shield } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { Avatar } from '../../shared/ui/avatar'
import type { Occupant } from '../../shared/muc'
import type { Visit } from './visit'

const t = texts({
  en: {
    stage: 'In the group now',
    you: 'You',
    moderator: 'Moderator',
    more: '{n} more',
    alone: 'Nobody else is here yet. The chat is open: whoever comes reads what is written from then on.',
  },
  de: {
    stage: 'Jetzt in der Gruppe',
    you: 'Sie',
    moderator: 'Moderation',
    more: '{n} weitere',
    alone: 'Noch ist niemand sonst hier. Der Chat ist offen: Wer kommt, liest, was von da an geschrieben wird.',
  },
})

const narrow = '(max-width: 700px)'

/** How many tiles there is room for, and how many beside each other. */
function useRoom(count: number): { most: number; columns: number } {
  const [small, setSmall] = useState(matchMedia(narrow).matches)
  useEffect(() => {
    const query = matchMedia(narrow)
    const changed = (): void => setSmall(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  if (small) return { most: 6, columns: count < 3 ? 1 : 2 }
  return { most: 9, columns: count < 2 ? 1 : count < 5 ? 2 : 3 }
}

/** The middle of the page: a tile for each person, as many as can be told apart; the last one stands for the rest. */
export function Stage({ visit }: { visit: Visit }) {
  const all = visit.occupants.value
  const { most, columns } = useRoom(all.length)
  const some = all.length > most ? [...all.filter((o) => !o.self).slice(0, most - 2), ...all.filter((o) => o.self)] : all
  const count = Math.min(all.length, most)
  return (
    <main class="stage" aria-label={t('stage')}>
      <div class="tiles" style={{ '--columns': columns, '--rows': Math.max(1, Math.ceil(count / columns)) }}>
        {some.map((o) => (
          <Tile key={o.nick} of={o} />
        ))}
        {some.length < all.length && (
          <div class="tile">
            <span class="tile-center tile-more num">{t('more', { n: all.length - some.length })}</span>
          </div>
        )}
      </div>
      {all.length === 1 && <p class="stage-alone">{t('alone')}</p>}
    </main>
  )
}

function Tile({ of: o }: { of: Occupant }) {
  return (
    <div class="tile">
      <span class="tile-center">
        <Avatar name={o.nick} size="xl" />
      </span>
      <span class="tile-tag">
        {o.moderator && (
          <>
            <Icon of={shield} />
            <span class="sr">{t('moderator')}</span>
          </>
        )}
        <span class="clip" dir="auto">
          {o.self ? t('you') : o.nick}
        </span>
      </span>
    </div>
  )
}
