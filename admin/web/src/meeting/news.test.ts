import { describe, expect, it } from 'vitest'
import { nobody } from '../call/fake'
import type { Participant } from '../call'
import { news } from './news'

const part = (nick: string, more: Partial<Participant> = {}): Participant => ({ ...nobody, nick, ...more })
const none = { came: [], left: [], hands: [], waiting: [], served: [], sharing: [] }

describe('news', () => {
  const me = part('Me', { self: true })
  it('are who came, and who left', () => {
    expect(news([me, part('Anna')], [me, part('Ben')])).toEqual({ ...none, came: ['Ben'], left: ['Anna'] })
  })
  it('are no news while somebody connects or goes on, nor about oneself', () => {
    expect(news([me], [{ ...me, hand: 5, screen: true }, part('Ben', { state: 'connecting' })])).toEqual(none)
    expect(news([me, part('Ben', { hand: 3, screen: true })], [me, part('Ben', { hand: 3, screen: true, audio: 'muted' })])).toEqual(none)
    expect(news([part('Ben', { state: 'connecting' })], [])).toEqual(none)
    expect(news([me], [me, part('Ben', { state: 'waiting' })])).toEqual(none)
  })
  it('are hands, screens, and who waits to be let in', () => {
    const now = [me, part('Anna', { hand: 9 }), part('Ben', { screen: true }), part('Carl', { state: 'knocking' })]
    expect(news([me, part('Anna'), part('Ben')], now)).toEqual({ ...none, hands: ['Anna'], sharing: ['Ben'], waiting: ['Carl'] })
    expect(news(now, [me, part('Anna', { hand: 9 }), part('Ben', { screen: true }), part('Carl')])).toEqual({ ...none, came: ['Carl'], served: ['Carl'] })
    expect(news([part('Carl', { state: 'knocking' })], [])).toEqual({ ...none, served: ['Carl'] })
  })
})
