import { computed, signal, type ReadonlySignal } from '@preact/signals'
import type { Conference, Link, Meeting, Notice, Order, Own, Participant, Picture, Quality, Source } from '../call'
import type { Occupant } from '../shared/muc'
import type { Fault } from '../shared/xmpp'
import { conferenceNick } from './list'

/** RoomOnly is a meeting without sound and picture: those who are in the room write to each other. */
export class RoomOnly implements Meeting {
  readonly participants: ReadonlySignal<readonly Participant[]>
  readonly link: ReadonlySignal<Link>
  readonly conference: ReadonlySignal<Conference>
  readonly pictures = signal<readonly Picture[]>([])
  readonly dominant = signal('')
  readonly speaking = signal<ReadonlySet<string>>(new Set())
  readonly own: Own = {
    audio: signal<'none'>('none'), video: signal<'none'>('none'), camera: signal(undefined), screen: signal(undefined), hand: signal(false),
  }
  readonly quality = signal<Quality | undefined>(undefined)
  readonly notice = signal<Notice | undefined>(undefined)
  readonly pinned = signal<{ nick: string; media: Source } | undefined>(undefined)
  readonly silent = signal(false)
  readonly sharable = false

  /** real is the meeting that we are not in, and why. */
  constructor(
    occupants: ReadonlySignal<readonly Occupant[]>,
    private readonly real: Meeting,
  ) {
    this.link = real.link
    this.conference = computed(() => ({ ...real.conference.value, since: 0 }))
    this.participants = computed(() =>
      occupants.value
        .filter((o) => o.nick !== conferenceNick)
        .map((o) => ({
          nick: o.nick, id: o.id, moderator: o.moderator, guest: o.guest, self: o.self, state: 'live', audio: 'none', video: 'none', screen: false, hand: 0,
          phone: false, quality: 'good',
        })),
    )
  }

  join(): void {
    this.real.join()
  }
  leave(): void {
    this.real.leave()
  }
  setAudio(): void {}
  setVideo(): void {}
  talk(): void {}
  share(): Promise<boolean> {
    return Promise.resolve(false)
  }
  unshare(): void {}
  raise(): void {}
  view(): void {}
  pin(what: { nick: string; media: Source } | undefined): void {
    this.pinned.value = what
  }
  order(_: Order): Promise<Fault | undefined> {
    return Promise.resolve({ is: 'lost' })
  }
}
