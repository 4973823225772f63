// What a browser keeps for its user between visits. It may be forbidden or full: then things last as long as the page.

const prefix = 'plenum.'

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name)
  } catch {
    return null
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value)
  } catch {
    // Private windows may refuse; the choice still holds for this page.
  }
}
