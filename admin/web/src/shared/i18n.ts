import { effect, signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { keep, kept } from './kept'

// Texts stand in catalogues, one object for each language with the same keys, so that the compiler misses none.
// A text may have places, "{name}", and two forms, "{n} user|{n} users", chosen by the value n.

export type Lang = 'de' | 'en'

export const langs: Record<Lang, string> = { de: 'Deutsch', en: 'English' }

function first(): Lang {
  const asked = kept('lang')
  if (asked === 'de' || asked === 'en') return asked
  for (const tag of navigator.languages) {
    const lang = tag.slice(0, 2).toLowerCase()
    if (lang === 'de' || lang === 'en') return lang
  }
  return 'en'
}

export const lang = signal<Lang>(first())

export function setLang(next: Lang): void {
  keep('lang', next)
  lang.value = next
}

effect(() => {
  document.documentElement.lang = lang.value
})

export type Values = Record<string, string | number>
export type Nodes = Record<string, ComponentChildren>

export interface Texts<K extends string> {
  /** The text of a key in the language of the page. */
  (key: K, values?: Values): string
  /** The same with elements in its places. */
  rich(key: K, nodes: Nodes): ComponentChildren[]
  /** Whether there is such a text: keys made of what a server says may be unknown. */
  has(key: string): key is K
  catalogue: Record<Lang, Record<K, string>>
}

/** A lookup over both languages of a catalogue. */
export function texts<K extends string>(catalogue: Record<Lang, Record<K, string>>): Texts<K> {
  const form = (key: K, n: unknown): string => {
    const forms = catalogue[lang.value][key].split('|')
    return n === 1 || n === '1' ? forms[0]! : forms[forms.length - 1]!
  }
  const text = (key: K, values: Values = {}): string =>
    form(key, values.n).replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name]
      return typeof value === 'number' ? number(value) : (value ?? '')
    })
  const rich = (key: K, nodes: Nodes): ComponentChildren[] =>
    form(key, nodes.n)
      .split(/\{(\w+)\}/)
      .map((part, i) => {
        const value = i % 2 ? nodes[part] : part
        return typeof value === 'number' ? number(value) : value
      })
  const has = (key: string): key is K => Object.hasOwn(catalogue.en, key)
  return Object.assign(text, { rich, has, catalogue })
}

/** The locale for dates and numbers: the browser's own kind of the page's language, such as en-GB, where it has one. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(lang.value)) ?? lang.value
}

export function number(value: number): string {
  return new Intl.NumberFormat(locale()).format(value)
}
