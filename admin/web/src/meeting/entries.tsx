import { useState } from 'preact/hooks'
import { Icon } from '../shared/icon'
import { alert, clock, lock, refresh, trash } from '../shared/icons'
import { lang, locale, texts } from '../shared/i18n'
import { Avatar } from '../shared/ui/avatar'
import { same, type Author, type Entry, type Note, type Said, type Sealed, type Taken } from '../shared/muc'
import { pieces } from './links'
import { spots } from './mentions'
import type { Talk } from './talk'

const t = texts({
  en: {
    today: 'Today',
    moderator: 'Moderator',
    guest: 'Guest',
    edited: 'edited',
    toMe: 'To you alone',
    sending: 'Being sent …',
    failed: 'Not sent',
    again: 'Send again',
    discard: 'Discard',
    all: 'Show all',
    taken: 'Message taken back',
    takenBy: 'Message removed by {by}',
    takenByModerator: 'Message removed by a moderator',
    sealed: 'An encrypted message that guests cannot read|{n} encrypted messages that guests cannot read',
    sealedHint: 'Ask for it to be sent without OMEMO encryption.',
    sealedHere: 'An encrypted message that this page cannot read|{n} encrypted messages that this page cannot read',
    sealedHereHint: 'Read it with the client for which it was encrypted (OMEMO).',
    came: '{nick} has come',
    went: '{nick} has left',
    removed: '{nick} was removed',
    removedBy: '{nick} was removed by {other}',
    banned: '{nick} was banned',
    bannedBy: '{nick} was banned by {other}',
    renamed: '{nick} is now called {other}',
    told: '{other}',
    gap: 'The connection was interrupted for long. What was written meanwhile is missing here.',
  },
  de: {
    today: 'Heute',
    moderator: 'Moderation',
    guest: 'Gast',
    edited: 'bearbeitet',
    toMe: 'Nur an Sie',
    sending: 'Wird gesendet …',
    failed: 'Nicht gesendet',
    again: 'Noch einmal senden',
    discard: 'Verwerfen',
    all: 'Alles anzeigen',
    taken: 'Nachricht zurückgenommen',
    takenBy: 'Nachricht von {by} entfernt',
    takenByModerator: 'Nachricht von der Moderation entfernt',
    sealed: 'Eine verschlüsselte Nachricht, die Gäste nicht lesen können|{n} verschlüsselte Nachrichten, die Gäste nicht lesen können',
    sealedHint: 'Bitten Sie darum, sie ohne OMEMO-Verschlüsselung zu senden.',
    sealedHere: 'Eine verschlüsselte Nachricht, die diese Seite nicht lesen kann|{n} verschlüsselte Nachrichten, die diese Seite nicht lesen kann',
    sealedHereHint: 'Lesen Sie sie mit dem Programm, für das sie verschlüsselt wurde (OMEMO).',
    came: '{nick} ist gekommen',
    went: '{nick} ist gegangen',
    removed: '{nick} wurde entfernt',
    removedBy: '{nick} wurde von {other} entfernt',
    banned: '{nick} wurde ausgeschlossen',
    bannedBy: '{nick} wurde von {other} ausgeschlossen',
    renamed: '{nick} heißt jetzt {other}',
    told: '{other}',
    gap: 'Die Verbindung war länger unterbrochen. Was inzwischen geschrieben wurde, fehlt hier.',
  },
})

export function Day({ at }: { at: number }) {
  const today = new Date(at).toDateString() === new Date().toDateString()
  const day = new Intl.DateTimeFormat(lang.value, { weekday: 'long', day: 'numeric', month: 'long' })
  return <div class="day">{today ? t('today') : day.format(at)}</div>
}

const together = 5 * 60_000 // messages of one person within this time have one head

/** goesOn reports whether two entries of one day, one after the other, have one head. */
export function goesOn(entry: Entry, before: Entry): boolean {
  if (entry.kind === 'note' || before.kind === 'note') return false
  return same(entry.author, before.author) && entry.author.nick === before.author.nick && entry.at - before.at < together
}

/** One entry of the log. goesOn: the one before has the same head. */
export function Line({ entry, goesOn, talk }: { entry: Entry; goesOn: boolean; talk: Talk }) {
  if (entry.kind === 'note') return <NoteLine note={entry} />
  return (
    <div class={`msg${goesOn ? ' goes-on' : ''}`}>
      {!goesOn && <Head author={entry.author} at={entry.at} member={talk.member} />}
      {goesOn && <span class="sr">{entry.author.nick}</span>}
      {entry.kind === 'said' && <SaidLine said={entry} talk={talk} />}
      {entry.kind === 'taken' && <TakenLine taken={entry} />}
      {entry.kind === 'sealed' && <SealedLine sealed={entry} member={talk.member} />}
    </div>
  )
}

