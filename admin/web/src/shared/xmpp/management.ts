import type { Markup } from './xml'

/** A stanza that the server has not said to have handled yet. */
export interface Sent {
  readonly id: string
  readonly markup: Markup
}

const modulus = 2 ** 32

/** Management counts the stanzas of a session in both directions and keeps those that may have to be sent again (XEP-0198). */
export class Management {
  handled = 0 // of the server's, by us
  private acknowledged = 0 // of ours, by the server
  private queue: Sent[] = []

  get unacknowledged(): number {
    return this.queue.length
  }

  sent(s: Sent): void {
    this.queue.push(s)
  }

  received(): void {
    this.handled = (this.handled + 1) % modulus
  }

  /** acked takes the server's h. It reports false when the server claims more than was sent. */
  acked(h: number): boolean {
    const n = (h - this.acknowledged + modulus) % modulus
    if (n > this.queue.length) return false
    this.queue.splice(0, n)
    this.acknowledged = h
    return true
  }

  /** pending is what has to be sent again on a resumed stream, in order. */
  pending(): readonly Sent[] {
    return this.queue
  }

  /** drop ends the count; it gives the stanzas that the server may not have handled. */
  drop(h: number | undefined): Sent[] {
    if (h !== undefined) this.acked(h)
    const lost = this.queue
    this.queue = []
    this.handled = this.acknowledged = 0
    return lost
  }
}
