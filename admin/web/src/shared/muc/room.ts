import { stanzaFault, type Fault } from '../xmpp/fault'
import { NS } from '../xmpp/ns'
import { attr, child, el, is, type Markup } from '../xmpp/xml'
import { Log, type Author, type Note } from './log'
import { readMessage, type Message } from './messages'
import { nameTries, nickname } from './names'
import { MUC } from './ns'
import { readAbout, readOccupant, type About, type Occupant } from './occupants'

/** Gone says why one is not in the room any longer. */
export type Gone =
  | { readonly why: 'removed' | 'banned'; readonly by: string; readonly reason: string } // XEP-0045#kick, #ban
  | { readonly why: 'closed' } // no longer open for us (codes 321, 322)
  | { readonly why: 'destroyed'; readonly reason: string }

/** The connection as a room uses it. */
export interface Port {
  send(m: Markup, id?: string): boolean
  newID(): string
}

/** What a room tells the page. */
export interface RoomListener {
  entered(): void
  refused(why: Fault): void
  gone(why: Gone): void
  occupants(): void
  log(): void
  typing(): void
  subject(): void
}

/** A message as the archive gives it (XEP-0313). */
export interface Stored {
  readonly id: string // the archive's
  readonly at: number
  readonly message: Element
}

/** How a room is entered. */
export interface How {
  /** The archive has what was said before, and who comes and goes is no news: it is the group of a member. */
  readonly member?: boolean
}

/** What a room's conference is called in it; the server keeps the name free of people. */
export const conferenceNick = 'Conference'

const answerMs = 30_000 // for the room to say yes or no
const pauseMs = 2_000 // before one enters again after a fault of the room
const typingMs = 30_000 // after which somebody who writes is taken to have stopped (XEP-0085#definitions)

/** Room is a group as seen by one who enters it (XEP-0045). */
export class Room {
  readonly chat = new Log()
  subject = ''
  private people = new Map<string, Occupant>()
  private arriving: Map<string, Occupant> | undefined // while entering: the list becomes visible at once, when it is whole
  private asked = '' // the nickname that was asked for
  private tries = 1
  private inside = false
  private deadline: ReturnType<typeof setTimeout> | undefined
  private readonly writers = new Map<string, ReturnType<typeof setTimeout>>()
  private composing = false

  constructor(
    private readonly port: Port,
    private readonly jid: string,
    private readonly name: string,
    private readonly listener: RoomListener,
    private readonly how: How = {},
  ) {}

  get occupants(): readonly Occupant[] {
    return [...this.people.values()]
  }

  get self(): Occupant | undefined {
    return this.people.get(this.asked)
  }

  /** typing are the nicknames of those who write just now. */
  get typing(): readonly string[] {
    return [...this.writers.keys()]
  }

  /** enter is called at the begin of each session; lost are messages that the session before has not brought there. */
  enter(lost: readonly string[] = []): void {
    if (this.inside && !this.how.member) this.note('gap', '')
    this.chat.close(lost)
    this.listener.log()
    this.inside = false
    this.composing = false
    this.knock()
  }

  private knock(tries = 1): void {
    this.arriving = new Map()
    this.tries = tries
    this.asked = nickname(this.name, tries)
    clearTimeout(this.deadline)
    this.deadline = setTimeout(() => this.listener.refused({ is: 'timeout' }), answerMs)
    const history = el('history', { maxstanzas: '0' })
    this.port.send(el('presence', { xmlns: NS.client, to: `${this.jid}/${this.asked}` }, el('x', { xmlns: MUC.join }, history)))
  }

  /** farewell is what is sent when one leaves. */
  farewell(): Markup {
    clearTimeout(this.deadline)
    return el('presence', { xmlns: NS.client, type: 'unavailable', to: `${this.jid}/${this.asked}` })
  }

  stanza(e: Element): void {
    const from = attr(e, 'from')
    if (from !== this.jid && !from.startsWith(this.jid + '/')) return
    const nick = from.slice(this.jid.length + 1)
    if (is(e, NS.client, 'presence')) this.presence(e, nick)
    else if (is(e, NS.client, 'message')) this.message(e, nick)
  }

