import { computed, signal, type ReadonlySignal } from '@preact/signals'
import type { Talk } from '../../meeting/talk'
import type { Entry, Said } from '../../shared/muc'
import type { History } from './history'
import type { Reads } from './reads'

/** A Conversation is what a group and a colleague have in common. */
export interface Conversation extends Talk {
  readonly kind: 'group' | 'direct'
  readonly jid: string // bare
  readonly name: ReadonlySignal<string>
  readonly history: History
  readonly marks: Marks
  /** correct replaces a message of one's own. */
  correct(key: string, body: string): void
}

/** Marks knows what of a conversation is new. */
export class Marks {
  private readonly until = signal(0)
  /** fresh is what others have said since one has looked. */
  readonly fresh: ReadonlySignal<readonly Said[]>
  readonly last: ReadonlySignal<Said | undefined>
  /** line is the key of the first message that was new when the conversation was opened; '' for none. */
  readonly line = signal('')

  constructor(
    private readonly jid: string,
    private readonly log: ReadonlySignal<readonly Entry[]>,
    private readonly reads: Reads,
  ) {
    this.until.value = reads.of(jid)
    const said = (e: Entry): e is Said => e.kind === 'said'
    this.fresh = computed(() => log.value.filter((e): e is Said => said(e) && !e.author.self && e.at > this.until.value))
    this.last = computed(() => log.value.findLast(said))
  }

  /** open puts the line. */
  open(): void {
    this.line.value = this.fresh.peek()[0]?.key ?? ''
    this.read()
  }

  /** read notes that all is read. */
  read(): void {
    const last = this.log.peek().at(-1)
    if (!last || last.at <= this.until.peek()) return
    this.until.value = last.at
    this.reads.set(this.jid, last.at)
  }
}
