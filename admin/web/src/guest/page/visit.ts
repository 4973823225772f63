import { batch, computed, signal } from '@preact/signals'
import { get, path, Problem } from '../../shared/api'
import { keep, kept } from '../../shared/kept'
import { inOrder, problem, Room, tidy, type Entry, type Gone, type NameProblem, type Occupant } from '../../shared/muc'
import { Client, type Fault, type State } from '../../shared/xmpp'
import { lang } from '../../shared/i18n'
import { outcome, type Notice } from './outcome'

/** What the server tells about a link before anybody enters. */
export interface Invited {
  readonly group: string
  readonly state: 'open' | 'full'
  readonly room: string // its address
  readonly domain: string // of guests
}

/** The page as a whole. */
export type Screen = 'loading' | 'unreachable' | 'busy' | 'invalid' | 'options' | 'meeting'

const retryMs = 5_000 // between two attempts to ask about the link

/** A Visit is one guest's stay at the page: from the link to the room and back. */
export class Visit {
  readonly screen = signal<Screen>('loading')
  readonly invited = signal<Invited | undefined>(undefined)
  readonly notice = signal<Notice | undefined>(undefined)
  readonly name = signal(kept('name') ?? '')
  readonly nameProblem = signal<NameProblem | 'refused' | undefined>(undefined)
  readonly entering = signal(false)
  readonly connection = signal<State>({ is: 'connecting' })
  readonly retryAt = signal(0) // when the link is asked about again, in ms

  private readonly present = signal<readonly Occupant[]>([])
  readonly occupants = computed(() => inOrder(this.present.value, lang.value))
  private readonly self = computed(() => this.present.value.find((o) => o.self))
  readonly voice = computed(() => this.self.value?.voice !== false)
  readonly log = signal<readonly Entry[]>([])
  readonly typing = signal<readonly string[]>([])
  readonly subject = signal('')

  private client: Client | undefined
  private room: Room | undefined
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly token: string) {}

  /** ask finds out where the link leads. */
  async ask(): Promise<void> {
    clearTimeout(this.retry)
    this.retryAt.value = 0
    try {
      const invited = await get<Invited>('/public/guest' + path(this.token))
      batch(() => {
        this.invited.value = invited
        const said = this.notice.value?.is
        if (invited.state === 'full' && (!said || said === 'busy')) this.notice.value = { is: 'full' }
        this.screen.value = 'options'
      })
    } catch (e) {
      if (e instanceof Problem && e.status === 404) this.screen.value = 'invalid'
      else this.askLater(e)
    }
  }

  private askLater(e: unknown): void {
    const seconds = e instanceof Problem ? e.retryAfter : 0
    const ms = seconds * 1000 || retryMs
    batch(() => {
      this.retryAt.value = Date.now() + ms
      this.screen.value = e instanceof Problem && e.status === 429 ? 'busy' : 'unreachable'
    })
    this.retry = setTimeout(() => void this.ask(), ms)
  }

  /** checkName gives the name its form and says what is wrong with it. */
  checkName(): boolean {
    this.name.value = tidy(this.name.value)
    this.nameProblem.value = problem(this.name.value)
    return this.nameProblem.value === undefined
  }

  /** enter begins to enter the room. What comes of it shows in the signals. */
  enter(): void {
    const invited = this.invited.value
    if (!invited || this.entering.value || !this.checkName()) return
    keep('name', this.name.value)
    batch(() => {
      this.notice.value = undefined
      this.entering.value = true
      this.log.value = []
      this.subject.value = ''
    })
    const url = `wss://${location.host}/xmpp-websocket`
    const client = new Client(
      { url, credentials: { domain: invited.domain, token: this.token } },
      {
        state: (s) => this.connected(s),
        session: (_, lost) => room.enter(lost),
        stanza: (e) => room.stanza(e),
      },
    )
    const room = new Room(client, invited.room, this.name.value, {
      entered: () => this.entered(),
      refused: (why) => this.over({ refused: why }),
      gone: (why) => this.over({ gone: why }),
      occupants: () => (this.present.value = room.occupants),
      log: () => (this.log.value = room.chat.entries),
      typing: () => (this.typing.value = room.typing),
      subject: () => (this.subject.value = room.subject),
    })
    this.client = client
    this.room = room
    client.connect()
  }

  private entered(): void {
    batch(() => {
      this.entering.value = false
      this.screen.value = 'meeting'
    })
  }

  private connected(s: State): void {
    this.connection.value = s
    if (s.is === 'ended' && s.fault) this.over({ refused: s.fault })
  }

  /** over ends the stay, and finds out whether the link still opens anything. */
  private over(why: { refused?: Fault; gone?: Gone }): void {
    const end = outcome(why)
    this.close()
    batch(() => {
      this.entering.value = false
      this.nameProblem.value = end.is === 'name' ? 'refused' : undefined
      this.notice.value = end.is === 'name' ? undefined : end
      this.screen.value = this.screen.value === 'meeting' ? 'loading' : this.screen.value
    })
    void this.ask()
  }

  /** leave goes back to the options, also from an attempt to enter. */
  leave(): void {
    this.close()
    batch(() => {
      this.notice.value = this.screen.value === 'meeting' ? { is: 'left' } : undefined
      this.entering.value = false
      this.screen.value = 'options'
    })
  }

  private close(): void {
    const { client, room } = this
    this.client = this.room = undefined
    client?.close(room?.farewell())
    this.present.value = []
    this.typing.value = []
  }

  say(body: string): void {
    this.room?.say(body)
  }

  writes(on: boolean): void {
    this.room?.writes(on)
  }

  again(key: string): void {
    this.room?.again(key)
  }

  discard(key: string): void {
    this.room?.discard(key)
  }

  /** now does not wait for the planned attempt. */
  now(): void {
    if (this.client) this.client.connect()
    else void this.ask()
  }

  /** watch follows what the browser says about network and page; it returns what stops that. */
  watch(): () => void {
    const wake = (): void => {
      if (document.visibilityState === 'visible') this.client?.wake()
    }
    const cut = (): void => this.client?.cut()
    const away = (): void => {
      if (this.client) this.leave() // a page that is put away for good must not stay in the room
    }
    addEventListener('online', wake)
    addEventListener('offline', cut)
    addEventListener('pagehide', away)
    document.addEventListener('visibilitychange', wake)
    return () => {
      removeEventListener('online', wake)
      removeEventListener('offline', cut)
      removeEventListener('pagehide', away)
      document.removeEventListener('visibilitychange', wake)
    }
  }
}
