import { useSignal } from '@preact/signals'
import { Problem, path, put, type FieldProblem } from '../../shared/api'
import { NewPassword, PasswordRules } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { User } from '../../shared/types'
import { fieldText } from '../errors'
import { t } from '../texts/users'

/** A new password for somebody else. It is set at once, apart from what else is edited: it signs him out everywhere. */
export function SetPassword({ user, onDone }: { user: User; onDone(): void }) {
  const password = useSignal('')
  const error = useSignal<FieldProblem | undefined>(undefined)
  const busy = useSignal(false)
  const act = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    error.value = undefined
    try {
      await put('/users' + path(user.jid, 'password'), { password: password.value })
      password.value = ''
      toast({ text: t('passwordDone', { name: user.displayName }) })
      onDone()
    } catch (e) {
      if (e instanceof Problem && e.errors.length) error.value = e.errors[0]
      else toast({ bad: true, text: reason(e) })
    } finally {
      busy.value = false
    }
  }
  return (
    <div class="full col">
      <Field name="password" hintStays label={t('passwordNew')} full error={error.value} errorText={fieldText(error.value, '', () => {})}
        hint={<>{t('passwordNewHint')}<PasswordRules password={password.value} /></>}>
        {(aria) => (
          <NewPassword aria={aria} value={password.value} onChange={(p) => {
            password.value = p
            error.value = undefined
          }} />
        )}
      </Field>
      <div><button type="button" class="btn" aria-busy={busy.value} onClick={() => void act()}>{busy.value && <span class="spin" aria-hidden="true" />}{t('passwordAct')}</button></div>
    </div>
  )
}
