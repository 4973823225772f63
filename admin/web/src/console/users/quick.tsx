import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { get, post } from '../../shared/api'
import { address, go } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Drawer } from '../../shared/ui/drawer'
import { useKey } from '../../shared/ui/keys'
import { announce } from '../../shared/ui/live'
import { Callout, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { NextExtension, User } from '../../shared/types'
import { focusFirstError, useForm } from '../form'
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
  const busy = useSignal<After | ''>('')
  const failed = useSignal('')
  const element = useRef<HTMLFormElement>(null)
  const count = Object.keys(form.errors).length
  const touched = form.values.login !== '' || form.values.displayName !== '' || form.values.password !== ''

  const propose = async (): Promise<void> => {
    const next = await get<NextExtension>('/users/next-extension').catch(() => ({ extension: '' }))
    proposed.value = next.extension
    if (!form.values.extension || form.values.extension === proposed.peek()) form.set('extension', next.extension)
  }
  useEffect(() => void propose(), [])

  const close = async (): Promise<void> => {
    if (touched && !(await ask({ title: t('discardTitle'), body: t('discardText'), keep: t('discardKeep'), act: common('discard'), danger: true }))) return
    onClose()
  }

  const save = async (after: After): Promise<void> => {
    if (busy.value) return
    busy.value = after
    failed.value = ''
    try {
      const made = await post<User>('/users', creationOf(form.values))
      toast({ text: t('created', { name: made.displayName }) })
      recount()
      onSaved()
      if (after === 'details') {
        onClose()
        await go(address('users', made.jid))
      } else if (after === 'next') {
        const { auth, language, voicemail, softphone, callWaiting, domain } = form.values
        form.reset({ ...newUser(domain, ''), auth, language, voicemail, softphone, callWaiting })
        await propose()
        element.current?.querySelector('input')?.focus()
      } else onClose()
    } catch (e) {
      if (form.refused(e)) focusFirstError(element.current)
      else {
        failed.value = reason(e)
        announce(failed.value, true)
      }
    } finally {
      busy.value = ''
    }
  }
  useKey('Ctrl+s', () => void save('close'))

  const button = (after: After, label: string, primary = false) => (
    <button type="button" class={primary ? 'btn btn--primary' : 'btn'} aria-busy={busy.value === after} onClick={() => void save(after)}>
      {busy.value === after && <span class="spin" aria-hidden="true" />}
      {label}
    </button>
  )
  return (
    <Drawer title={t('add')} note={t('quick')} onClose={() => void close()}
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
      <form class="form" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save('close')
        }}>
        {failed.value && <div class="full"><Callout kind="bad"><b>{common('notSaved')}.</b> {failed.value}</Callout></div>}
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
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
