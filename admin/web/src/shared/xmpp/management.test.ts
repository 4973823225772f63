import { describe, expect, it } from 'vitest'
import { backoff } from './backoff'
import { Management } from './management'
import { el } from './xml'

const stanza = (id: string) => ({ id, markup: el('message', { id }) })
const ids = (m: Management) => m.pending().map((s) => s.id)

describe('Management', () => {
  it('keeps what the server has not acknowledged, in order', () => {
    const m = new Management()
    for (const id of ['a', 'b', 'c']) m.sent(stanza(id))
    expect(m.acked(2)).toBe(true)
    expect(ids(m)).toEqual(['c'])
    expect(m.acked(2)).toBe(true)
    expect(ids(m)).toEqual(['c'])
  })

  it('tells when the server claims more than was sent, or takes an acknowledgement back', () => {
    const m = new Management()
    m.sent(stanza('a'))
    expect(m.acked(2)).toBe(false)
    expect(m.acked(1)).toBe(true)
    expect(m.acked(0)).toBe(false)
  })

  it('counts past 2^32', () => {
    const m = new Management()
    m.handled = 2 ** 32 - 1
    m.received()
    expect(m.handled).toBe(0)
  })

  it('gives back what may be lost when the session is: all, or what the server did not handle', () => {
    const m = new Management()
    for (const id of ['a', 'b', 'c']) m.sent(stanza(id))
    m.received()
    expect(m.drop(1).map((s) => s.id)).toEqual(['b', 'c'])
    expect(m.handled).toBe(0)
    m.sent(stanza('d'))
    expect(m.drop(undefined).map((s) => s.id)).toEqual(['d'])
  })
})

describe('backoff', () => {
  it('grows to half a minute, and differs from guest to guest by up to a half', () => {
    expect([0, 1, 2, 3, 10, 1000].map((n) => backoff(n, () => 1))).toEqual([500, 1000, 2000, 4000, 30_000, 30_000])
    expect(backoff(3, () => 0)).toBe(2000)
  })
})
