import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { get, path, put } from '../../shared/api'
import { ago, date, dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { device, flow, key, more, phone, pin, shield, star, trash, undo, user as userIcon } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, go, setQuery, place } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Menu } from '../../shared/ui/menu'
import { Callout } from '../../shared/ui/states'
import { Tabs } from '../../shared/ui/tabs'
import { toast } from '../../shared/ui/toast'
import type { Mailbox, User, UserDevices, UserPermissions } from '../../shared/types'
import { FlowPanel } from '../callflow/flow'
import { Compare, ConflictCallout } from '../conflict'
import { LoadedPage, NotSaved } from '../editingpage'
import { DeviceColumns } from '../devices/columns'
import { FollowMeTable } from '../devices/followme'
import { UserPlace } from '../locations/user'
import { t as places } from '../texts/locations'
import { same, useForm, type Form } from '../form'
import { useGuard } from '../leave'
import { SaveBar } from '../savebar'
import { useSaving } from '../saving'
import { session } from '../session'
import { Page, recount } from '../shell'
import { levelName, levels, t as common } from '../texts/common'
import { t as actions } from '../texts/callflow'
import { t as skills } from '../texts/skills'
import { t } from '../texts/users'
import { remove, restore } from './actions'
import { DeviceSwitches, DisplayNameField, EmailField, ExtensionField, FaxField, LanguageField, PinField, AuthField, ShownNumberField, TimeZoneField, VoicemailField } from './fields'
import { MailboxFields, type Box } from './mailbox'
import { check, dataOf, formOf, type UserForm } from './model'
import { SetPassword } from './password'
import { PermissionChoice } from './permissions'
import { ProfileField } from './profile'
import { UserSkillList } from './skills'

const tabs = ['general', 'signin', 'telephone', 'devices', 'location', 'skills', 'actions', 'permissions'] as const
type TabName = (typeof tabs)[number]

/** In which tab a field stands, so that one that is wrong can be shown. */
const tabOf: Record<string, TabName> = { auth: 'signin', pin: 'signin', voicemail: 'telephone', faxExtension: 'telephone', mobileNumber: 'telephone', shownNumber: 'telephone', monitored: 'telephone' }

export function UserDetails({ jid }: { jid: string }) {
  const loaded = useLoad(async (signal) => {
    const [user, permissions, devices, mailbox] = await Promise.all([
      get<User>('/users' + path(jid), {}, signal),
      get<UserPermissions>('/users' + path(jid, 'permissions'), {}, signal),
      get<UserDevices>('/users' + path(jid, 'devices'), {}, signal),
      get<Mailbox>('/users' + path(jid, 'mailbox'), {}, signal),
    ])
    return { user, permissions, devices, mailbox }
  }, [jid])
  return <LoadedPage title={jid} under={{ label: t('title'), href: address('users') }} loaded={loaded}>{(now) => <Editor loaded={now} />}</LoadedPage>
}

interface All {
  user: User
  permissions: UserPermissions
  devices: UserDevices
  mailbox: Mailbox
}

const assignedOf = (p: UserPermissions): string[] => p.items.filter((i) => i.assigned && !i.automatic).map((i) => i.id).sort()

const boxOf = (m: Mailbox): Box => ({ discard: m.discard, monitored: m.monitored, name: m.monitoredName })
const devicesOf = (d: UserDevices): string[] => d.assigned.map((i) => i.id).sort()

