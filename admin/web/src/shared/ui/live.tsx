import { signal } from '@preact/signals'

// What changes without the focus on it is said once to those who do not see it.

const polite = signal('')
const urgent = signal('')

export function announce(text: string, urgently = false): void {
  const region = urgently ? urgent : polite
  region.value = region.peek() === text ? text + '\u00a0' : text // the same text twice is said twice
}

export function LiveRegions() {
  return (
    <>
      <p class="sr" role="status">{polite.value}</p>
      <p class="sr" role="alert">{urgent.value}</p>
    </>
  )
}
