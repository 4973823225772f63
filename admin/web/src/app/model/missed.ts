import { signal } from '@preact/signals'
import { get, post } from '../../shared/api'
import type { JournalPage } from '../../shared/types'
import type { Desk, Part } from './desk'

/** Missed is how many calls one has missed and not seen in the journal, in any client of one's own. */
export class Missed implements Part {
  readonly features: readonly string[] = []
  readonly n = signal(0)

  constructor(desk: Desk) {
    desk.use(this)
  }

  online(session: 'new' | 'resumed'): void {
    if (session === 'new') void this.load()
  }

  /** load asks for the number; the old one stays when there is no answer. */
  async load(): Promise<void> {
    try {
      this.n.value = (await get<JournalPage>('/app/journal', { limit: 1 })).missed
    } catch {
      // The next call, or the next session, asks again.
    }
  }

  /** see notes that what was there at a time has been seen. */
  async see(asOf: string): Promise<void> {
    try {
      await post('/app/journal/seen', { until: asOf })
      this.n.value = 0
    } catch {
      // It stays marked, and is noted when the journal is looked at again.
    }
  }

  stanza(): void {}
  hide(): void {}
  request(): undefined {
    return undefined
  }
}
