import type { ReadonlySignal } from '@preact/signals'
import type { Entry } from '../shared/muc'

/** The chat of a room as the panel needs it; whoever is in the room offers it. */
export interface Talk {
  readonly log: ReadonlySignal<readonly Entry[]>
  readonly typing: ReadonlySignal<readonly string[]>
  /** Whether one may write; else one reads along. */
  readonly voice: ReadonlySignal<boolean>
  /** What one is called, when mentions of it are to stand out: "@Sofia". */
  readonly called?: ReadonlySignal<string>
  /** Encrypted messages are for other clients of ours, not kept from us. */
  readonly member?: boolean
  say(body: string): void
  writes(on: boolean): void
  again(key: string): void
  discard(key: string): void
}