function Editor({ loaded }: { loaded: Loaded<All> & { data: All } }) {
  const base = useSignal<All>(loaded.data) // what is stored, as far as this page knows
  const { user, permissions, devices, mailbox } = base.value
  const form = useForm<UserForm>(formOf(user), (values) => check(values, user.jid))
  const chosen = useSignal<string[]>(assignedOf(permissions))
  const held = useSignal<string[]>(devicesOf(devices))
  const box = useSignal<Box>(boxOf(mailbox))
  const removesPin = useSignal(false)
  const stored = useSignal<All | undefined>(undefined)
  const asked = place.value.query.get('tab') as TabName
  const tab = tabs.includes(asked) ? asked : 'general'
  const show = (id: TabName): void => setQuery({ tab: id === 'general' ? '' : id })
  const saving = useSaving(form, { show: (field) => show(tabOf[field] ?? 'general') })
  const editable = user.editable && user.state !== 'deleted'

  const seen = useSignal(false) // the actions, which are kept as they are edited while other tabs are looked at
  if (tab === 'actions' && editable && !seen.peek()) seen.value = true

  const dataChanged = (): boolean => !same(form.values, formOf(base.value.user)) || removesPin.value
  const choiceChanged = (): boolean => !same(chosen.value, assignedOf(base.value.permissions))
  const devicesChanged = (): boolean => !same(held.value, devicesOf(base.value.devices))
  const boxChanged = (): boolean => !same(box.value, boxOf(base.value.mailbox))
  const isChanged = (): boolean => dataChanged() || choiceChanged() || devicesChanged() || boxChanged()
  const changed = isChanged()
  const deleted = useRef(false)
  useGuard(() => !deleted.current && isChanged())

  /** Takes over what is stored now; what was edited meanwhile stays. */
  const follow = (now: All, sent: UserForm = formOf(base.value.user)): void => {
    form.rebase(sent, formOf(now.user))
    if (!choiceChanged()) chosen.value = assignedOf(now.permissions)
    if (!devicesChanged()) held.value = devicesOf(now.devices)
    if (!boxChanged()) box.value = boxOf(now.mailbox)
    base.value = now
  }
  useEffect(() => {
    if (loaded.data !== base.value) follow(loaded.data)
  }, [loaded.data])
  const inBad = (name: TabName): boolean => Object.keys(form.errors).some((f) => (tabOf[f] ?? 'general') === name)

  const save = async (at = base.value.user.revision): Promise<void> => {
    if (!editable || !isChanged()) return
    const saved = await saving.run(async () => {
      if (dataChanged()) {
        const sent = form.values
        const now = await put<User>('/users' + path(user.jid), { revision: at, ...dataOf(sent), ...(removesPin.value && { pin: '' }) })
        removesPin.value = false
        // The switches make devices and take them away.
        follow({ ...base.value, user: now, devices: await get<UserDevices>('/users' + path(user.jid, 'devices')) }, sent)
      }
      if (choiceChanged()) {
        const now = await put<UserPermissions>('/users' + path(user.jid, 'permissions'), { permissions: chosen.value })
        follow({ ...base.value, permissions: now })
        chosen.value = assignedOf(now)
      }
      if (devicesChanged()) {
        const before = devicesOf(base.value.devices)
        const now = await put<UserDevices>('/users' + path(user.jid, 'devices'), {
          assign: held.value.filter((id) => !before.includes(id)), unassign: before.filter((id) => !held.value.includes(id)),
        })
        follow({ ...base.value, devices: now })
        held.value = devicesOf(now)
      }
      if (boxChanged()) {
        const { discard, monitored } = box.value
        const now = await put<Mailbox>('/users' + path(user.jid, 'mailbox'), { discard, monitored })
        follow({ ...base.value, mailbox: now })
        box.value = boxOf(now)
      }
      return true
    })
    if (!saved) return
    loaded.set(base.value)
    toast({ text: t('saved', { name: base.value.user.displayName }) })
  }
  const overwrite = (): void => {
    stored.value = undefined
    void save(saving.conflict?.current)
  }
  const compare = async (): Promise<void> => {
    try {
      const [u, p, d, m] = await Promise.all([
        get<User>('/users' + path(user.jid)), get<UserPermissions>('/users' + path(user.jid, 'permissions')), get<UserDevices>('/users' + path(user.jid, 'devices')),
        get<Mailbox>('/users' + path(user.jid, 'mailbox')),
      ])
      stored.value = { user: u, permissions: p, devices: d, mailbox: m }
    } catch (e) {
      saving.fail(e)
    }
  }
  const discard = (): void => {
    form.reset(formOf(base.value.user))
    chosen.value = assignedOf(base.value.permissions)
    held.value = devicesOf(base.value.devices)
    box.value = boxOf(base.value.mailbox)
    removesPin.value = false
    saving.clear()
  }

  const removeThis = async (): Promise<void> => {
    if (!(await remove([user], recount))) return
    deleted.current = true
    await go(address('users'))
  }

  return (
    <Page title={user.displayName} under={{ label: t('title'), href: address('users') }}
      note={
        <>
          {changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{common('notSaved')}</span>}
          {user.state === 'disabled' && <span class="badge badge--bad">{t('disabled')}</span>}
        </>
      }
      actions={editable && (
        <Menu class="btn btn--ghost btn--icon" label={common('moreFor', { name: user.displayName })}
          items={[{ label: t('delete'), icon: trash, bad: true, act: () => void removeThis() }]}>
          <Icon of={more} />
        </Menu>
      )}
      foot={editable && tab !== 'actions' && (
        <SaveBar changed={changed} busy={saving.busy} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>
          {common('notSaved')}
        </SaveBar>
      )}>
      {saving.conflict && <ConflictCallout conflict={saving.conflict} onCompare={() => void compare()} onOverwrite={overwrite} />}
      <NotSaved of={saving} />
      {user.state === 'deleted' && (
        <Callout kind="warn">
          <div class="row wrap"><span class="grow">{t('inBin')} {user.gone && t('gone', { when: date(user.gone) })}</span>
            <button type="button" class="btn btn--sm" onClick={() => void restore([user.jid], loaded.reload)}><Icon of={undo} />{common('restore')}</button></div>
        </Callout>
      )}
      {!user.editable && user.state !== 'deleted' && <Callout>{t('notEditable')}</Callout>}
      <section class="card person-head">
        <Avatar name={user.displayName} of={user.jid} size="lg" presence={user.presence} />
        <div class="grow">
          <p class="mono">{user.jid}</p>
          <p class="muted">
            {common(user.presence)} · {user.changedBy ? t('changedBy', { when: ago(user.changed), who: user.changedBy.split('@')[0]! }) : t('changed', { when: ago(user.changed) })}
          </p>
        </div>
      </section>
      <section class="card tabbed">
        <Tabs<TabName> label={user.displayName} now={tab} onChange={show}
          of={[
            { id: 'general', label: t('general'), icon: userIcon, bad: inBad('general') },
            { id: 'signin', label: t('signIn'), icon: key, bad: inBad('signin') },
            { id: 'telephone', label: t('telephone'), icon: phone, bad: inBad('telephone') },
            { id: 'devices', label: common('devices'), icon: device, count: held.value.length },
            { id: 'location', label: places('tab'), icon: pin },
            { id: 'skills', label: skills('tab'), icon: star },
            { id: 'actions', label: actions('tab'), icon: flow },
            { id: 'permissions', label: common('permissions'), icon: shield, count: permissions.items.filter((p) => p.automatic).length + chosen.value.length },
          ]}>
          {seen.value && <div hidden={tab !== 'actions'}><FlowPanel at={'/users' + path(user.jid, 'actions')} owner="user" onSaved={loaded.reload} /></div>}
          <form class="form form--page" ref={saving.within} noValidate hidden={tab === 'actions'}
            onSubmit={(e) => {
              e.preventDefault()
              void save()
            }}>
            <fieldset class="form-fields" disabled={!editable}>
              {tab === 'general' && <General form={form} user={user} />}
              {tab === 'general' && editable && <ProfileField jid={user.jid} name={user.displayName} />}
              {tab === 'signin' && <SignIn form={form} user={user} removesPin={removesPin.value} onRemovePin={(on) => (removesPin.value = on)} reload={loaded.reload} />}
              {tab === 'telephone' && (
                <>
                  <VoicemailField form={form} />
                  <ShownNumberField form={form} />
                  <MailboxFields of={mailbox} box={box.value} owner={user.jid} email={form.values.email} error={form.errors.monitored} onChange={(next) => (box.value = next)} />
                  <FaxField form={form} />
                  <DeviceSwitches form={form} />
                </>
              )}
              {tab === 'devices' && (
                <>
                  <DeviceColumns all={[...devices.assigned, ...devices.available]} chosen={held.value} name={user.displayName} onChange={(ids) => (held.value = ids)} />
                  <FollowMeTable at={'/users' + path(user.jid, 'followme')} of={[...devicesOf(devices), user.mobileNumber].join()} rings={user.displayName} />
                </>
              )}
              {tab === 'location' && <UserPlace jid={user.jid} name={user.displayName} />}
              {tab === 'skills' && <UserSkillList jid={user.jid} name={user.displayName} />}
              {tab === 'permissions' && <PermissionChoice of={permissions.items} chosen={chosen.value} onChange={(ids) => (chosen.value = ids.sort())} />}
            </fieldset>
          </form>
        </Tabs>
      </section>
      {stored.value && (
        <Compare rows={differences(form.values, formOf(stored.value.user))} onClose={() => (stored.value = undefined)} onOverwrite={overwrite}
          onTakeTheirs={() => {
            const now = stored.value!
            stored.value = undefined
            base.value = now
            discard()
            loaded.set(now)
          }} />
      )}
    </Page>
  )
}

