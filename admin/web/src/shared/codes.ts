import { signal } from '@preact/signals'
import { get } from './api'
import type { DialledCodes } from './types'

/** What telephones dial for functions, as far as it is known. */
const codes = signal<Record<string, string>>({})

/** The standard of codes that are named somewhere. */
const standards = { pickup: '*8', prompts: '*50', team: '*99', 'forward-to': '*74', voicemail: '*100', 'voicemail-other': '*101', 'voicemail-watched': '*104' }

/** What is dialled for a function: the standard as long as nothing else is known. */
export const codeOf = (name: keyof typeof standards): string => codes.value[name] ?? standards[name]

/** Asks what is dialled, at the address for administrators or for users. Without an answer the standards stand. */
export async function loadCodes(at: '/codes' | '/app/codes'): Promise<void> {
  try {
    codes.value = Object.fromEntries((await get<DialledCodes>(at)).items.map((c) => [c.function, c.code]))
  } catch {
    codes.value = {}
  }
}
