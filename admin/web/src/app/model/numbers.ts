import { computed, effect, signal } from '@preact/signals'
import { get } from '../../shared/api'
import type { OwnNumbers, TeamNumber } from '../../shared/types'
import { domain, localpart } from '../../shared/xmpp/jid'
import type { Desk, Part } from './desk'

/** What can be typed in as a number: digits, codes, and what people put between them. */
const shape = /^\+?[\d*#]+$/

/** asNumber is a number without what is put between digits to read it; '' for what is none. */
export function asNumber(typed: string): string {
  const bare = typed.trim().replace(/(?<=.)[\s/().-]+/g, '').replace(/^\(/, '')
  return shape.test(bare) ? bare : ''
}

/** Numbers knows which extension a colleague has, whose an extension is, and which teams there are. */
export class Numbers implements Part {
  readonly features: readonly string[] = []
  private readonly known = signal<OwnNumbers>({ users: [], teams: [] })
  private readonly byUser = computed(() => new Map(this.known.value.users.map((u) => [u.user, u.extension])))
  private readonly byExtension = computed(() => new Map(this.known.value.users.map((u) => [u.extension, u.user])))

  private seen: string | undefined // whom the list of contacts had when it was last asked
  private pending = false

  constructor(
    private readonly desk: Desk,
    private readonly later: (fn: () => void) => void = (fn) => void setTimeout(fn, 1000),
  ) {
    desk.use(this)
    effect(() => this.listed())
  }

  /** listed asks for numbers again when others are in the list of contacts; many that come together are asked for once. */
  private listed(): void {
    const { contacts, teams, loaded } = this.desk.roster
    const now = [...contacts.value.keys(), ...[...teams.value.values()].map((x) => x.jid + ' ' + x.name)].join('\n')
    if (!loaded.value || now === this.seen) return
    const first = this.seen === undefined
    this.seen = now
    if (first || this.pending) return // a new session asks by itself
    this.pending = true
    this.later(() => {
      this.pending = false
      void this.load()
    })
  }

  /** extensionOf is a colleague's; '' for none. */
  extensionOf(user: string): string {
    return this.byUser.value.get(user) ?? ''
  }

  /** userAt is who has an extension; '' for nobody whom one sees. */
  userAt(extension: string): string {
    return this.byExtension.value.get(extension) ?? ''
  }

  /** teams are those that one sees, in them or not. */
  get teams(): readonly TeamNumber[] {
    return this.known.value.teams
  }

  /** addressOf is where a number is called by Jingle. */
  addressOf(number: string): string {
    return `${number}@${this.desk.me.numberDomain}`
  }

  /** numberOf is the number of such an address; '' for any other. */
  numberOf(jid: string): string {
    return domain(jid) === this.desk.me.numberDomain ? localpart(jid) : ''
  }

  /** nameOf is what somebody with a number is called, by the contact list; the number for whom it does not have. */
  nameOf(number: string): string {
    const user = this.userAt(number)
    return user ? this.desk.nameOf(user) : (this.teams.find((t) => t.extension === number)?.name ?? number)
  }

  online(session: 'new' | 'resumed'): void {
    if (session === 'new') void this.load()
  }

  /** load asks again; what is known stays when there is no answer. */
  async load(): Promise<void> {
    try {
      this.known.value = await get<OwnNumbers>('/app/numbers')
    } catch {
      // The list is there without numbers; the next session asks again.
    }
  }

  stanza(): void {}
  hide(): void {}
  request(): undefined {
    return undefined
  }
}
