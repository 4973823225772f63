import { NS } from './ns'
import { attr, el, is, type Markup } from './xml'

/** answer replies to a request of the server or of another participant (RFC 6120 §8.2.3: each one gets an answer). */
export function answer(iq: Element): Markup {
  const reply = (type: string, ...content: (Markup | undefined)[]): Markup =>
    el('iq', { xmlns: NS.client, type, id: attr(iq, 'id'), to: attr(iq, 'from') || undefined }, ...content)
  const what = iq.firstElementChild
  if (is(what, NS.ping, 'ping')) return reply('result') // XEP-0199
  if (is(what, NS.disco, 'query') && attr(iq, 'type') === 'get' && !what?.hasAttribute('node')) {
    const features = [NS.disco, NS.ping].map((v) => el('feature', { var: v }))
    const identity = el('identity', { category: 'client', type: 'web', name: 'Plenum' })
    return reply('result', el('query', { xmlns: NS.disco }, identity, ...features))
  }
  return reply('error', el('error', { type: 'cancel' }, el('service-unavailable', { xmlns: NS.stanzaErrors })))
}
