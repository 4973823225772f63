// XML of a stream over WebSocket: what we send is built as text, escaped here and nowhere else; what comes is parsed by the
// browser and stays an inert document: nothing of it is ever put into the page as markup.

/** Markup is well-formed XML that el has made. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Attrs = Readonly<Record<string, string | undefined>>
export type Content = Markup | string | undefined

/** el is one element; attributes and children that are undefined are left out, strings are escaped. */
export function el(name: string, attrs: Attrs = {}, ...children: Content[]): Markup {
  let out = '<' + name
  for (const [key, value] of Object.entries(attrs)) {
    if (value !== undefined) out += ` ${key}='${escape(value)}'`
  }
  const inner = children.map((c) => (c === undefined ? '' : typeof c === 'string' ? escape(c) : c.text)).join('')
  return new Markup(inner === '' ? out + '/>' : `${out}>${inner}</${name}>`)
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' }

/** escape also drops what XML 1.0 §2.2 has no place for: a stanza with it would end the stream. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
    .replace(/[&<>'"]/g, (c) => escapes[c] ?? '')
}

/**
 * parse reads a frame, which is exactly one element (RFC 7395 §3.3.3). It gives null for what is none.
 *
 * Only the root is looked at for the browser's sign of an error: the server sends nothing that is not well-formed, and an
 * element that looks like the sign, deeper inside, is some participant's joke.
 */
export function parse(frame: string): Element | null {
  if (/^\s*<[!?]/.test(frame)) return null // RFC 6120 §11.1: no DTD, no processing instruction
  const root = new DOMParser().parseFromString(frame, 'text/xml').documentElement as Element | null
  return root === null || root.localName === 'parsererror' ? null : root
}

/** is tells an element by its name and namespace. */
export function is(e: Element | null | undefined, space: string, local: string): boolean {
  return !!e && e.localName === local && e.namespaceURI === space
}

/** children are the direct children with that namespace and name. */
export function children(e: Element, space: string, local: string): Element[] {
  return [...e.children].filter((c) => is(c, space, local))
}

/** child is the first direct child with that namespace and name. */
export function child(e: Element | undefined, space: string, local: string): Element | undefined {
  if (e) for (const c of e.children) if (is(c, space, local)) return c
  return undefined
}

/** text is the character data of a direct child, undefined when there is no such child. */
export function text(e: Element | undefined, space: string, local: string): string | undefined {
  return child(e, space, local)?.textContent ?? undefined
}

/** attr is an attribute, '' when it is missing. */
export function attr(e: Element | undefined, name: string): string {
  return e?.getAttribute(name) ?? ''
}
