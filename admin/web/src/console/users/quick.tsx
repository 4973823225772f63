import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get, post } from '../../shared/api'
import { address, go } from '../../shared/router'
import { toast } from '../../shared/ui/toast'
import type { NextExtension, User } from '../../shared/types'
import { useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { useSaving } from '../saving'
import { session } from '../session'
import { recount } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/users'
import {
  AuthField, DeviceSwitches, DisplayNameField, DomainField, EmailField, ExtensionField, FaxField, LanguageField, LoginField, PasswordField, PinField, VoicemailField,
} from './fields'
import { check, creationOf, newUser, type UserForm } from './model'

type After = 'close' | 'details' | 'next'

/** The short form: a user in one go, and the next one after it (A-053, A-072..A-074). */
export function QuickForm({ onClose, onSaved }: { onClose(): void; onSaved(): void }) {
  const main = session.value!.domains[0] ?? ''
  const form = useForm<UserForm>(newUser(main, ''), (values) => check(values))
  const proposed = useSignal('')
  const saving = useSaving(form)
  const pressed = useSignal<After>('close')
  const count = Object.keys(form.errors).length
  const touched = form.values.login !== '' || form.values.displayName !== '' || form.values.password !== ''

  const propose = async (): Promise<void> => {
    const next = await get<NextExtension>('/users/next-extension').catch(() => ({ extension: '' }))
    proposed.value = next.extension
    if (!form.values.extension || form.values.extension === proposed.peek()) form.set('extension', next.extension)
  }
  useEffect(() => void propose(), [])

  const save = async (after: After): Promise<void> => {
    pressed.value = after
    const made = await saving.run(() => post<User>('/users', creationOf(form.values)))
    if (!made) return
    toast({ text: t('created', { name: made.displayName }) })
    recount()
    onSaved()
    if (after === 'details') {
      onClose()
      await go(address('users', made.jid))
    } else if (after === 'next') {
      const { auth, language, voicemail, softphone, callWaiting, domain } = form.values
      form.reset({ ...newUser(domain, ''), auth, language, voicemail, softphone, callWaiting })
      saving.clear()
      await propose()
      document.querySelector<HTMLInputElement>('.drawer-body input')?.focus()
    } else onClose()
  }

  const button = (after: After, label: string, primary = false) => (
    <button type="button" class={primary ? 'btn btn--primary' : 'btn'} aria-busy={saving.busy && pressed.value === after} onClick={() => void save(after)}>
      {saving.busy && pressed.value === after && <span class="spin" aria-hidden="true" />}
      {label}
    </button>
  )
  return (
    <FormDrawer title={t('add')} note={t('quick')} of={saving} unsaved={() => touched} onSave={() => void save('close')} onClose={onClose}
      foot={
        <>
          {count > 0 && <span class="bad small" role="status">{common('attention', { n: count })}</span>}
          <span class="end row wrap">
            {button('next', t('saveNext'))}
            {button('details', t('saveDetails'))}
            {button('close', common('save'), true)}
          </span>
        </>
      }>
      <LoginField form={form} />
      <DisplayNameField form={form} />
      <DomainField form={form} />
      <ExtensionField form={form} proposed={proposed.value} />
      <LanguageField form={form} />
      <h3>{t('signIn')}</h3>
      <AuthField form={form} />
      {form.values.auth === 'internal' && <PasswordField form={form} />}
      <PinField form={form} />
      <EmailField form={form} />
      <h3>{t('telephone')}</h3>
      <VoicemailField form={form} />
      <FaxField form={form} />
      <DeviceSwitches form={form} />
    </FormDrawer>
  )
}
