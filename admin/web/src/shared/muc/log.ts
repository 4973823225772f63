/** Who says something, as he was then. */
export interface Author {
  readonly nick: string
  readonly id: string // the same for one person whatever his nickname (XEP-0421); '' when the room gives none
  readonly moderator: boolean
  readonly guest: boolean
  readonly self: boolean
}

interface Base {
  readonly key: string // unique in the log
  readonly at: number // milliseconds
}

export interface Said extends Base {
  readonly kind: 'said'
  readonly id: string // as its author calls it
  readonly stanzaID: string // as the room calls it
  readonly author: Author
  readonly body: string
  readonly edited: boolean
  readonly toMe: boolean // and to nobody else (XEP-0045#privatemessage)
  readonly state: 'sending' | 'sent' | 'failed'
}

/** A message that was taken back by its author, or by a moderator, whose nickname is by if he is known. */
export interface Taken extends Base {
  readonly kind: 'taken'
  readonly author: Author
  readonly byModerator: boolean
  readonly by: string
  readonly reason: string
}

/** Messages one after the other that only members can decrypt. */
export interface Sealed extends Base {
  readonly kind: 'sealed'
  readonly author: Author
  readonly count: number
}

/** Something that has happened in the room. */
export interface Note extends Base {
  readonly kind: 'note'
  readonly what: 'came' | 'went' | 'removed' | 'banned' | 'renamed' | 'gap' | 'told' // told: by the room's conference, in its words
  readonly nick: string
  readonly other: string // the new nickname, who removed him, or what was told
}

export type Entry = Said | Taken | Sealed | Note

/** How many entries the page keeps: a guest's session is a meeting, not an archive. */
export const logEntries = 2000

/** A Log is what the chat shows, in the order in which it came. Its entries are never changed, only replaced. */
export class Log {
  entries: readonly Entry[] = []
  private readonly stanzaIDs = new Set<string>()
  private keys = 0

  /** of is the log that this one is to be put before: they share their keys. */
  constructor(private readonly of?: Log) {}

  newKey(): string {
    return this.of ? this.of.newKey() : `e${++this.keys}`
  }

  /** before puts an older log before this one. */
  before(older: Log): void {
    for (const id of older.stanzaIDs) this.stanzaIDs.add(id)
    this.entries = [...older.entries, ...this.entries]
  }

  /** restart empties the log but for what has not got there: the rest is read from the archive anew. */
  restart(): void {
    this.stanzaIDs.clear()
    this.entries = this.entries.filter((e) => e.kind === 'said' && e.state !== 'sent')
  }

  /** mine is one's own last message that got there, which may be corrected. */
  get mine(): Said | undefined {
    return this.find((e) => e.author.self && e.state === 'sent' && !e.toMe)
  }

  /** knows reports whether the room's message is in the log, or was taken out of it again. */
  knows(stanzaID: string): boolean {
    return stanzaID !== '' && this.stanzaIDs.has(stanzaID)
  }

  /** owns reports whether a message of one's own is in the log, by its id. */
  owns(id: string): boolean {
    return id !== '' && this.find((e) => e.author.self && e.id === id) !== undefined
  }

  add(e: Entry): void {
    if (e.kind === 'said' && e.stanzaID) this.stanzaIDs.add(e.stanzaID)
    const last = this.entries.at(-1)
    if (e.kind === 'sealed' && last?.kind === 'sealed' && same(last.author, e.author)) {
      this.replace({ ...last, at: e.at, count: last.count + 1 })
      return
    }
    this.entries = [...this.entries, e].slice(-logEntries)
  }

  remember(stanzaID: string): void {
    if (stanzaID) this.stanzaIDs.add(stanzaID)
  }

  private replace(e: Entry): void {
    this.entries = this.entries.map((old) => (old.key === e.key ? e : old))
  }

  private find(match: (e: Said) => boolean): Said | undefined {
    return this.entries.findLast((e): e is Said => e.kind === 'said' && match(e))
  }

  /** confirm notes that the room has reflected a message of ours. */
  confirm(id: string, stanzaID: string): boolean {
    const mine = this.find((e) => e.author.self && e.id === id && e.state !== 'sent')
    if (!mine) return false
    this.remember(stanzaID)
    this.replace({ ...mine, stanzaID, state: 'sent' })
    return true
  }

  /** fail notes that messages of ours did not get there. */
  fail(ids: readonly string[]): void {
    this.settle((id) => (ids.includes(id) ? 'failed' : 'sending'))
  }

  /** close ends a session: what is under way got there, apart from what is lost. */
  close(lost: readonly string[]): void {
    this.settle((id) => (lost.includes(id) ? 'failed' : 'sent'))
  }

  private settle(state: (id: string) => Said['state']): void {
    this.entries = this.entries.map((e) => (e.kind === 'said' && e.state === 'sending' ? { ...e, state: state(e.id) } : e))
  }

  /** drop removes a message that failed, to be sent anew or not at all; it gives its text. */
  drop(key: string): string | undefined {
    const failed = this.find((e) => e.key === key && e.state === 'failed')
    if (failed) this.entries = this.entries.filter((e) => e !== failed)
    return failed?.body
  }

  /** correct replaces the text of an author's own message (XEP-0308#usecase); false when it is not here or not his. */
  correct(id: string, author: Author, body: string): boolean {
    const old = this.find((e) => e.id === id && same(e.author, author))
    if (!old) return false
    this.replace({ ...old, body, edited: true })
    return true
  }

  /** retract takes a message away: its author's own (XEP-0424#usecase), or anybody's when a moderator does it (XEP-0425). */
  retract(stanzaID: string, who: Author | { moderator: string; reason: string }): boolean {
    const old = this.find((e) => stanzaID !== '' && e.stanzaID === stanzaID)
    if (!old) return false
    const own = 'nick' in who
    if (own && !same(old.author, who)) return false
    this.replace({
      kind: 'taken', key: old.key, at: old.at, author: old.author, byModerator: !own, by: own ? '' : who.moderator, reason: own ? '' : who.reason,
    })
    return true
  }
}

/** same reports whether two messages come from one person: by his id where the room gives one. */
export function same(a: Author, b: Author): boolean {
  return a.id || b.id ? a.id === b.id : a.nick === b.nick
}
