import { attr, children, el } from '../shared/xmpp/xml'
import { J } from './ns'
import type { Port } from './types'

const answerMs = 4_000 // a call without relay is better than none

/** iceServers asks the server for its STUN and TURN services and credentials for them (XEP-0215). None when it does not say. */
export async function iceServers(port: Port): Promise<RTCIceServer[]> {
  const domain = port.jid.split('/')[0]!.split('@').at(-1)!
  const answer = await port.iq('get', domain, el('services', { xmlns: J.services }), answerMs)
  const list = answer.ok ? answer.value.firstElementChild : null
  return list ? children(list, J.services, 'service').flatMap((s) => readService(s) ?? []) : []
}

function readService(s: Element): RTCIceServer | undefined {
  const type = attr(s, 'type')
  if (type !== 'stun' && type !== 'turn' && type !== 'turns') return undefined
  const host = attr(s, 'host').includes(':') ? `[${attr(s, 'host')}]` : attr(s, 'host')
  const transport = type !== 'stun' && attr(s, 'transport') ? `?transport=${attr(s, 'transport')}` : ''
  const urls = `${type}:${host}:${attr(s, 'port') || '3478'}${transport}`
  if (type === 'stun') return { urls }
  return attr(s, 'username') ? { urls, username: attr(s, 'username'), credential: attr(s, 'password') } : undefined
}
