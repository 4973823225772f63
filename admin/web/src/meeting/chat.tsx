import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../shared/icon'
import { down, left } from '../shared/icons'
import { texts } from '../shared/i18n'
import type { Entry } from '../shared/muc'
import { Composer } from './composer'
import { Day, goesOn, Line } from './entries'
import { Side } from './side'
import type { Talk } from './talk'

const t = texts({
  en: {
    title: 'Chat',
    hide: 'Hide chat',
    log: 'Messages',
    empty: 'Nothing has been written since you came.',
    emptyHint: 'Everyone in the group reads what you write here.',
    newer: '{n} new message|{n} new messages',
    writes: '{nick} is writing …',
    write: '{n} people are writing …',
  },
  de: {
    title: 'Chat',
    hide: 'Chat ausblenden',
    log: 'Nachrichten',
    empty: 'Seit Sie hier sind, wurde nichts geschrieben.',
    emptyHint: 'Alle in der Gruppe lesen, was Sie hier schreiben.',
    newer: '{n} neue Nachricht|{n} neue Nachrichten',
    writes: '{nick} schreibt …',
    write: '{n} Personen schreiben …',
  },
})

/** The chat of the room. focus: one is about to write, since one has opened it. */
export function Chat({ talk, focus = true, onClose }: { talk: Talk; focus?: boolean; onClose: () => void }) {
  return (
    <Side kind="chat" title={t('title')} hide={t('hide')} icon={left} onClose={onClose}>
      <Messages talk={talk} />
      <Writers nicks={talk.typing.value} />
      <Composer talk={talk} focus={focus} />
    </Side>
  )
}

const nearEnd = 40 // pixels from the end within which new messages are followed

function Messages({ talk }: { talk: Talk }) {
  const entries = talk.log.value
  const box = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  const [seen, setSeen] = useState(entries.length)
  useLayoutEffect(() => {
    const mine = entries.at(-1)
    if (!following.current && !(mine?.kind === 'said' && mine.state === 'sending')) return
    toEnd()
  }, [entries])
  const toEnd = (): void => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
    following.current = true
    setSeen(entries.length)
  }
  const scrolled = (): void => {
    const b = box.current!
    following.current = b.scrollHeight - b.scrollTop - b.clientHeight < nearEnd
    if (following.current) setSeen(entries.length)
  }
  const fresh = following.current ? 0 : entries.length - seen
  return (
    <div class="log-frame">
      <div class="log" role="log" aria-label={t('log')} tabIndex={0} ref={box} onScroll={scrolled}>
        {entries.length === 0 && (
          <div class="empty">
            <b>{t('empty')}</b>
            <span>{t('emptyHint')}</span>
          </div>
        )}
        {entries.map((e, i) => (
          <Item key={e.key} entry={e} before={entries[i - 1]} talk={talk} />
        ))}
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

function Item({ entry, before, talk }: { entry: Entry; before: Entry | undefined; talk: Talk }) {
  const sameDay = before !== undefined && new Date(before.at).toDateString() === new Date(entry.at).toDateString()
  return (
    <>
      {!sameDay && <Day at={entry.at} />}
      <Line entry={entry} goesOn={sameDay && goesOn(entry, before)} talk={talk} />
    </>
  )
}

function Writers({ nicks }: { nicks: readonly string[] }) {
  return (
    <p class="writers" dir="auto">
      {nicks.length === 1 && t('writes', { nick: nicks[0]! })}
      {nicks.length > 1 && t('write', { n: nicks.length })}
    </p>
  )
}
