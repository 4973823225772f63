// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../shared/xmpp'
import { outcome } from './outcome'

const stanza = (condition: string, type = 'cancel'): Fault => ({ is: 'stanza', type, condition, text: '' })
const sasl = (condition: string): Fault => ({ is: 'sasl', condition, text: '' })
const stream = (condition: string): Fault => ({ is: 'stream', condition, text: '' })

describe('outcome', () => {
  it.each<[Fault, string]>([
    [sasl('not-authorized'), 'closed'],
    [sasl('temporary-auth-failure'), 'busy'],
    [sasl('invalid-mechanism'), 'busy'],
    [stream('policy-violation'), 'ended'],
    [stream('conflict'), 'elsewhere'],
    [stream('not-authorized'), 'closed'],
    [stream('host-unknown'), 'failed'],
    [stanza('service-unavailable', 'wait'), 'full'],
    [stanza('forbidden', 'auth'), 'banned'],
    [stanza('registration-required', 'auth'), 'closed'],
    [stanza('item-not-found'), 'destroyed'],
    [stanza('conflict'), 'name'],
    [stanza('jid-malformed', 'modify'), 'name'],
    [stanza('policy-violation', 'modify'), 'name'],
    [stanza('policy-violation', 'wait'), 'busy'],
    [stanza('internal-server-error'), 'failed'],
    [{ is: 'timeout' }, 'failed'],
    [{ is: 'lost' }, 'failed'],
    [{ is: 'protocol', text: '' }, 'failed'],
  ])('of %j is %s', (refused, is) => expect(outcome({ refused }).is).toBe(is))

  it('of a name that a member has, or of coming back too soon, is told by what the server adds', () => {
    const detail = (xml: string) => new DOMParser().parseFromString(xml, 'application/xml').documentElement
    const refused = (condition: string, type: string, xml: string): Fault => ({ is: 'stanza', type, condition, text: '', detail: detail(xml) })
    expect(outcome({ refused: refused('conflict', 'cancel', "<taken xmlns='urn:plenum:group:0'/>") })).toEqual({ is: 'name', problem: 'taken' })
    expect(outcome({ refused: refused('forbidden', 'wait', "<removed xmlns='urn:plenum:group:0' minutes='9'/>") })).toEqual({ is: 'keptOut', minutes: 9 })
  })

  it('of being put out names who did it and why', () => {
    expect(outcome({ gone: { why: 'removed', by: 'Anna', reason: 'x' } })).toEqual({ is: 'removed', by: 'Anna', reason: 'x' })
    expect(outcome({ gone: { why: 'banned', by: '', reason: '' } })).toEqual({ is: 'banned' })
    expect(outcome({ gone: { why: 'closed' } })).toEqual({ is: 'closed' })
    expect(outcome({ gone: { why: 'destroyed', reason: '' } })).toEqual({ is: 'destroyed' })
  })
})