/** For members it is guests who stand out, for guests those who can help. */
function Head({ author, at, member }: { author: Author; at: number; member: boolean | undefined }) {
  const time = new Intl.DateTimeFormat(locale(), { hour: 'numeric', minute: '2-digit' })
  return (
    <>
      <Avatar name={author.nick} />
      <div class="msg-head">
        <b class="clip" dir="auto">
          {author.nick}
        </b>
        {!member && author.moderator && <span class="badge badge--accent">{t('moderator')}</span>}
        {member && author.guest && <span class="badge badge--line">{t('guest')}</span>}
        <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time>
      </div>
    </>
  )
}

const longBody = 3000 // characters, after which the rest is asked for

function SaidLine({ said, talk }: { said: Said; talk: Talk }) {
  const [whole, setWhole] = useState(said.body.length <= longBody)
  const action = /^\/me\s/.exec(said.body) // XEP-0245
  const body = whole ? said.body : said.body.slice(0, longBody) + ' …'
  return (
    <>
      <p class={said.state === 'sending' ? 'is-sending' : ''} dir="auto">
        {action && <i>{`${said.author.nick} `}</i>}
        <Body text={action ? body.slice(action[0].length) : body} called={talk.called?.value} />
        {said.edited && <small class="muted">{` (${t('edited')})`}</small>}
      </p>
      {!whole && (
        <button type="button" class="btn btn--sm msg-all" onClick={() => setWhole(true)}>
          {t('all')}
        </button>
      )}
      {said.toMe && <small class="badge msg-all">{t('toMe')}</small>}
      {said.state === 'sending' && (
        <small class="msg-state muted">
          <Icon of={clock} size="s" />
          {t('sending')}
        </small>
      )}
      {said.state === 'failed' && <Failed of={said.key} talk={talk} />}
    </>
  )
}

function Body({ text, called = '' }: { text: string; called?: string | undefined }) {
  return (
    <>
      {pieces(text).map((piece, i) =>
        piece.href === undefined ? (
          <Called key={i} text={piece.text} name={called} />
        ) : (
          <a key={i} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ),
      )}
    </>
  )
}

/** A text in which mentions of somebody stand out. */
function Called({ text, name }: { text: string; name: string }) {
  const out = []
  let end = 0
  for (const at of spots(text, name)) {
    out.push(text.slice(end, at), <mark key={at}>{text.slice(at, at + name.length + 1)}</mark>)
    end = at + name.length + 1
  }
  return <>{[...out, text.slice(end)]}</>
}

function Failed({ of: key, talk }: { of: string; talk: Talk }) {
  return (
    <span class="msg-state">
      <span class="err">
        <Icon of={alert} />
        {t('failed')}
      </span>
      <button type="button" class="btn btn--sm" onClick={() => talk.again(key)}>
        <Icon of={refresh} />
        {t('again')}
      </button>
      <button type="button" class="btn btn--ghost btn--sm" onClick={() => talk.discard(key)}>
        {t('discard')}
      </button>
    </span>
  )
}

function TakenLine({ taken }: { taken: Taken }) {
  const own = taken.by === '' && !taken.byModerator
  return (
    <p class="msg-gone">
      <Icon of={trash} size="s" />
      <span dir="auto">
        {own ? t('taken') : taken.by ? t('takenBy', { by: taken.by }) : t('takenByModerator')}
        {taken.reason && `: ${taken.reason}`}
      </span>
    </p>
  )
}

function SealedLine({ sealed, member }: { sealed: Sealed; member: boolean | undefined }) {
  return (
    <p class="msg-gone">
      <Icon of={lock} size="s" />
      <span>
        {t(member ? 'sealedHere' : 'sealed', { n: sealed.count })}. {t(member ? 'sealedHereHint' : 'sealedHint')}
      </span>
    </p>
  )
}

function NoteLine({ note: { what, nick, other } }: { note: Note }) {
  const key = other && (what === 'removed' || what === 'banned') ? (`${what}By` as const) : what
  return (
    <p class={what === 'gap' ? 'note note--gap' : 'note'} dir="auto">
      {t.rich(key, { nick: <bdi>{nick}</bdi>, other: <bdi>{other}</bdi> })}
    </p>
  )
}
