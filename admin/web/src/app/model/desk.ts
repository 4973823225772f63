import { batch, computed, signal, type ReadonlySignal } from '@preact/signals'
import { keep, kept } from '../../shared/kept'
import { tidy, type Stored } from '../../shared/muc'
import type { Presence as Show } from '../../shared/ui/avatar'
import { Client, type Fault, type Result, type State } from '../../shared/xmpp'
import { bad } from '../../shared/xmpp/fault'
import type { Dial } from '../../shared/xmpp/wire'
import { bare, localpart } from '../../shared/xmpp/jid'
import { NS } from '../../shared/xmpp/ns'
import { attr, child, el, is, text, type Content, type Markup } from '../../shared/xmpp/xml'
import { Archive, readForwarded } from './archive'
import { readBookmarks, readChange, type Bookmark } from './bookmarks'
import { Caps } from './caps'
import type { Conversation } from './conversation'
import { Direct } from './direct'
import { Group } from './group'
import { APP } from './ns'
import { Presences } from './presence'
import { Reads } from './reads'
import { Roster } from './roster'

/** Who uses the page. */
export interface Me {
  readonly jid: string // bare
  readonly name: string
  readonly domain: string
  readonly groupDomain: string
  readonly numberDomain: string // where numbers and teams have their addresses
}

const recent = 100 // messages of the own archive that are read at the begin: they show with whom one has talked last
const features = [NS.disco, NS.ping, APP.bookmarks + '+notify', 'urn:xmpp:message-correct:0', 'http://jabber.org/protocol/chatstates', APP.receipts, APP.caps]

/** A Part of the page takes stanzas that nothing else has taken: calls. */
export interface Part {
  stanza(e: Element): void
  request(iq: Element): Markup | undefined
  online(session: 'new' | 'resumed'): void
  /** The page is put away. */
  hide(): void
  readonly features: readonly string[]
}

/** A Desk is what one user has in front of him: colleagues, groups, conversations, kept up to date by one XMPP session. */
export class Desk {
  readonly connection = signal<State>({ is: 'connecting' })
  readonly roster: Roster
  readonly presences = new Presences()
  readonly groups = signal<ReadonlyMap<string, Group>>(new Map())
  /** whether the list of groups has come. */
  readonly grouped = signal(false)
  readonly directs = signal<ReadonlyMap<string, Direct>>(new Map())
  readonly open = signal<Conversation | undefined>(undefined)
  readonly show = signal<Show>(asShow(kept('show')))
  readonly status = signal(kept('status') ?? '')
  readonly unread = computed(() => all(this).reduce((n, c) => n + c.marks.fresh.value.length, 0))
  private client: Client | undefined
  private readonly reads: Reads
  private readonly caps: Caps
  private archive: Archive | undefined
  private readonly name = signal('')
  private readonly parts: Part[] = []
  private begun = false // a session, since the connection is there

  constructor(
    readonly me: Me,
    private readonly dial?: Dial,
  ) {
    this.name.value = me.name
    this.roster = new Roster(me.numberDomain)
    this.reads = new Reads(me.jid)
    this.caps = new Caps(features)
  }

  /** use lets a part of the page take part in the session, before that begins. */
  use(part: Part): void {
    this.parts.push(part)
    this.caps.add(part.features)
  }

  get jid(): string {
    return this.client?.jid ?? ''
  }

  send(m: Markup, id = '', ask = false): boolean {
    return this.client?.send(m, id, ask) ?? false
  }

  iq(type: 'get' | 'set', to: string, payload: Content, ms?: number): Promise<Result<Element>> {
    return this.client?.iq(type, to, payload, ms) ?? Promise.resolve(bad({ is: 'lost' }))
  }

  hurry(): void {
    this.client?.hurry()
  }

  newID(): string {
    return this.client?.newID() ?? ''
  }

  /** connect begins, or begins anew after an end. */
  connect(): void {
    if (this.client && this.connection.peek().is !== 'ended') return this.client.connect()
    const options = { url: `wss://${location.host}/xmpp-websocket`, credentials: { domain: this.me.domain, user: this.me.jid } }
    this.client = new Client(
      this.dial ? { ...options, dial: this.dial } : options,
      {
        state: (s) => this.connected(s),
        session: (_, lost) => void this.begin(lost),
        stanza: (e) => this.stanza(e),
        request: (iq) => this.request(iq),
        arrived: (ids) => {
          for (const d of this.directs.peek().values()) d.arrived(ids)
        },
      },
    )
    this.client.connect()
  }

  private connected(s: State): void {
    this.connection.value = s
    if (s.is !== 'online') return
    this.begun = false
    queueMicrotask(() => {
      if (!this.begun) this.parts.forEach((p) => p.online('resumed'))
    })
  }

