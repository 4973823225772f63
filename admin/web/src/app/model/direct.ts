import { computed, signal, type ReadonlySignal } from '@preact/signals'
import { Log, type Author, type Entry, type Stored } from '../../shared/muc'
import { readMessage, type Message } from '../../shared/muc/messages'
import { MUC } from '../../shared/muc/ns'
import { bare } from '../../shared/xmpp/jid'
import { NS } from '../../shared/xmpp/ns'
import { attr, el, type Markup } from '../../shared/xmpp/xml'
import type { Archive } from './archive'
import { Marks, type Conversation } from './conversation'
import { History } from './history'
import { APP } from './ns'
import type { Reads } from './reads'

/** The connection as a conversation uses it. */
export interface Line {
  readonly jid: string
  send(m: Markup, id?: string, ask?: boolean): boolean
  newID(): string
}

const typingMs = 30_000 // after which somebody who writes is taken to have stopped (XEP-0085#definitions)

/** A Direct is the conversation with one other user. */
export class Direct implements Conversation {
  readonly kind = 'direct'
  readonly member = true
  readonly log = signal<readonly Entry[]>([])
  readonly voice = signal(true)
  readonly history: History
  readonly marks: Marks
  readonly typing: ReadonlySignal<readonly string[]>
  private readonly chat = new Log()
  private readonly writer = signal(false)
  private stopping: ReturnType<typeof setTimeout> | undefined
  private composing = false

  constructor(
    readonly jid: string,
    readonly name: ReadonlySignal<string>,
    private readonly own: ReadonlySignal<string>,
    private readonly line: Line,
    archive: () => Archive | undefined,
    reads: Reads,
  ) {
    this.typing = computed(() => (this.writer.value ? [name.value] : []))
    this.history = new History(archive, () => bare(line.jid), jid, (messages) => this.older(messages))
    this.marks = new Marks(jid, this.log, reads)
  }

  /** restart is called when a new session begins: what was missed is in the archive. */
  restart(lost: readonly string[]): void {
    this.chat.close(lost)
    this.chat.restart()
    this.history.restart()
    this.changed()
  }

  /** seed puts in what the whole archive had of this conversation; it goes on from there. */
  seed(messages: readonly Stored[]): void {
    this.older(messages)
    this.history.restart(messages[0]?.id ?? '')
  }

  private older(messages: readonly Stored[]): void {
    const past = new Log(this.chat)
    for (const { id, at, message } of messages) {
      if (this.chat.knows(id) || (this.isOwn(message) && this.chat.owns(attr(message, 'id')))) continue
      this.take(past, message, { ...readMessage(message, bare(this.line.jid)), at, stanzaID: id })
    }
    this.chat.before(past)
    this.changed()
  }

  /** message takes a message of the other, or one's own from another client (XEP-0280). at: when it is not from now. */
  message(e: Element, at?: number): void {
    const read = readMessage(e, bare(this.line.jid))
    const m = at === undefined ? read : { ...read, at }
    if (attr(e, 'type') === 'error') {
      this.chat.fail([attr(e, 'id')])
      return this.changed()
    }
    const own = this.isOwn(e)
    if (m.state && !own) this.wrote(m.state === 'composing')
    if (this.chat.knows(m.stanzaID)) return
    this.take(this.chat, e, m)
    this.changed()
  }

  private isOwn(e: Element): boolean {
    return bare(attr(e, 'from')) === bare(this.line.jid)
  }

  private take(log: Log, e: Element, m: Message): void {
    const own = this.isOwn(e)
    const author: Author = { nick: own ? this.own.value : this.name.value, id: own ? bare(this.line.jid) : this.jid, moderator: false, guest: false, self: own }
    log.remember(m.stanzaID)
    if (m.retracts) return void log.retract(m.retracts, author)
    if (m.sealed) return log.add({ kind: 'sealed', key: log.newKey(), at: m.at, author, count: 1 })
    if (!m.body) return
    if (own && log.confirm(attr(e, 'id'), m.stanzaID)) return
    if (m.replaces && log.correct(m.replaces, author, m.body)) return
    log.add({
      kind: 'said', key: log.newKey(), at: m.at, id: attr(e, 'id'), stanzaID: m.stanzaID, author, body: m.body,
      edited: m.replaces !== '', toMe: false, state: 'sent',
    })
  }

  private changed(): void {
    this.log.value = this.chat.entries
  }

  private wrote(on: boolean): void {
    clearTimeout(this.stopping)
    this.writer.value = on
    if (on) this.stopping = setTimeout(() => (this.writer.value = false), typingMs)
  }

  say(body: string): void {
    const id = this.line.newID()
    const author: Author = { nick: this.own.value, id: bare(this.line.jid), moderator: false, guest: false, self: true }
    this.chat.add({ kind: 'said', key: this.chat.newKey(), at: Date.now(), id, stanzaID: '', author, body, edited: false, toMe: false, state: 'sending' })
    this.composing = false
    const content = [el('body', {}, body), el('origin-id', { xmlns: MUC.stanzaID, id }), el('active', { xmlns: MUC.states }), el('request', { xmlns: APP.receipts })]
    if (!this.line.send(this.markup(id, content), id, true)) this.chat.fail([id])
    this.changed()
  }

  private markup(id: string | undefined, content: readonly Markup[]): Markup {
    return el('message', { xmlns: NS.client, type: 'chat', to: this.jid, id }, ...content)
  }

  /** arrived notes that the server has got messages. */
  arrived(ids: readonly string[]): void {
    const some = ids.filter((id) => id && this.chat.confirm(id, ''))
    if (some.length) this.changed()
  }

  writes(on: boolean): void {
    if (on === this.composing) return
    this.composing = on
    const state = el(on ? 'composing' : 'paused', { xmlns: MUC.states })
    this.line.send(this.markup(undefined, [state, el('no-store', { xmlns: MUC.hints })]))
  }

  again(key: string): void {
    const body = this.chat.drop(key)
    if (body !== undefined) this.say(body)
  }

  discard(key: string): void {
    if (this.chat.drop(key) !== undefined) this.changed()
  }

  correct(key: string, body: string): void {
    const old = this.chat.entries.find((e) => e.key === key)
    if (old?.kind !== 'said' || !old.author.self || !old.id) return
    const id = this.line.newID()
    const content = [el('body', {}, body), el('replace', { xmlns: MUC.replace, id: old.id }), el('origin-id', { xmlns: MUC.stanzaID, id })]
    if (!this.line.send(this.markup(id, content), id, true)) return
    this.chat.correct(old.id, old.author, body)
    this.changed()
  }
}
