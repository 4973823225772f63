import { NS } from '../../shared/xmpp/ns'
import { attr, el, is, type Markup } from '../../shared/xmpp/xml'
import { APP } from './ns'

// What this page can do, as others find it out (XEP-0030, XEP-0115).

const node = 'urn:plenum:app'
const identity = { category: 'client', type: 'web', name: 'Plenum' }

export class Caps {
  private ver = ''

  constructor(private features: readonly string[]) {}

  add(more: readonly string[]): void {
    this.features = [...new Set([...this.features, ...more])]
  }

  /** hash makes the verification string (XEP-0115#ver-gen). */
  async hash(): Promise<string> {
    const text = [`${identity.category}/${identity.type}//${identity.name}`, ...[...this.features].sort(), ''].join('<')
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text)))
    return (this.ver = btoa(String.fromCharCode(...sum)))
  }

  /** markup is what presence says of it; undefined before there is a hash. */
  markup(): Markup | undefined {
    return this.ver ? el('c', { xmlns: APP.caps, hash: 'sha-1', node, ver: this.ver }) : undefined
  }

  /** answer is that to a request for it; undefined when the request is another. */
  answer(iq: Element): Markup | undefined {
    const query = iq.firstElementChild
    if (attr(iq, 'type') !== 'get' || !is(query, NS.disco, 'query')) return undefined
    const asked = attr(query!, 'node')
    if (asked !== '' && asked !== `${node}#${this.ver}`) return undefined
    const found = el('query', { xmlns: NS.disco, node: asked || undefined }, el('identity', identity), ...this.features.map((v) => el('feature', { var: v })))
    return el('iq', { xmlns: NS.client, type: 'result', id: attr(iq, 'id'), to: attr(iq, 'from') || undefined }, found)
  }
}
