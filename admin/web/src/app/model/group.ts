import { computed, signal } from '@preact/signals'
import { mentions } from '../../meeting/mentions'
import { Room, type Entry, type Gone, type Occupant, type Port, type Stored } from '../../shared/muc'
import type { Fault } from '../../shared/xmpp'
import { NS } from '../../shared/xmpp/ns'
import { attr, el, is, type Markup } from '../../shared/xmpp/xml'
import type { Archive } from './archive'
import { quiet, readConference, type Conference } from './conference'
import { Marks, type Conversation } from './conversation'
import { History } from './history'
import type { Reads } from './reads'

/** Where one stands with a group. */
export type Place =
  | { readonly is: 'out' } // remembered, not entered
  | { readonly is: 'entering' }
  | { readonly is: 'in' }
  | { readonly is: 'refused'; readonly fault: Fault }
  | { readonly is: 'gone'; readonly gone: Gone }

/** A Group is a room of which one is a member, entered for as long as the page is there. */
export class Group implements Conversation {
  readonly kind = 'group'
  readonly member = true
  readonly name = signal('')
  readonly place = signal<Place>({ is: 'out' })
  readonly log = signal<readonly Entry[]>([])
  readonly typing = signal<readonly string[]>([])
  readonly subject = signal('')
  readonly occupants = signal<readonly Occupant[]>([])
  readonly conference = signal<Conference>(quiet)
  readonly me = computed(() => this.occupants.value.find((o) => o.self))
  readonly called = computed(() => this.me.value?.nick ?? '')
  readonly voice = computed(() => this.place.value.is === 'in' && this.me.value?.voice !== false)
  readonly guests = computed(() => this.occupants.value.filter((o) => o.guest))
  readonly history: History
  readonly marks: Marks
  readonly mentioned = computed(() => this.marks.fresh.value.some((m) => mentions(m.body, this.called.value)))
  private readonly room: Room

  constructor(
    readonly jid: string,
    name: string,
    private readonly port: Port,
    archive: () => Archive | undefined,
    reads: Reads,
    nick: string,
  ) {
    this.name.value = name
    this.room = new Room(port, jid, nick, {
      entered: () => this.entered(),
      refused: (fault) => (this.place.value = { is: 'refused', fault }),
      gone: (gone) => (this.place.value = { is: 'gone', gone }),
      occupants: () => (this.occupants.value = this.room.occupants),
      log: () => (this.log.value = this.room.chat.entries),
      typing: () => (this.typing.value = this.room.typing),
      subject: () => (this.subject.value = this.room.subject),
    }, { member: true })
    this.history = new History(archive, () => jid, undefined, (messages) => this.older(messages))
    this.marks = new Marks(jid, this.log, reads)
  }

  /** enter is called when a session begins. */
  enter(lost: readonly string[]): void {
    this.place.value = { is: 'entering' }
    this.conference.value = quiet
    this.room.enter(lost)
  }

  private entered(): void {
    this.place.value = { is: 'in' }
    this.room.chat.restart()
    this.log.value = this.room.chat.entries
    this.history.restart()
    void this.history.more()
  }

  private older(messages: readonly Stored[]): void {
    this.room.older(messages)
  }

  leave(): void {
    this.port.send(this.room.farewell())
    this.away()
  }

  /** away notes that one is not in the room: the session that was has ended. */
  away(): void {
    this.place.value = { is: 'out' }
    this.occupants.value = []
    this.conference.value = quiet
  }

  /** show tells the room how available one is. */
  show(content: readonly (Markup | undefined)[]): void {
    if (this.place.value.is === 'in') this.port.send(el('presence', { xmlns: NS.client, to: `${this.jid}/${this.called.value}` }, ...content))
  }

  stanza(e: Element): void {
    const said = is(e, NS.client, 'presence') && attr(e, 'type') !== 'error' ? readConference(e) : undefined
    if (said) this.conference.value = said
    this.room.stanza(e)
  }

  say(body: string): void {
    this.room.say(body)
  }

  writes(on: boolean): void {
    this.room.writes(on)
  }

  again(key: string): void {
    this.room.again(key)
  }

  discard(key: string): void {
    this.room.discard(key)
  }

  correct(key: string, body: string): void {
    this.room.correct(key, body)
  }
}
