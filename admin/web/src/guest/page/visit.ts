import { batch, computed, effect, signal } from '@preact/signals'
import { askCode, Devices, none } from '../../call'
import type { Conference, Link, Meeting, Port, Wired } from '../../call'
import { get, path, Problem } from '../../shared/api'
import { keep, kept } from '../../shared/kept'
import type { GuestInfo } from '../../shared/types'
import { inOrder, problem, Room, tidy, type Entry, type Gone, type NameProblem, type Occupant } from '../../shared/muc'
import { Client, type Fault, type State } from '../../shared/xmpp'
import { lang } from '../../shared/i18n'
import { outcome, type Notice } from './outcome'

/** How to take part with a telephone. */
export interface DialIn {
  readonly number: string
  readonly pin: string
}

/** What the server tells about a link before anybody enters. */
export interface Invited extends Readonly<GuestInfo> {
  readonly dialIn?: DialIn
}

/** The page as a whole. The chat alone is shown where the server has no conferences, or the browser cannot take part. */
export type Screen = 'loading' | 'unreachable' | 'busy' | 'invalid' | 'options' | 'waiting' | 'meeting' | 'chat'

/** One's part in a conference; src/call's Call is one. */
export type Part = Meeting & Wired & { close(): void }
export type Take = (o: { port: Port; room: string; nick: () => string; devices: Devices }) => Part

const retryMs = 5_000 // between two attempts to ask about the link
const patienceMs = 12_000 // for sound and picture to be connected, before one goes on with the chat
const endedMs = 1_000 // for the room to say that one was removed, after one's part in the conference has ended

/** A Visit is one guest's stay at the page: from the link to the room and its conference, and back. */
export class Visit {
  readonly screen = signal<Screen>('loading')
  readonly invited = signal<Invited | undefined>(undefined)
  readonly notice = signal<Notice | undefined>(undefined)
  readonly name = signal(kept('name') ?? '')
  readonly nameProblem = signal<NameProblem | 'refused' | 'taken' | undefined>(undefined)
  readonly entering = signal(false)
  readonly connection = signal<State>({ is: 'connecting' })
  readonly retryAt = signal(0) // when the link is asked about again, in ms
  readonly part = signal<Part | undefined>(undefined)
  readonly music = signal(Number(kept('music') ?? 0.6)) // how loud it is, 0 to 1

  private readonly present = signal<readonly Occupant[]>([])
  readonly occupants = computed(() => inOrder(this.present.value, lang.value))
  private readonly self = computed(() => this.present.value.find((o) => o.self))
  readonly voice = computed(() => this.self.value?.voice !== false)
  readonly log = signal<readonly Entry[]>([])
  readonly typing = signal<readonly string[]>([])
  readonly subject = signal('')

