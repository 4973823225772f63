import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { FieldProblem } from '../api'
import { Icon } from '../icon'
import { alert } from '../icons'
import { t } from './texts'

/** What a control takes over so that label, hint and error belong to it. */
export interface Aria {
  id: string
  name: string
  'aria-invalid': boolean | undefined
  'aria-describedby': string | undefined
}

export interface FieldProps {
  name: string
  label: string
  /** Stands at the label's end: "optional", "for telephones". */
  aside?: string | undefined
  optional?: boolean
  hint?: ComponentChildren
  error?: FieldProblem | undefined
  /** The error in the page's words; what the server said where there are none. */
  errorText?: ComponentChildren
  full?: boolean
  /** The hint says what is wrong in detail: it stays beside an error. */
  hintStays?: boolean
  children(aria: Aria): ComponentChildren
}

/** A control with its label above it, and hint or error below. */
export function Field({ name, label, aside, optional, hint, error, errorText, full, hintStays, children }: FieldProps) {
  const id = useId()
  const said = [error && id + '-e', hint && id + '-h'].filter(Boolean).join(' ')
  return (
    <div class={'field' + (error ? ' is-bad' : '') + (full ? ' full' : '')}>
      <label class="label" for={id}>
        {label}
        {(aside || optional) && <span class="opt">{aside ?? t('optional')}</span>}
      </label>
      {children({ id, name, 'aria-invalid': error ? true : undefined, 'aria-describedby': said || undefined })}
      {error && (
        <p class="err" id={id + '-e'}>
          <Icon of={alert} />
          <span>{errorText ?? error.text}</span>
        </p>
      )}
      {hint && <div class={error && !hintStays ? 'hint sr' : 'hint'} id={id + '-h'}>{hint}</div>}
    </div>
  )
}