  private presence(e: Element, nick: string): void {
    const type = attr(e, 'type')
    if (type === 'error') return this.refused(e)
    if (type !== '' && type !== 'unavailable') return
    if (child(e, MUC.conference, 'conference')) return // is not somebody
    const about = readAbout(e)
    const self = about.codes.has(110)
    if (type === 'unavailable') return this.left(nick, self, about)
    const people = this.arriving ?? this.people
    const known = people.has(nick)
    people.set(nick, readOccupant(e, nick, self || people.get(nick)?.self === true))
    if (self) this.asked = nick
    if (self && this.arriving) return this.entered()
    if (this.arriving) return
    if (!known) this.note('came', nick)
    this.listener.occupants()
  }

  private entered(): void {
    clearTimeout(this.deadline)
    this.people = this.arriving ?? this.people
    this.arriving = undefined
    this.inside = true
    this.listener.occupants()
    this.listener.entered()
  }

  private refused(e: Element): void {
    if (!this.arriving) return
    const fault = stanzaFault(e)
    clearTimeout(this.deadline)
    if (fault.is === 'stanza' && fault.condition === 'conflict' && !fault.detail && this.tries < nameTries) {
      return this.knock(this.tries + 1)
    }
    this.arriving = undefined
    this.listener.refused(fault)
  }

  private left(nick: string, self: boolean, about: About): void {
    const people = this.arriving ?? this.people
    const who = people.get(nick)
    if (about.codes.has(303) && about.newNick) return this.renamed(people, nick, about.newNick)
    people.delete(nick)
    this.stopped(nick)
    if (self) return this.gone(about)
    if (!who || this.arriving) return
    const what = about.codes.has(301) ? 'banned' : about.codes.has(307) || about.codes.has(321) ? 'removed' : 'went'
    this.note(what, nick, about.actor)
    this.listener.occupants()
  }

  private renamed(people: Map<string, Occupant>, nick: string, to: string): void {
    const who = people.get(nick)
    if (!who) return
    people.delete(nick)
    people.set(to, { ...who, nick: to })
    this.stopped(nick)
    if (who.self) this.asked = to
    this.note('renamed', nick, to)
    this.listener.occupants()
  }

  private gone({ codes, actor: by, reason, destroyed }: About): void {
    clearTimeout(this.deadline)
    this.arriving = undefined
    this.people = new Map()
    this.listener.occupants()
    if (destroyed !== undefined) return this.ended({ why: 'destroyed', reason: destroyed })
    if (codes.has(301)) return this.ended({ why: 'banned', by, reason })
    if (codes.has(321) || codes.has(322)) return this.ended({ why: 'closed' })
    if (codes.has(307) && !codes.has(332) && !codes.has(333)) return this.ended({ why: 'removed', by, reason })
    this.deadline = setTimeout(() => this.enter(), pauseMs) // a technical reason (XEP-0045#service-error-kick, #service-shutdown-kick)
  }

  private ended(why: Gone): void {
    this.inside = false
    this.listener.gone(why)
  }

  private note(what: Note['what'], nick: string, other = ''): void {
    if (this.how.member && ['came', 'went', 'renamed'].includes(what)) return
    this.chat.add({ kind: 'note', key: this.chat.newKey(), at: Date.now(), what, nick, other })
    this.listener.log()
  }

  private author(nick: string, e: Element): Author {
    const who = this.people.get(nick)
    const id = attr(child(e, MUC.occupantID, 'occupant-id'), 'id') || (who?.id ?? '')
    const self = who?.self ?? (id !== '' && id === this.self?.id)
    return { nick, id, moderator: who?.moderator ?? false, guest: who?.guest ?? false, self }
  }

  private message(e: Element, nick: string): void {
    const id = attr(e, 'id')
    if (attr(e, 'type') === 'error') {
      this.chat.fail([id])
      return this.listener.log()
    }
    const m = readMessage(e, this.jid)
    if (m.state && nick && m.type === 'groupchat') this.state(nick, m.state)
    if (m.subject !== undefined) {
      this.subject = m.subject
      return this.listener.subject()
    }
    if (m.type !== 'groupchat' && !(nick && m.body)) return
    if (this.chat.knows(m.stanzaID)) return
    if (m.body) this.stopped(nick)
    this.take(this.chat, e, nick, m)
    this.listener.log()
  }

  /** take puts a message into a log. */
  private take(log: Log, e: Element, nick: string, m: Message): void {
    if (m.moderated && nick === '') log.retract(m.retracts, { moderator: this.nickOf(m.moderated), reason: m.reason })
    else if (nick === '') return
    else this.said(log, this.author(nick, e), attr(e, 'id'), m)
    log.remember(m.stanzaID)
  }

