import { Fragment } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Day, goesOn, Line } from '../../meeting/entries'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { down } from '../../shared/icons'
import type { Conversation } from '../model/conversation'

const t = texts({
  en: {
    log: 'Messages',
    older: 'Show older messages',
    loading: 'Loading …',
    failed: 'The messages did not load.',
    again: 'Try again',
    begin: 'This is the beginning.',
    empty: 'Nothing has been written here yet.',
    fresh: 'New',
    newer: '{n} new message|{n} new messages',
  },
  de: {
    log: 'Nachrichten',
    older: 'Ältere Nachrichten zeigen',
    loading: 'Wird geladen …',
    failed: 'Die Nachrichten wurden nicht geladen.',
    again: 'Noch einmal versuchen',
    begin: 'Das ist der Anfang.',
    empty: 'Hier wurde noch nichts geschrieben.',
    fresh: 'Neu',
    newer: '{n} neue Nachricht|{n} neue Nachrichten',
  },
})

const nearEnd = 40 // pixels from the end within which new messages are followed
const nearBegin = 200 // pixels from the begin within which older ones are read

/** The messages of a conversation: the newest in sight, older ones as one goes up. */
export function Messages({ talk }: { talk: Conversation }) {
  const entries = talk.log.value
  const history = talk.history.state.value
  const box = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  const below = useRef(0) // what is beneath the sight, kept while older messages are put above it
  const first = useRef('')
  const [seen, setSeen] = useState(entries.length)
  const toEnd = (): void => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
    following.current = true
    setSeen(entries.length)
    if (looked()) talk.marks.read()
  }
  useLayoutEffect(() => {
    const b = box.current!
    const grewAbove = first.current !== '' && entries[0]?.key !== first.current && entries.some((e) => e.key === first.current)
    first.current = entries[0]?.key ?? ''
    const last = entries.at(-1)
    if (following.current || (last?.kind === 'said' && last.state === 'sending')) return toEnd()
    if (grewAbove) b.scrollTop = b.scrollHeight - below.current
  }, [entries])
  useEffect(() => {
    const look = (): void => {
      if (following.current && looked()) talk.marks.read()
    }
    document.addEventListener('visibilitychange', look)
    addEventListener('focus', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      removeEventListener('focus', look)
    }
  }, [talk])
  const scrolled = (): void => {
    const b = box.current!
    below.current = b.scrollHeight - b.scrollTop
    following.current = b.scrollHeight - b.scrollTop - b.clientHeight < nearEnd
    if (following.current) {
      setSeen(entries.length)
      if (looked()) talk.marks.read()
    }
    if (b.scrollTop < nearBegin && history === 'some') void talk.history.more()
  }
  const fresh = following.current ? 0 : entries.length - seen
  return (
    <div class="log-frame">
      <div class="log" role="log" aria-label={t('log')} aria-busy={history === 'loading'} tabIndex={0} ref={box} onScroll={scrolled}>
        <Begin talk={talk} />
        {entries.map((e, i) => {
          const before = entries[i - 1]
          const sameDay = before !== undefined && new Date(before.at).toDateString() === new Date(e.at).toDateString()
          const line = talk.marks.line.value === e.key
          return (
            <Fragment key={e.key}>
              {!sameDay && <Day at={e.at} />}
              {line && <div class="newline">{t('fresh')}</div>}
              <Line entry={e} goesOn={sameDay && !line && goesOn(e, before)} talk={talk} />
            </Fragment>
          )
        })}
      </div>
      {fresh > 0 && (
        <button type="button" class="btn btn--primary btn--sm log-newer" onClick={toEnd}>
          <Icon of={down} />
          {t('newer', { n: fresh })}
        </button>
      )}
    </div>
  )
}

function looked(): boolean {
  return !document.hidden && document.hasFocus()
}

/** What stands above the oldest message. */
function Begin({ talk }: { talk: Conversation }) {
  const more = (): void => void talk.history.more()
  switch (talk.history.state.value) {
    case 'some':
      return <button type="button" class="btn btn--ghost btn--sm log-begin" onClick={more}>{t('older')}</button>
    case 'failed':
      return (
        <p class="log-begin note">
          {t('failed')} <button type="button" class="link" onClick={more}>{t('again')}</button>
        </p>
      )
    case 'all':
      return talk.log.value.length === 0 ? <div class="empty"><b>{t('empty')}</b></div> : <p class="log-begin note">{t('begin')}</p>
  }
  return <p class="log-begin note" role="status">{talk.history.state.value === 'loading' ? t('loading') : ''}</p>
}