  private turnedAway = false // by a moderator, from the door
  private readonly phone = signal(false) // the sound comes and goes by telephone
  /** code is to be typed at the telephone after the PIN, so that it and this page are one; '' when there is none. */
  readonly code = signal('')
  private askedBy: Part | undefined // that has asked for the code
  private client: Client | undefined
  private room: Room | undefined
  private unfollow: (() => void) | undefined
  private retry: ReturnType<typeof setTimeout> | undefined
  private patience: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly token: string,
    readonly devices: Devices,
    private readonly take: Take,
  ) {
    effect(() => {
      devices.volume.value = this.phone.value ? 0 : this.screen.value === 'waiting' ? this.music.value : 1
    })
    effect(() => {
      if (this.screen.value === 'invalid') devices.close()
    })
  }

  /** begin asks about the link. Who was inside and has loaded the page anew is there again at once. */
  async begin(): Promise<void> {
    const back = returns(this.token)
    await this.ask()
    if (!back || this.screen.value !== 'options' || this.notice.value) return
    await this.devices.open()
    this.enter()
  }

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

  /** refresh finds out what has become of the group meanwhile; without an answer what was known stays. */
  async refresh(): Promise<void> {
    const invited = await get<Invited>('/public/guest' + path(this.token)).catch(() => undefined)
    if (!invited || this.screen.peek() !== 'options') return
    this.invited.value = invited
    if (invited.state === 'open' && this.notice.peek()?.is === 'full') this.notice.value = undefined
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

  /** byPhone lets a telephone carry the sound: neither microphone nor speaker of the browser are used. */
  byPhone(on: boolean): void {
    this.phone.value = on
    if (on) this.devices.setAudioOn(false)
    else if (this.devices.microphone.value !== none) this.devices.setAudioOn(true)
  }

  setMusic(volume: number): void {
    keep('music', String(volume))
    this.music.value = volume
  }

  /** enter begins to enter the room and its conference. What comes of it shows in the signals. */
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
    let resumed = true
    const client = new Client(
      { url, credentials: { domain: invited.domain, token: this.token } },
      {
        state: (s) => {
          this.connected(s)
          if (s.is !== 'online') return
          resumed = true
          queueMicrotask(() => resumed && part.online('resumed')) // a new session is told right after this
        },
        session: (_, lost) => {
          resumed = false
          room.enter(lost)
        },
        stanza: (e) => {
          room.stanza(e)
          part.stanza(e)
        },
        request: (iq) => part.request(iq),
      },
    )
    const room = new Room(client, invited.room, this.name.value, {
      entered: () => {
        part.online('new')
        part.join()
        this.patience = setTimeout(() => this.entering.peek() && this.show('chat'), patienceMs)
      },
      refused: (why) => this.over({ refused: why }),
      gone: (why) => this.over({ gone: why }),
      occupants: () => (this.present.value = room.occupants),
      log: () => (this.log.value = room.chat.entries),
      typing: () => (this.typing.value = room.typing),
      subject: () => (this.subject.value = room.subject),
    })
    const part = this.take({ port: client, room: invited.room, nick: () => room.self?.nick ?? '', devices: this.devices })
    this.client = client
    this.room = room
    this.part.value = part
    this.turnedAway = false
    this.unfollow = effect(() => this.follow(part.link.value, part.conference.value.you))
    client.connect()
  }

  /** follow shows where one is: waiting, in the meeting, in the chat alone, or out again. */
  private follow(link: Link, you: Conference['you']): void {
    if (link.is === 'ended') {
      const { why } = link
      const condition = why.why === 'failed' ? why.condition : ''
      this.turnedAway = condition === 'decline'
      if (this.turnedAway) return this.leftOut('rejected')
      if (why.why === 'ended' || condition === 'expired') return this.leftOut(condition && this.screen.peek() === 'waiting' ? 'nobody' : 'over')
      return this.show('chat') // the chat works all the same, and says why there is no more
    }
    if (link.is !== 'connected' && this.entering.peek()) return
    if (link.is === 'connected') void this.askCode()
    if (you === 'live') this.show('meeting')
    else if (you === 'waiting' || you === 'knocking') this.show('waiting')
  }

  /** askCode gets the code for the telephone, once for each time that one takes part. */
  private async askCode(): Promise<void> {
    const { client } = this
    const part = this.part.peek()
    const room = this.invited.peek()?.room
    if (!this.phone.peek() || !client || !part || !room || this.askedBy === part) return
    this.askedBy = part
    const code = await askCode(client, room)
    if (this.part.peek() === part) this.code.value = code ?? ''
  }

  private show(screen: Screen): void {
    batch(() => {
      this.entering.value = false
      this.screen.value = screen
    })
    remember(this.token)
  }

  /** leftOut: a moderator has ended the conference, or not let us in. If we were removed, the room says so next. */
  private leftOut(is: 'rejected' | 'nobody' | 'over'): void {
    setTimeout(() => {
      if (!this.room || this.part.peek()?.link.peek().is !== 'ended') return
      this.close()
      batch(() => {
        this.entering.value = false
        this.notice.value = { is }
        this.screen.value = 'loading'
      })
      void this.ask()
    }, endedMs)
  }

  private connected(s: State): void {
    this.connection.value = s
    if (s.is === 'ended' && s.fault) this.over({ refused: s.fault })
  }

  /** over ends the stay, and finds out whether the link still opens anything. */
  private over(why: { refused?: Fault; gone?: Gone }): void {
    const end: ReturnType<typeof outcome> = why.gone?.why === 'removed' && this.turnedAway ? { is: 'rejected' } : outcome(why)
    this.close()
    batch(() => {
      this.entering.value = false
      this.nameProblem.value = end.is === 'name' ? end.problem : undefined
      this.notice.value = end.is === 'name' ? undefined : end
      this.screen.value = this.inside ? 'loading' : this.screen.value
    })
    void this.ask()
  }

  private get inside(): boolean {
    return ['waiting', 'meeting', 'chat'].includes(this.screen.peek())
  }

  /** leave goes back to the options, also from an attempt to enter. */
  leave(): void {
    const inside = this.inside
    this.close()
    batch(() => {
      this.notice.value = inside ? { is: 'left' } : undefined
      this.entering.value = false
      this.screen.value = 'options'
    })
    void this.refresh()
  }

  private close(): void {
    const { client, room } = this
    clearTimeout(this.patience)
    this.unfollow?.()
    this.part.peek()?.close()
    this.client = this.room = this.unfollow = this.askedBy = undefined
    this.code.value = ''
    client?.close(room?.farewell())
    batch(() => {
      this.part.value = undefined
      this.present.value = []
      this.typing.value = []
    })
    remember('')
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
      if (!this.client) return
      this.leave() // a page that is put away for good must not stay in the room
      remember(this.token) // but who loads it anew wants to be there again
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

const insideKey = 'plenum.inside'

/** remember keeps, for as long as the window lives, that one is inside. */
function remember(token: string): void {
  try {
    if (token) sessionStorage.setItem(insideKey, token)
    else sessionStorage.removeItem(insideKey)
  } catch {
    // It may be forbidden; then a page that is loaded anew begins with the options.
  }
}

/** returns tells whether the page was loaded anew by somebody who was inside. */
function returns(token: string): boolean {
  try {
    const [how] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
    return how?.type === 'reload' && sessionStorage.getItem(insideKey) === token
  } catch {
    return false
  }
}
