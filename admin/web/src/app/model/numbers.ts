import { computed, signal } from '@preact/signals'
import type { OwnNumbers, TeamNumber } from '../../shared/types'
import { domain, localpart } from '../../shared/xmpp/jid'
import { attr } from '../../shared/xmpp/xml'
import type { Desk } from './desk'
import { isOver } from './snapshot'

/** What can be typed in as a number: digits, codes, and what people put between them. */
const shape = /^\+?[\d*#]+$/

/** asNumber is a number without what is put between digits to read it; '' for what is none. */
export function asNumber(typed: string): string {
  const bare = typed.trim().replace(/(?<=.)[\s/().-]+/g, '').replace(/^\(/, '')
  return shape.test(bare) ? bare : ''
}

/** Numbers knows which extension a colleague has, whose an extension is, and which teams there are. */
export class Numbers {
  private readonly known = signal<OwnNumbers>({ users: [], teams: [] })
  private readonly byUser = computed(() => new Map(this.known.value.users.map((u) => [u.user, u.extension])))
  private readonly byExtension = computed(() => new Map(this.known.value.users.map((u) => [u.extension, u.user])))

  constructor(private readonly desk: Desk) {}

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

  /** replace puts what the snapshot or an event says of numbers in the place of what was known (docs/apps.md). */
  replace(e: Element): void {
    const users = new Map(this.known.peek().users.map((u) => [u.user, u.extension]))
    const teams = new Map(this.known.peek().teams.map((t) => [t.id, t]))
    if (e.localName === 'numbers') {
      users.clear()
      teams.clear()
    }
    for (const n of e.localName === 'numbers' ? [...e.children] : [e]) {
      const [user, team, extension] = [attr(n, 'user'), attr(n, 'team'), attr(n, 'extension')]
      if (team) teams.set(team, { id: team, name: attr(n, 'name'), extension })
      else if (isOver(n)) users.delete(user)
      else users.set(user, extension)
    }
    const list = [...teams.values()].sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
    this.known.value = { users: [...users].map(([user, extension]) => ({ user, extension })), teams: list }
  }
}
