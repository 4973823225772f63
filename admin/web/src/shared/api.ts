import { signal } from '@preact/signals'

// The client of the JSON API. Whoever calls it gets the answer, or a Problem that says what is wrong in the
// server's words (RFC 9457), or NoConnection when there was no answer at all.

export interface FieldProblem {
  field: string
  /** Stable, in snake_case: the page has its own words for the codes it knows. */
  code: string
  text: string
  suggestion?: string
}

/** Who was faster; who it was is empty, and when is missing, where the server does not know. */
export interface Conflict {
  by: string
  at?: string
  /** The object's revision now. */
  current?: number
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
    readonly conflict: Conflict | undefined = undefined,
    /** Seconds after which it may be tried again, 0 when the server did not say. */
    readonly retryAfter = 0,
    /** What the server's log calls this failure. */
    readonly instance = '',
  ) {
    super(detail || title)
  }
}

export class NoConnection extends Error {}

/** False from a request that found no server until one that did. */
export const online = signal(true)

/** The synchroniser token of the session, sent with whatever changes something. */
export const csrf = signal('')

/** Called when the server says that there is no session any more. */
let whenSignedOut: () => void = () => {}
export function onSignedOut(f: () => void): void {
  whenSignedOut = f
}

export type Query = Record<string, string | number | boolean | undefined>

export interface Call {
  query?: Query
  /** Goes as JSON; a Blob goes as it is. */
  body?: unknown
  signal?: AbortSignal
}

const root = '/api/v1'

export function path(...parts: string[]): string {
  return parts.map((p) => '/' + encodeURIComponent(p)).join('')
}

export async function call<T>(method: string, where: string, { query, body, signal }: Call = {}): Promise<T> {
  const url = new URL(root + where, location.origin)
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = body instanceof Blob ? body.type : 'application/json'
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf.value
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    text = await response.text()
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    online.value = false
    throw new NoConnection('no connection', { cause })
  }
  online.value = true
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T
  const problem = read(response, text)
  if (problem.status === 401) whenSignedOut()
  throw problem
}

function read(response: Response, text: string): Problem {
  let said: Partial<Problem> = {}
  try {
    said = JSON.parse(text) as Partial<Problem>
  } catch {
    // A proxy in between answers in its own words; the status says enough.
  }
  return new Problem(
    response.status,
    said.title ?? response.statusText,
    said.detail ?? '',
    said.errors ?? [],
    said.conflict,
    Number(response.headers.get('Retry-After')) || 0,
    said.instance ?? '',
  )
}

export const get = <T>(where: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  call<T>('GET', where, { ...(query && { query }), ...(signal && { signal }) })
export const post = <T>(where: string, body?: unknown): Promise<T> => call<T>('POST', where, { body })
export const put = <T>(where: string, body?: unknown): Promise<T> => call<T>('PUT', where, { body })
export const del = <T>(where: string): Promise<T> => call<T>('DELETE', where)
