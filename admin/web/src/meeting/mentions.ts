/** mentions reports whether a text speaks to somebody by his name: "@Sofia" (and not "@Sofiane"). */
export function mentions(text: string, name: string): boolean {
  return name !== '' && spots(text, name).length > 0
}

/** spots is where in a text somebody is spoken to. */
export function spots(text: string, name: string): number[] {
  const out: number[] = []
  const low = text.toLowerCase()
  const want = '@' + name.toLowerCase()
  if (name === '' || low.length !== text.length) return out
  for (let at = low.indexOf(want); at >= 0; at = low.indexOf(want, at + 1)) {
    const before = text.slice(0, at)
    const after = text.slice(at + want.length)
    if (!/[\p{L}\p{N}]$/u.test(before) && !/^[\p{L}\p{N}]/u.test(after)) out.push(at)
  }
  return out
}
