/** A piece of a message: plain text, or a link with the address it leads to. */
export type Piece = { readonly text: string; readonly href?: string }

// Web addresses alone: others could start programs. Nothing invisible, nothing that turns the text around.
const address = /\b(?:https?:\/\/|www\.)[^\s<>"\p{C}\p{Default_Ignorable_Code_Point}]+/giu

/** pieces finds the links in a text. What they show is what was written; where they lead is what the browser makes of it. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = []
  let end = 0
  for (const found of text.matchAll(address)) {
    const written = trim(found[0])
    const href = target(written)
    if (!href) continue
    if (found.index > end) out.push({ text: text.slice(end, found.index) })
    out.push({ text: written, href })
    end = found.index + written.length
  }
  if (end < text.length) out.push({ text: text.slice(end) })
  return out
}

/** trim takes away the punctuation of the sentence, and a bracket that was opened before the link. */
function trim(written: string): string {
  for (;;) {
    const last = written.at(-1) ?? ''
    const opening = { ')': '(', ']': '[', '}': '{' }[last]
    const closes = opening !== undefined && count(written, last) > count(written, opening)
    if (!closes && !/[.,;:!?'’”»*_~]/.test(last)) return written
    written = written.slice(0, -1)
  }
}

const count = (s: string, c: string): number => s.split(c).length - 1

function target(written: string): string | undefined {
  try {
    const url = new URL(/^www\./i.test(written) ? 'https://' + written : written)
    // user:password@ in front of the host is there to deceive
    return /^https?:$/.test(url.protocol) && url.hostname && !url.username && !url.password ? url.href : undefined
  } catch {
    return undefined
  }
}
