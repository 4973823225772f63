import { useEffect, useState } from 'preact/hooks'
import type { Entry, Said } from '../shared/muc'
import type { Panels } from './panels'
import type { Talk } from './talk'

/** What others have said that one has not seen: since the chat was closed, or the page in the background. */
export interface Unread {
  readonly count: number
  readonly last: string // who said the latest of it
}

function isNew(e: Entry): e is Said {
  return e.kind === 'said' && !e.author.self
}

export function useUnread(talk: Talk, panels: Panels): Unread {
  const [seen, setSeen] = useState('')
  const [visible, setVisible] = useState(document.visibilityState === 'visible')
  useEffect(() => {
    const changed = (): void => setVisible(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', changed)
    return () => document.removeEventListener('visibilitychange', changed)
  }, [])
  const log = talk.log.value
  const last = log.at(-1)?.key ?? ''
  const looking = visible && panels.chat.value
  useEffect(() => {
    if (looking) setSeen(last)
  }, [looking, last])
  if (looking) return { count: 0, last: '' }
  const news = log.slice(log.findIndex((e) => e.key === seen) + 1).filter(isNew)
  return { count: news.length, last: news.at(-1)?.author.nick ?? '' }
}
