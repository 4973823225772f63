import type { ComponentChildren } from 'preact'
import type { FieldProblem } from '../shared/api'
import { t } from './texts/errors'

type Key = Parameters<typeof t>[0]

/** The key of a text for a field's problem: its own words first, then those for all fields. */
function keyOf(field: string, code: string): Key | undefined {
  // Both extensions have the same rules.
  const name = field === 'faxExtension' ? 'extension' : field
  return ([`${name}_${code}`, code] as Key[]).find((key) => t.has(key))
}

/** A login name that would do for one that does not: maria.huber for "Maria Huber". */
export function plainLogin(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[äöüß]/g, (c) => ({ ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' })[c]!)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/ı/g, 'i')
    .replace(/[\s']+/g, '.')
    .replace(/[^a-z0-9._-]/g, '')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
}

/** What is wrong with a field in the language of the page. A value that would be right can be taken by a click. */
export function fieldText(error: FieldProblem | undefined, value: string, take: (suggestion: string) => void): ComponentChildren {
  if (!error) return undefined
  let key = keyOf(error.field, error.code)
  let suggestion = error.suggestion
  if (error.field === 'login' && !suggestion && (error.code === 'bad_character' || error.code === 'bad_start')) {
    suggestion = plainLogin(value)
    if (suggestion === value.trim().toLowerCase()) key = 'login_lower'
  }
  if (suggestion && key === 'extension_taken') key = 'extension_taken_next'
  return (
    <>
      {key ? t(key) : error.text}
      {suggestion && (
        <>
          {' '}
          <button type="button" class="link" onClick={() => take(suggestion)}>{suggestion}</button>
        </>
      )}
    </>
  )
}
