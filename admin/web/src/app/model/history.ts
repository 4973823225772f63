import { signal } from '@preact/signals'
import type { Stored } from '../../shared/muc'
import type { Archive } from './archive'

/** How many messages are read at once: what fills a tall window. */
const pageSize = 40

/** History reads a conversation backwards from its archive. */
export class History {
  /** some: there is more; all: this is the begin. */
  readonly state = signal<'unread' | 'loading' | 'some' | 'all' | 'failed'>('unread')
  private first = ''
  private turn = 0

  constructor(
    private readonly archive: () => Archive | undefined,
    private readonly of: () => string,
    private readonly other: string | undefined,
    private readonly put: (messages: readonly Stored[]) => void,
  ) {}

  /** restart forgets what was read; the next page is the newest, or the one before a message that one has already. */
  restart(first = ''): void {
    this.turn++
    this.first = first
    this.state.value = 'unread'
  }

  /** more reads one page. */
  async more(): Promise<void> {
    const archive = this.archive()
    const { state } = this
    if (!archive || state.peek() === 'loading' || state.peek() === 'all') return
    state.value = 'loading'
    const turn = ++this.turn
    const page = await archive.page(this.of(), { ...(this.other !== undefined && { with: this.other }), before: this.first, max: pageSize })
    if (turn !== this.turn) return
    if (!page.ok) {
      state.value = 'failed'
      return
    }
    this.first = page.value.first || this.first
    this.put(page.value.messages)
    state.value = page.value.complete ? 'all' : 'some'
  }
}
