import type { ComponentChildren } from 'preact'
import { get, type FieldProblem } from './api'
import { useLoad } from './load'
import type { UserPage } from './types'
import { t } from './errortexts'

type Key = Parameters<typeof t>[0]

/** The key of a text for a field's problem: its own words first, then those for all fields. */
function keyOf(field: string, code: string): Key | undefined {
  // What has the same rules has the same words.
  const name = { faxExtension: 'extension', boxPin: 'pin', boxEmail: 'email' }[field] ?? field
  return ([`${name}_${code}`, code] as Key[]).find((key) => t.has(key))
}

/** What is said of an extension that is in use, and once it is known by whom. */
const inUse: Partial<Record<Key, { where: string; by: Key }>> = {
  extension_taken: { where: '/users', by: 'extension_of' },
  extension_in_bin: { where: '/bin', by: 'extension_in_bin_of' },
}

/** Whose extension it is, as soon as that is known. */
function InUse({ extension, first, where, by }: { extension: string; first: Key; where: string; by: Key }) {
  const found = useLoad((signal) => get<UserPage>(where, { q: extension }, signal), [extension, where])
  const owner = found.data?.items.find((u) => u.extension === extension || u.faxExtension === extension)
  return <>{owner ? t(by, { extension, owner: owner.displayName }) : t(first)}</>
}

/** The name of a part of a field, without where in a list it stands: host of accounts.0.host. */
export function partOf(field: string): string {
  return field.split('.').filter((part) => !/^\d+$/.test(part)).pop() ?? field
}

/** fieldText for a part of a field. */
export function partText(error: FieldProblem | undefined): ComponentChildren {
  return fieldText(error && { ...error, field: partOf(error.field) }, '', () => {})
}

/** What is wrong with a field in the language of the page. A value that would be right can be taken by a click. */
export function fieldText(error: FieldProblem | undefined, value: string, take: (suggestion: string) => void): ComponentChildren {
  if (!error) return undefined
  let key = keyOf(error.field, error.code)
  const { suggestion } = error
  if (error.field === 'login' && suggestion === value.trim().toLowerCase()) key = 'login_lower'
  const use = key && inUse[key]
  return (
    <>
      {key && use ? <InUse extension={value.trim()} first={key} {...use} /> : key ? t(key) : error.text}
      {suggestion && (
        <>
          {' '}
          {t.rich(use ? 'next' : 'free', {
            value: <button type="button" class="link" onClick={() => take(suggestion)}>{suggestion}</button>,
          })}
        </>
      )}
    </>
  )
}
