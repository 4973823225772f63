import { keep, kept } from '../../shared/kept'

/** How many conversations are remembered as read, the newest. */
const most = 500

/** What stands for all conversations; it is the first that is noted. */
const all = '*'

/** Reads remembers for a user until when he has read each conversation. */
export class Reads {
  private readonly until: Map<string, number>
  private readonly key: string

  constructor(user: string) {
    this.key = 'read.' + user
    this.until = parse(kept(this.key))
    if (this.until.size === 0) this.set(all, Date.now()) // in a new browser nothing that is old counts as unread
  }

  of(jid: string): number {
    return Math.max(this.until.get(jid) ?? 0, this.until.get(all) ?? 0)
  }

  set(jid: string, at: number): void {
    if (at <= this.of(jid)) return
    this.until.delete(jid)
    this.until.set(jid, at)
    const [first, ...rest] = this.until
    keep(this.key, JSON.stringify(first ? [first, ...rest.slice(-most)] : rest))
  }
}

function parse(text: string | null): Map<string, number> {
  try {
    const list = JSON.parse(text ?? '[]') as unknown
    const good = (e: unknown): e is [string, number] => Array.isArray(e) && typeof e[0] === 'string' && typeof e[1] === 'number'
    return new Map(Array.isArray(list) ? list.filter(good) : [])
  } catch {
    return new Map() // somebody else has written there
  }
}
