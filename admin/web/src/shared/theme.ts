import { effect, signal } from '@preact/signals'
import { keep, kept } from './kept'

/** The theme a user asked for; "" follows the system. */
export type Theme = 'light' | 'dark' | ''

const asked = kept('theme')
export const theme = signal<Theme>(asked === 'light' || asked === 'dark' ? asked : '')

/** What is seen now, whoever chose it. */
export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === '' && matchMedia('(prefers-color-scheme: dark)').matches)
}

export function setTheme(next: Theme): void {
  keep('theme', next)
  theme.value = next
}

export function toggleTheme(): void {
  setTheme(isDark() ? 'light' : 'dark')
}

effect(() => {
  if (theme.value) document.documentElement.dataset.theme = theme.value
  else delete document.documentElement.dataset.theme
})
