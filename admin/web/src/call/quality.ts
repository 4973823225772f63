import type { Grade, Quality } from './types'

/** What is read of a report of the browser (WebRTC statistics). */
export type Report = Iterable<Readonly<Record<string, unknown>>>

/** From these on a connection is no longer good, or poor: what people begin to notice, and what makes talking hard. */
const fair = { lost: 0.02, rtt: 300, jitter: 40 }
const poor = { lost: 0.08, rtt: 600, jitter: 100 }

/** QualityMeter makes one's own quality out of reports that follow each other. */
export class QualityMeter {
  private received = 0
  private lost = 0
  private begun = false

  measure(report: Report): Quality {
    let received = 0
    let lost = 0
    let jitter = 0
    let rtt = 0
    let sent = 0
    const pairs = new Map<unknown, number>()
    let selected: unknown
    for (const s of report) {
      const n = (name: string): number => (typeof s[name] === 'number' ? s[name] : 0)
      if (s.type === 'inbound-rtp') {
        received += n('packetsReceived')
        lost += n('packetsLost')
        if (s.kind === 'audio') jitter = Math.max(jitter, n('jitter') * 1000)
      } else if (s.type === 'remote-inbound-rtp') {
        sent = Math.max(sent, n('fractionLost'))
        rtt = Math.max(rtt, n('roundTripTime') * 1000)
      } else if (s.type === 'candidate-pair') {
        pairs.set(s.id, n('currentRoundTripTime') * 1000)
        if (s.selected === true) selected = s.id // Firefox
      } else if (s.type === 'transport' && s.selectedCandidatePairId) selected = s.selectedCandidatePairId
    }
    const gained = Math.max(0, received - this.received)
    const missed = Math.max(0, lost - this.lost)
    const missing = this.begun && gained + missed > 0 ? missed / (gained + missed) : 0
    this.received = received
    this.lost = lost
    this.begun = true
    const q = { rtt: pairs.get(selected) ?? rtt, jitter, lost: Math.max(missing, sent) }
    return { grade: gradeOf(q), ...q }
  }
}

export function gradeOf(q: { rtt: number; jitter: number; lost: number }): Grade {
  const over = (limit: typeof fair): boolean => q.lost >= limit.lost || q.rtt >= limit.rtt || q.jitter >= limit.jitter
  return over(poor) ? 'poor' : over(fair) ? 'fair' : 'good'
}
