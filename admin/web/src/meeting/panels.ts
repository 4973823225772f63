import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** Which panels are open. Where there is no room for both beside the stage, one closes the other. */
export interface Panels {
  readonly chat: Signal<boolean>
  readonly people: Signal<boolean>
  toggle(which: 'chat' | 'people'): void
}

const bothFit = '(min-width: 1100px)'

export function usePanels(chatOpen = true): Panels {
  const chat = useSignal(chatOpen)
  const people = useSignal(matchMedia(bothFit).matches)
  useEffect(() => {
    const query = matchMedia(bothFit)
    const changed = (): void => {
      if (!query.matches && chat.value) people.value = false
    }
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  return {
    chat,
    people,
    toggle(which) {
      const [it, other] = which === 'chat' ? [chat, people] : [people, chat]
      it.value = !it.value
      if (it.value && !matchMedia(bothFit).matches) other.value = false
    },
  }
}
