import { describe, expect, it } from 'vitest'
import { QualityMeter } from './quality'

const report = (o: { received?: number; lost?: number; rtt?: number; jitter?: number; fraction?: number }) => [
  { type: 'inbound-rtp', kind: 'audio', packetsReceived: o.received ?? 0, packetsLost: o.lost ?? 0, jitter: o.jitter ?? 0.002 },
  { type: 'remote-inbound-rtp', kind: 'audio', fractionLost: o.fraction ?? 0, roundTripTime: 0.5 },
  { type: 'candidate-pair', id: 'other', currentRoundTripTime: 3 },
  { type: 'candidate-pair', id: 'pair', currentRoundTripTime: o.rtt ?? 0.02 },
  { type: 'transport', selectedCandidatePairId: 'pair' },
]

describe('the quality of a connection', () => {
  it('is good when little is lost and nothing is late', () => {
    expect(new QualityMeter().measure(report({ received: 100 }))).toEqual({ grade: 'good', rtt: 20, jitter: 2, lost: 0 })
  })

  it('counts what was lost since the last time', () => {
    const m = new QualityMeter()
    m.measure(report({ received: 1000, lost: 500 })) // before we looked
    expect(m.measure(report({ received: 1097, lost: 503 }))).toMatchObject({ grade: 'fair', lost: 0.03 })
    expect(m.measure(report({ received: 1187, lost: 513 }))).toMatchObject({ grade: 'poor', lost: 0.1 })
    expect(m.measure(report({ received: 1287, lost: 513 })).grade).toBe('good')
  })

  it.each([
    [{ rtt: 0.35 }, 'fair'], [{ rtt: 0.7 }, 'poor'], [{ jitter: 0.05 }, 'fair'], [{ jitter: 0.2 }, 'poor'], [{ fraction: 0.05 }, 'fair'], [{ fraction: 0.3 }, 'poor'],
  ])('%o is %s', (o, grade) => {
    expect(new QualityMeter().measure(report(o)).grade).toBe(grade)
  })

  it('takes the round trip of RTCP where the browser names no pair', () => {
    expect(new QualityMeter().measure(report({}).slice(0, 2)).rtt).toBe(500)
  })
})