  /** begin is the begin of a session: all that is known is asked for anew. */
  private async begin(lost: readonly string[]): Promise<void> {
    const { me } = this
    this.begun = true
    const archive = (this.archive = new Archive(this))
    this.presences.clear()
    for (const d of this.directs.peek().values()) d.restart(lost)
    this.parts.forEach((p) => p.online('new'))
    void this.iq('set', me.jid, el('enable', { xmlns: APP.carbons }))
    const roster = this.iq('get', me.jid, el('query', { xmlns: APP.roster }))
    await this.caps.hash()
    this.announce()
    void this.enterGroups(lost)
    const got = await roster
    if (got.ok) this.roster.load(got.value)
    else if (got.fault.is !== 'lost') this.roster.loaded.value = true // what there is, is shown
    const page = await archive.page(me.jid, { before: '', max: recent })
    if (page.ok && archive === this.archive) this.seed(page.value.messages)
  }

  private async enterGroups(lost: readonly string[]): Promise<void> {
    const { me } = this
    const items = el('pubsub', { xmlns: APP.pubsub }, el('items', { node: APP.bookmarks }))
    const answer = await this.iq('get', me.jid, items)
    if (!answer.ok && (answer.fault.is !== 'stanza' || answer.fault.condition !== 'item-not-found')) {
      if (answer.fault.is !== 'lost') this.grouped.value = true
      return
    }
    const found = answer.ok ? readBookmarks(answer.value) : []
    batch(() => {
      const there = new Set(found.map((b) => b.room))
      for (const jid of this.groups.peek().keys()) if (!there.has(jid)) this.forget(jid)
      for (const b of found) this.remember(b, lost, true)
      this.grouped.value = true
    })
  }

  /** remember takes a group into the list; anew: in a session that has just begun. */
  private remember(b: Bookmark, lost: readonly string[] = [], anew = false): void {
    const known = this.groups.peek().get(b.room)
    if (known) known.name.value = b.name || localpart(b.room)
    const group = known ?? this.group(b.room, b.name, b.nick)
    const out = group.place.peek().is === 'out'
    if (b.autojoin && (anew || out)) group.enter(lost)
    else if (!b.autojoin && !out) group.leave()
  }

  private group(jid: string, name: string, nick: string): Group {
    const group = new Group(jid, name || localpart(jid), this, () => this.archive, this.reads, tidy(nick) || tidy(this.me.name) || localpart(this.me.jid))
    this.groups.value = new Map(this.groups.peek()).set(jid, group)
    return group
  }

  /** adopt is a group that one has just made or opened: its bookmark comes later. */
  adopt(jid: string, name: string): Group {
    const group = this.groups.peek().get(jid) ?? this.group(jid, name, '')
    if (group.place.peek().is === 'out') group.enter([])
    return group
  }

  private forget(jid: string): void {
    const group = this.groups.peek().get(jid)
    if (!group) return
    if (group.place.peek().is === 'in') group.leave()
    const next = new Map(this.groups.peek())
    next.delete(jid)
    this.groups.value = next
    if (this.open.peek() === group) this.open.value = undefined
  }

  /** nameOf is what somebody is called. */
  nameOf(jid: string): string {
    if (jid === this.me.jid) return this.me.name
    return this.roster.contacts.value.get(jid)?.name ?? localpart(jid)
  }

  /** direct is the conversation with a bare address. */
  direct(jid: string): Direct {
    const known = this.directs.peek().get(jid)
    if (known) return known
    const name: ReadonlySignal<string> = computed(() => this.nameOf(jid))
    const made = new Direct(jid, name, this.name, this, () => this.archive, this.reads)
    this.directs.value = new Map(this.directs.peek()).set(jid, made)
    return made
  }

  private seed(messages: readonly Stored[]): void {
    const own = this.me.jid
    const by = new Map<string, Stored[]>()
    for (const m of messages) {
      const from = bare(attr(m.message, 'from'))
      const other = from === own ? bare(attr(m.message, 'to')) : from
      if (attr(m.message, 'type') === 'groupchat' || !other.includes('@') || other === own || this.isRoom(other)) continue
      const list = by.get(other)
      if (list) list.push(m)
      else by.set(other, [m])
    }
    batch(() => {
      for (const [jid, list] of by) this.direct(jid).seed(list)
    })
  }

  private isRoom(jid: string): boolean {
    return jid.endsWith('@' + this.me.groupDomain) || this.groups.peek().has(jid) // bookmarks may name rooms of other servers
  }

  private stanza(e: Element): void {
    if (this.archive?.stanza(e)) return
    const from = bare(attr(e, 'from'))
    this.parts.forEach((p) => p.stanza(e))
    if (this.isRoom(from)) return this.groups.peek().get(from)?.stanza(e)
    if (is(e, NS.client, 'presence')) return this.presences.stanza(e)
    if (!is(e, NS.client, 'message')) return
    if (from === this.me.jid && this.ofAccount(e)) return
    this.message(e)
  }

