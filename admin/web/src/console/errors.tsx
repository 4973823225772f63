import type { ComponentChildren } from 'preact'
import { get, type FieldProblem } from '../shared/api'
import { useLoad } from '../shared/load'
import type { UserPage } from '../shared/types'
import { t } from './texts/errors'

type Key = Parameters<typeof t>[0]

/** The key of a text for a field's problem: its own words first, then those for all fields. */
function keyOf(field: string, code: string): Key | undefined {
  // Both extensions have the same rules.
  const name = field === 'faxExtension' ? 'extension' : field
  return ([`${name}_${code}`, code] as Key[]).find((key) => t.has(key))
}

/** Whose extension it is, as soon as that is known. */
function Taken({ extension }: { extension: string }) {
  const found = useLoad((signal) => get<UserPage>('/users', { q: extension }, signal), [extension])
  const owner = found.data?.items.find((u) => u.extension === extension || u.faxExtension === extension)
  return <>{owner ? t('extension_of', { extension, owner: owner.displayName }) : t('extension_taken')}</>
}

/** What is wrong with a field in the language of the page. A value that would be right can be taken by a click. */
export function fieldText(error: FieldProblem | undefined, value: string, take: (suggestion: string) => void): ComponentChildren {
  if (!error) return undefined
  let key = keyOf(error.field, error.code)
  const { suggestion } = error
  if (error.field === 'login' && suggestion === value.trim().toLowerCase()) key = 'login_lower'
  return (
    <>
      {key === 'extension_taken' ? <Taken extension={value} /> : key ? t(key) : error.text}
      {suggestion && (
        <>
          {' '}
          {t.rich(key === 'extension_taken' ? 'next' : 'free', {
            value: <button type="button" class="link" onClick={() => take(suggestion)}>{suggestion}</button>,
          })}
        </>
      )}
    </>
  )
}
