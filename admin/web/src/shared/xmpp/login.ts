import { bad, good, saslFault, stanzaFault, type Fault, type Result } from './fault'
import { NS } from './ns'
import { attr, child, children, el, is, text } from './xml'
import type { Wire } from './wire'

/** What one logs in with: a guest with the token of his link, a user with the session of his browser. */
export type Credentials =
  | { readonly domain: string; readonly token: string } // the trace of SASL ANONYMOUS (RFC 4505)
  | { readonly domain: string; readonly user: string } // one's own bare address, for SASL EXTERNAL (RFC 4422 appendix A)

/** An earlier session that may still be there (XEP-0198#resumption). */
export interface Earlier {
  readonly id: string
  readonly local: string // part of the address that one had in it
  readonly handled: number
}

export type Session =
  | { readonly is: 'new'; readonly jid: string; readonly id: string | undefined; readonly missed: number | undefined }
  | { readonly is: 'resumed'; readonly handled: number }

/**
 * login takes a fresh wire to where stanzas may be sent: stream, SASL, stream, and then either the earlier session
 * or a new one with stream management. missed is what the server had handled of the earlier session that is no more.
 */
export async function login(wire: Wire, who: Credentials, earlier: Earlier | undefined): Promise<Result<Session>> {
  const offered = await features(wire, who.domain)
  if (!offered.ok) return offered
  const mechanisms = child(offered.value, NS.sasl, 'mechanisms')
  const mechanism = 'user' in who ? 'EXTERNAL' : 'ANONYMOUS'
  if (!mechanisms || !children(mechanisms, NS.sasl, 'mechanism').some((m) => m.textContent === mechanism)) {
    return bad({ is: 'sasl', condition: 'invalid-mechanism', text: '' })
  }
  const answer = await ask(wire, el('auth', { xmlns: NS.sasl, mechanism }, base64(initial(who, earlier))))
  if (!answer.ok) return answer
  if (is(answer.value, NS.sasl, 'failure')) return bad(saslFault(answer.value))
  if (!is(answer.value, NS.sasl, 'success')) return unexpected(answer.value)
  const after = await features(wire, who.domain)
  if (!after.ok) return after
  if (!child(after.value, NS.sm, 'sm')) return bad({ is: 'protocol', text: 'no stream management' })
  let missed: number | undefined
  if (earlier) {
    const resumed = await resume(wire, earlier)
    if (!resumed.ok) return resumed
    if (resumed.value.is === 'resumed') return good({ is: 'resumed', handled: resumed.value.handled })
    missed = resumed.value.handled
  }
  return begin(wire, missed)
}

/** initial is the first message of the mechanism. A guest who proves by its id that he has a session gets the name back under which he can resume it. */
function initial(who: Credentials, earlier: Earlier | undefined): string {
  if ('user' in who) return who.user
  return earlier ? `${who.token}:${earlier.local}:${earlier.id}` : who.token
}

async function features(wire: Wire, domain: string): Promise<Result<Element>> {
  await wire.open(domain)
  const open = await wire.next()
  if (!open.ok) return open
  if (!is(open.value, NS.framing, 'open')) return unexpected(open.value)
  const found = await wire.next()
  return !found.ok || is(found.value, NS.streams, 'features') ? found : unexpected(found.value)
}

function ask(wire: Wire, m: ReturnType<typeof el>): Promise<Result<Element>> {
  wire.send(m)
  return wire.next()
}

type Resumption = { is: 'resumed'; handled: number } | { is: 'gone'; handled: number | undefined }

async function resume(wire: Wire, earlier: Earlier): Promise<Result<Resumption>> {
  const answer = await ask(wire, el('resume', { xmlns: NS.sm, previd: earlier.id, h: String(earlier.handled) }))
  if (!answer.ok) return answer
  if (is(answer.value, NS.sm, 'resumed')) {
    const h = count(answer.value)
    return h === undefined ? unexpected(answer.value) : good({ is: 'resumed', handled: h })
  }
  if (is(answer.value, NS.sm, 'failed')) return good({ is: 'gone', handled: count(answer.value) })
  return unexpected(answer.value)
}

async function begin(wire: Wire, missed: number | undefined): Promise<Result<Session>> {
  const bound = await ask(wire, el('iq', { xmlns: NS.client, type: 'set', id: 'bind' }, el('bind', { xmlns: NS.bind })))
  if (!bound.ok) return bound
  if (attr(bound.value, 'type') === 'error') return bad(stanzaFault(bound.value))
  const jid = text(child(bound.value, NS.bind, 'bind'), NS.bind, 'jid')
  if (!jid) return unexpected(bound.value)
  const enabled = await ask(wire, el('enable', { xmlns: NS.sm, resume: 'true' }))
  if (!enabled.ok) return enabled
  if (!is(enabled.value, NS.sm, 'enabled')) return unexpected(enabled.value)
  return good({ is: 'new', jid, id: attr(enabled.value, 'id') || undefined, missed })
}

/** count is h, a number of stanzas modulo 2^32 (XEP-0198#acking). */
export function count(e: Element): number | undefined {
  const h = attr(e, 'h')
  return /^\d{1,10}$/.test(h) && Number(h) < 2 ** 32 ? Number(h) : undefined
}

function unexpected<T>(e: Element): Result<T> {
  const fault: Fault = { is: 'protocol', text: `unexpected <${e.localName}/>` }
  return bad(fault)
}

function base64(s: string): string {
  return s === '' ? '=' : btoa(String.fromCharCode(...new TextEncoder().encode(s))) // RFC 6120 §6.4.2
}