  /** ofAccount takes what one's own account sends: copies of other clients' messages (XEP-0280), and news of one's own nodes. */
  private ofAccount(e: Element): boolean {
    for (const way of ['received', 'sent']) {
      const found = readForwarded(child(e, APP.carbons, way))
      if (found) {
        if (!this.isRoom(bare(attr(found.message, way === 'sent' ? 'to' : 'from')))) this.message(found.message, found.at)
        return true
      }
    }
    const change = readChange(e)
    if (!change) return child(e, APP.pubsubEvent, 'event') !== undefined
    batch(() => {
      for (const room of change.gone) this.forget(room)
      for (const b of change.set) this.remember(b)
    })
    return true
  }

  /** message takes one that is part of a conversation. */
  private message(e: Element, at?: number): void {
    const type = attr(e, 'type') || 'normal'
    const from = bare(attr(e, 'from'))
    const own = from === this.me.jid
    const other = own ? bare(attr(e, 'to')) : from
    if (!['chat', 'normal', 'error'].includes(type) || !other.includes('@') || other === this.me.jid) return
    const speaks = text(e, NS.client, 'body') !== undefined
    const known = this.directs.peek().get(other)
    if (!known && !(speaks && type !== 'error')) return
    const direct = known ?? this.direct(other)
    direct.message(e, at)
    if (!own && at === undefined && speaks && child(e, APP.receipts, 'request')) {
      this.send(el('message', { xmlns: NS.client, type, to: attr(e, 'from') }, el('received', { xmlns: APP.receipts, id: attr(e, 'id') })))
    }
  }

  private request(iq: Element): Markup | undefined {
    const from = attr(iq, 'from')
    const ours = from === '' || from === this.me.jid
    if (ours && this.roster.push(iq)) return el('iq', { xmlns: NS.client, type: 'result', id: attr(iq, 'id') })
    const known = this.caps.answer(iq)
    if (known) return known
    for (const p of this.parts) {
      const answer = p.request(iq)
      if (answer) return answer
    }
    return undefined
  }

  /** setShow changes how others see one. */
  setShow(show: Show, status = this.status.peek()): void {
    this.show.value = show
    this.status.value = status.trim()
    keep('show', show)
    keep('status', this.status.value)
    this.announce()
  }

  private presence(): (Markup | undefined)[] {
    const show = { available: undefined, away: 'away', dnd: 'dnd', offline: undefined }[this.show.peek()]
    const status = this.status.peek()
    return [show ? el('show', {}, show) : undefined, status ? el('status', {}, status) : undefined, this.caps.markup()]
  }

  private announce(): void {
    const content = this.presence()
    this.send(el('presence', { xmlns: NS.client }, ...content))
    for (const g of this.groups.peek().values()) g.show(content)
  }

  /** pick opens a conversation, or none. */
  pick(c: Conversation | undefined): void {
    if (this.open.peek() === c) return
    this.open.peek()?.marks.read()
    this.open.value = c
    if (!c) return
    c.marks.open()
    if (c.history.state.peek() === 'unread') void c.history.more()
  }

  /** watch follows what the browser says about network and page; it returns what stops that. */
  watch(): () => void {
    const wake = (): void => {
      if (document.visibilityState === 'visible') this.client?.wake()
    }
    const cut = (): void => this.client?.cut()
    // A page that is put away says so: its session would be seen as available until the server gives it up.
    const hide = (): void => {
      this.parts.forEach((p) => p.hide())
      this.close()
    }
    const show = (e: PageTransitionEvent): void => {
      if (e.persisted) this.connect()
    }
    addEventListener('online', wake)
    addEventListener('offline', cut)
    addEventListener('pagehide', hide)
    addEventListener('pageshow', show)
    document.addEventListener('visibilitychange', wake)
    return () => {
      removeEventListener('online', wake)
      removeEventListener('offline', cut)
      removeEventListener('pagehide', hide)
      removeEventListener('pageshow', show)
      document.removeEventListener('visibilitychange', wake)
    }
  }

  /** close ends the session. */
  close(): void {
    for (const g of this.groups.peek().values()) g.away()
    this.client?.close(el('presence', { xmlns: NS.client, type: 'unavailable' }))
  }
}

/** all are all conversations. */
export function all(desk: Desk): Conversation[] {
  return [...desk.groups.value.values(), ...desk.directs.value.values()]
}

function asShow(s: string | null): Show {
  return s === 'away' || s === 'dnd' ? s : 'available'
}

/** isOver reports whether a fault means that the browser is not logged in any more. */
export function isOver(f: Fault | undefined): boolean {
  return (f?.is === 'sasl' && f.condition !== 'temporary-auth-failure') || (f?.is === 'stream' && f.condition === 'not-authorized')
}