  /** older puts what the archive has of the time before what is in the log in front of it. */
  older(messages: readonly Stored[]): void {
    const past = new Log(this.chat)
    for (const { id, at, message: e } of messages) {
      if (this.chat.knows(id)) continue
      const m = { ...readMessage(e, this.jid), at, stanzaID: id }
      if (m.type === 'groupchat' && m.subject === undefined) this.take(past, e, attr(e, 'from').slice(this.jid.length + 1), m)
    }
    this.chat.before(past)
    this.listener.log()
  }

  /** correct replaces one's own message by another text (XEP-0308#usecase). */
  correct(key: string, body: string): void {
    const old = this.chat.entries.find((e) => e.key === key)
    if (old?.kind !== 'said' || !old.author.self || !old.id) return
    const id = this.port.newID()
    this.port.send(
      el('message', { xmlns: NS.client, type: 'groupchat', to: this.jid, id },
        el('body', {}, body), el('replace', { xmlns: MUC.replace, id: old.id }), el('origin-id', { xmlns: MUC.stanzaID, id })),
      id,
    )
  }

  private said(log: Log, author: Author, id: string, m: Message): void {
    if (author.nick === conferenceNick && m.body) return log.add({ kind: 'note', key: log.newKey(), at: m.at, what: 'told', nick: '', other: m.body })
    if (m.retracts) return void log.retract(m.retracts, author)
    if (m.sealed) return log.add({ kind: 'sealed', key: log.newKey(), at: m.at, author, count: 1 })
    if (!m.body) return
    if (author.self && log.confirm(id, m.stanzaID)) return
    if (m.replaces && log.correct(m.replaces, author, m.body)) return
    log.add({
      kind: 'said', key: log.newKey(), at: m.at, id, stanzaID: m.stanzaID, author, body: m.body,
      edited: m.replaces !== '', toMe: m.type !== 'groupchat', state: 'sent',
    })
  }

  /** nickOf is who moderates: the room names him by his address in it, or not at all. */
  private nickOf(jid: string): string {
    return jid.startsWith(this.jid + '/') ? jid.slice(this.jid.length + 1) : ''
  }

  private state(nick: string, state: string): void {
    this.stopped(nick)
    if (state !== 'composing' || this.people.get(nick)?.self) return
    this.writers.set(nick, setTimeout(() => this.stopped(nick), typingMs))
    this.listener.typing()
  }

  private stopped(nick: string): void {
    clearTimeout(this.writers.get(nick))
    if (this.writers.delete(nick)) this.listener.typing()
  }

  /** say sends a message to everybody; it is in the log at once, and marked as sent when the room has reflected it. */
  say(body: string): void {
    const id = this.port.newID()
    const self = this.self
    const author: Author = { nick: this.asked, id: self?.id ?? '', moderator: self?.moderator ?? false, guest: self?.guest ?? true, self: true }
    this.chat.add({
      kind: 'said', key: this.chat.newKey(), at: Date.now(), id, stanzaID: '', author, body, edited: false, toMe: false, state: 'sending',
    })
    this.composing = false
    const sent = this.port.send(
      el('message', { xmlns: NS.client, type: 'groupchat', to: this.jid, id },
        el('body', {}, body), el('origin-id', { xmlns: MUC.stanzaID, id }), el('active', { xmlns: MUC.states })),
      id,
    )
    if (!sent) this.chat.fail([id])
    this.listener.log()
  }

  /** again sends a message that failed once more. */
  again(key: string): void {
    const body = this.chat.drop(key)
    if (body !== undefined) this.say(body)
  }

  /** discard takes a message that failed out of the log. */
  discard(key: string): void {
    if (this.chat.drop(key) !== undefined) this.listener.log()
  }

  /** writes tells the others whether one is writing (XEP-0085); the room need not keep it. */
  writes(on: boolean): void {
    if (on === this.composing || !this.inside) return
    this.composing = on
    const state = el(on ? 'composing' : 'paused', { xmlns: MUC.states })
    this.port.send(el('message', { xmlns: NS.client, type: 'groupchat', to: this.jid }, state, el('no-store', { xmlns: MUC.hints })))
  }
}
