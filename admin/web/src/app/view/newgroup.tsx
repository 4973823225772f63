import { signal, useSignal } from '@preact/signals'
import { lang, texts } from '../../shared/i18n'
import { go } from '../../shared/router'
import { Dialog } from '../../shared/ui/dialog'
import { Field } from '../../shared/ui/field'
import { Callout } from '../../shared/ui/states'
import { make } from '../model/administer'
import type { Desk } from '../model/desk'
import { PickPeople } from './pickpeople'
import { groupPath } from './paths'
import { say, t as common } from './texts'

const t = texts({
  en: {
    title: 'New group',
    name: 'Name',
    nameHint: 'Members see it in their lists, guests on their page.',
    nameMissing: 'A group needs a name.',
    nameLong: 'Use at most {n} characters.',
    members: 'Members',
    make: 'Make the group',
  },
  de: {
    title: 'Neue Gruppe',
    name: 'Name',
    nameHint: 'Mitglieder sehen ihn in ihrer Liste, Gäste auf ihrer Seite.',
    nameMissing: 'Eine Gruppe braucht einen Namen.',
    nameLong: 'Verwenden Sie höchstens {n} Zeichen.',
    members: 'Mitglieder',
    make: 'Gruppe anlegen',
  },
})

/** Whether the dialog is open. */
export const makingGroup = signal(false)

export const groupNameCharacters = 100

/** nameProblem says what is wrong with a group's name. */
export function nameProblem(name: string): string {
  const n = [...name.trim()].length
  return n === 0 ? t('nameMissing') : n > groupNameCharacters ? t('nameLong', { n: groupNameCharacters }) : ''
}

/** A group is made quickly, by anybody. */
export function NewGroup({ desk }: { desk: Desk }) {
  const name = useSignal('')
  const wrong = useSignal('')
  const failed = useSignal('')
  const members = useSignal<ReadonlySet<string>>(new Set())
  const busy = useSignal(false)
  void lang.value
  const close = (): void => {
    makingGroup.value = false
  }
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault()
    wrong.value = nameProblem(name.value)
    if (busy.value) return
    if (wrong.value) return document.querySelector<HTMLInputElement>('[name=groupname]')?.focus()
    busy.value = true
    failed.value = ''
    const made = await make(desk, name.value.trim(), [...members.value])
    busy.value = false
    if (!made.ok) {
      failed.value = say(made.fault)
      return
    }
    close()
    void go(groupPath(made.value.jid))
  }
  return (
    <Dialog title={t('title')} onClose={close}
      foot={
        <>
          <button type="button" class="btn" onClick={close}>{common('cancel')}</button>
          <button class="btn btn--primary" form="new-group" aria-busy={busy.value}>
            {busy.value && <span class="spin" aria-hidden="true" />}
            {t('make')}
          </button>
        </>
      }>
      <form id="new-group" class="form" onSubmit={submit}>
        {failed.value && <Callout kind="bad" role="alert">{failed.value}</Callout>}
        <Field name="groupname" label={t('name')} hint={t('nameHint')} error={wrong.value ? { field: 'groupname', code: 'name', text: wrong.value } : undefined}>
          {(aria) => (
            <input class="input" {...aria} autocomplete="off" dir="auto" value={name.value} onInput={(e) => (name.value = e.currentTarget.value)}
              onBlur={() => (wrong.value = name.value ? nameProblem(name.value) : '')} />
          )}
        </Field>
        <PickPeople label={t('members')} desk={desk} picked={members.value} onChange={(next) => (members.value = next)} />
      </form>
    </Dialog>
  )
}
