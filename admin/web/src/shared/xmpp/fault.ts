import { NS } from './ns'
import { attr, child } from './xml'

/** A Fault says why something did not work, as a value that the page turns into words. */
export type Fault =
  | { readonly is: 'stanza'; readonly type: string; readonly condition: string; readonly text: string; readonly detail?: Element } // RFC 6120 §8.3; detail is ours
  | { readonly is: 'sasl'; readonly condition: string; readonly text: string } // RFC 6120 §6.5
  | { readonly is: 'stream'; readonly condition: string; readonly text: string } // RFC 6120 §4.9
  | { readonly is: 'timeout' } // no answer
  | { readonly is: 'lost' } // the connection ended, and with it what waited for an answer
  | { readonly is: 'protocol'; readonly text: string } // the server said what no server says here

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

export const good = <T>(value: T): Result<T> => ({ ok: true, value })
export const bad = <T = never>(fault: Fault): Result<T> => ({ ok: false, fault })

/** stanzaFault reads the error of a stanza of type error. */
export function stanzaFault(stanza: Element): Fault {
  const error = child(stanza, NS.client, 'error')
  const detail = [...(error?.children ?? [])].find((c) => c.namespaceURI === NS.group)
  return { is: 'stanza', type: attr(error, 'type') || 'cancel', ...condition(error, NS.stanzaErrors, 'undefined-condition'), ...(detail && { detail }) }
}

export function saslFault(failure: Element): Fault {
  return { is: 'sasl', ...condition(failure, NS.sasl, 'not-authorized') }
}

export function streamFault(error: Element): Fault {
  return { is: 'stream', ...condition(error, NS.streamErrors, 'undefined-condition') }
}

function condition(e: Element | undefined, space: string, otherwise: string): { condition: string; text: string } {
  const found = { condition: otherwise, text: '' }
  for (const c of e?.children ?? []) {
    if (c.namespaceURI !== space) continue
    if (c.localName === 'text') found.text = c.textContent ?? ''
    else found.condition = c.localName
  }
  return found
}
