import { useEffect, useRef } from 'preact/hooks'

/** A key with Ctrl (or ⌘) held, or one alone: "Ctrl+K", "/". One alone is left to the field that has the focus. */
export function useKey(key: string, act: () => void, on = true): void {
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    if (!on) return
    const listen = (e: KeyboardEvent): void => {
      const control = key.startsWith('Ctrl+')
      if (e.altKey || e.defaultPrevented || control !== (e.ctrlKey || e.metaKey)) return
      if (e.key.toLowerCase() !== (control ? key.slice(5).toLowerCase() : key)) return
      if (!control && isTyping(e.target)) return
      e.preventDefault()
      latest.current()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [key, on])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
}
