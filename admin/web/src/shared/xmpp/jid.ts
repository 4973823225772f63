// Addresses (RFC 7622) as the server prints them: prepared already, so that text is enough to compare them.

export function bare(jid: string): string {
  const slash = jid.indexOf('/')
  return slash < 0 ? jid : jid.slice(0, slash)
}

export function resource(jid: string): string {
  const slash = jid.indexOf('/')
  return slash < 0 ? '' : jid.slice(slash + 1)
}

/** localpart is what stands before the @; the whole where there is none. */
export function localpart(jid: string): string {
  const b = bare(jid)
  const at = b.indexOf('@')
  return at < 0 ? b : b.slice(0, at)
}

export function domain(jid: string): string {
  const b = bare(jid)
  return b.slice(b.indexOf('@') + 1)
}
