import type { ComponentChildren } from 'preact'
import type { FieldProblem } from '../../shared/api'
import { partOf, partText } from '../errors'
import { t } from '../texts/callflow'

/** What is wrong with a part of the call flow, in words of its own where there are some. */
export function wrong(error: FieldProblem | undefined): ComponentChildren {
  const key = error && `${partOf(error.field)}_${error.code}`
  return key && t.has(key) ? t(key) : partText(error)
}