function differences(yours: UserForm, theirs: UserForm) {
  const yes = (on: boolean): string => common(on ? 'yes' : 'no')
  const row = (label: string, say: (f: UserForm) => string) => ({ label, yours: say(yours), theirs: say(theirs) })
  return [
    row(t('displayName'), (f) => f.displayName),
    row(t('extensionLabel'), (f) => f.extension),
    row(t('email'), (f) => f.email),
    row(t('language'), (f) => f.language),
    row(t('timeZone'), (f) => f.timeZone),
    row(t('levelLabel'), (f) => levelName(f.level)),
    row(t('blocked'), (f) => yes(f.disabled)),
    row(t('auth'), (f) => f.auth),
    row(t('voicemail'), (f) => f.voicemail),
    row(t('faxExtension'), (f) => f.faxExtension),
    row(t('enableSoftphone'), (f) => yes(f.softphone)),
    row(t('hasMobile'), (f) => yes(f.mobile)),
    row(t('mobileNumber'), (f) => f.mobileNumber),
    row(t('shownNumber'), (f) => f.shownNumber),
    row(t('callWaiting'), (f) => yes(f.callWaiting)),
  ]
}

function General({ form, user }: { form: Form<UserForm>; user: User }) {
  const mine = levels.indexOf(session.value!.level)
  return (
    <>
      <Field name="login" label={t('loginLabel')}>{(aria) => <input class="input" readOnly value={user.login} {...aria} />}</Field>
      <DisplayNameField form={form} />
      <ExtensionField form={form} />
      <EmailField form={form} />
      <LanguageField form={form} />
      <TimeZoneField form={form} />
      <Field name="level" label={t('levelLabel')} hint={t('levelHint')} error={form.error('level')}>
        {(aria) => (
          <select class="select" {...aria} value={form.values.level} onChange={(e) => form.set('level', e.currentTarget.value as UserForm['level'])}>
            <option value="">{levelName('')}</option>
            {levels.filter((l, i) => i >= mine || l === form.values.level).map((l) => <option key={l} value={l}>{levelName(l)}</option>)}
          </select>
        )}
      </Field>
      <SwitchRow full label={t('blocked')} hint={t('blockedHint')} on={form.values.disabled} onChange={(on) => form.set('disabled', on)} />
    </>
  )
}

function SignIn({ form, user, removesPin, onRemovePin, reload }: { form: Form<UserForm>; user: User; removesPin: boolean; onRemovePin(on: boolean): void; reload(): void }) {
  return (
    <>
      <AuthField form={form} />
      {form.values.auth === 'internal' ? <SetPassword user={user} onDone={reload} /> : <p class="hint full">{t('passwordExternal')}</p>}
      <p class="hint full" title={dateTime(user.passwordChanged)}>{t('password')}: {t('passwordSet', { when: ago(user.passwordChanged) })}</p>
      <h2 class="h3">{t('pin')}</h2>
      {!removesPin && <PinField form={form} label={t('pinNew')} keeps={user.hasPin} />}
      <div class="field">
        <span class="label">{user.hasPin ? t('pinSet') : t('pinNone')}</span>
        {user.hasPin && <label class="row"><input class="check" type="checkbox" checked={removesPin} onChange={(e) => onRemovePin(e.currentTarget.checked)} />{t('pinRemove')}</label>}
      </div>
    </>
  )
}
