import { computed, signal } from '@preact/signals'

// Addresses within one page, by the History API. Links are plain <a href>: whoever opens them in a new tab gets a page.

/** What all addresses of this page begin with. */
const base = location.pathname.startsWith('/app') ? '/app' : '/admin'

interface Place {
  path: string
  query: URLSearchParams
}

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) }
}

export const place = signal<Place>(here())

/** The parts of the path after the base, decoded: ["users", "romeo@example.org"]. */
export const route = computed(() =>
  place.value.path
    .slice(base.length)
    .split('/')
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part)
      } catch {
        return part
      }
    }),
)

export function address(...parts: string[]): string {
  return base + '/' + parts.map(encodeURIComponent).join('/')
}

/** A part of a page that can lose something when the page is left. */
export interface Guard {
  unsaved(): boolean
  /** Asks whoever wants to leave. */
  ask(): Promise<boolean>
}

const guards = new Set<Guard>()

/** The first part with something that is not saved. */
const guarding = (): Guard | undefined => [...guards].find((g) => g.unsaved())

/** Guards a page; the answer takes the guard away again. */
export function guardWith(guard: Guard): () => void {
  guards.add(guard)
  return () => guards.delete(guard)
}

let index = 0

export async function go(to: string, replace = false): Promise<void> {
  const url = new URL(to, location.href)
  const guard = url.pathname !== location.pathname && guarding()
  if (guard && !(await guard.ask())) return
  if (replace) history.replaceState({ index }, '', url)
  else history.pushState({ index: ++index }, '', url)
  place.value = here()
}

/** Changes the query in place; values that are empty go away. */
export function setQuery(values: Record<string, string>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value)
    else query.delete(name)
  }
  const text = query.toString()
  history.replaceState({ index }, '', location.pathname + (text ? '?' + text : ''))
  place.value = here()
}

/** Listens to links and to the browser's own buttons; called once. */
export function startRouter(): void {
  index = (history.state as { index?: number } | null)?.index ?? 0
  history.replaceState({ index }, '')
  addEventListener('click', (e) => {
    const link = (e.target as Element).closest?.('a')
    if (!link || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname !== base && !link.pathname.startsWith(base + '/')) return
    e.preventDefault()
    void go(link.href)
  })
  let back = false
  let allowed = false
  addEventListener('popstate', (e) => {
    if (back) {
      back = false
      return
    }
    const to = (e.state as { index?: number } | null)?.index ?? 0
    const steps = to - index
    const guard = !allowed && location.pathname !== place.value.path && guarding()
    if (guard) {
      back = true
      history.go(-steps)
      void guard.ask().then((leave) => {
        if (!leave) return
        allowed = true
        history.go(steps)
      })
      return
    }
    allowed = false
    index = to
    place.value = here()
  })
  addEventListener('beforeunload', (e) => {
    if (guarding()) e.preventDefault()
  })
}
