import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { del, get, path, post, Problem, put, type Conflict } from '../../shared/api'
import { focusFirstError, same } from '../../shared/form'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { moon, pen, plus, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import type { Around } from '../../shared/profiles/actions'
import { ProfileCards, useEditing } from '../../shared/profiles/form'
import { Mark } from '../../shared/profiles/mark'
import { dataOf, newProfile, triggerText, type ProfileData } from '../../shared/profiles/model'
import { t as words } from '../../shared/profiles/texts'
import { address, go, guardWith } from '../../shared/router'
import type { Device, OwnProfiles as Own, Profile } from '../../shared/types'
import { ask } from '../../shared/ui/dialog'
import { useKey } from '../../shared/ui/keys'
import { Callout, Empty, Failure, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Telephony } from '../model/telephony'
import type { Work } from '../model/work'
import { Page } from './page'
import { t as common } from './texts'

const t = texts({
  en: {
    hint: 'Nobody else sees or uses them. They are chosen where the others are, above your picture.',
    none: 'You have no profiles of your own',
    noneLead: 'A profile changes with one click how you are seen, what rings, your teams, location and forward.',
    new: 'New profile',
    edit: 'Change {name}',
    remove: 'Delete {name}',
    now: 'You are in it',
    full: 'You have {n} profiles; more cannot be.',
    noTimes: 'No time chooses it',
    look: 'As colleagues see it',
    triggersHint: 'At these times you are put into the profile, in your time zone: {zone}.',
    deleteText: 'When you are in this profile, you are available then.',
    save: 'Save',
    notSaved: 'Not saved',
    attention: '{n} field needs attention|{n} fields need attention',
    leaveTitle: 'Leave without saving?',
    leave: 'What you have changed in this profile is lost.',
    stay: 'Stay',
    leaveAct: 'Leave',
    conflict: 'You have changed this profile elsewhere since you opened it here.',
    overwrite: 'Save all the same',
    gone: 'This profile is gone',
    goneLead: 'It was deleted.',
  },
  de: {
    hint: 'Niemand sonst sieht oder nutzt sie. Gewählt werden sie wie die anderen, über Ihrem Bild.',
    none: 'Sie haben keine eigenen Profile',
    noneLead: 'Ein Profil ändert mit einem Klick, wie man Sie sieht, was klingelt, Ihre Teams, Arbeitsplatz und Weiterleitung.',
    new: 'Neues Profil',
    edit: '{name} ändern',
    remove: '{name} löschen',
    now: 'Sie sind darin',
    full: 'Sie haben {n} Profile; mehr können es nicht sein.',
    noTimes: 'Keine Zeit wählt es',
    look: 'Wie Kollegen es sehen',
    triggersHint: 'Zu diesen Zeiten kommen Sie in das Profil, in Ihrer Zeitzone: {zone}.',
    deleteText: 'Wenn Sie in diesem Profil sind, sind Sie dann verfügbar.',
    save: 'Speichern',
    notSaved: 'Nicht gespeichert',
    attention: '{n} Feld braucht Aufmerksamkeit|{n} Felder brauchen Aufmerksamkeit',
    leaveTitle: 'Ohne Speichern gehen?',
    leave: 'Was Sie an diesem Profil geändert haben, geht verloren.',
    stay: 'Bleiben',
    leaveAct: 'Gehen',
    conflict: 'Sie haben dieses Profil anderswo geändert, seit es hier offen ist.',
    overwrite: 'Trotzdem speichern',
    gone: 'Dieses Profil gibt es nicht mehr',
    goneLead: 'Es wurde gelöscht.',
  },
})

const at = '/app/profiles'
const isNew = 'new' // in place of an ID

/** remove deletes a profile after asking; it gives whether it is gone. */
async function remove(p: Profile): Promise<boolean> {
  if (!(await ask({ title: words('deleteTitle', { name: p.name }), body: t('deleteText'), keep: words('deleteKeep'), act: words('deleteAct'), danger: true }))) return false
  try {
    await del(at + path(p.id))
    toast({ text: words('deleted', { name: p.name }) })
    return true
  } catch (e) {
    toast({ bad: true, text: reason(e) })
    return false
  }
}

/** The profiles that one has made for oneself. */
export function OwnProfiles({ tel }: { tel: Telephony }) {
  const own = useLoad((signal) => get<Own>(at, {}, signal), [tel.profiles.value]) // made elsewhere, it comes by an event
  const title = useRef<HTMLHeadingElement>(null)
  const full = own.data !== undefined && own.data.items.length >= own.data.most
  return (
    <Page title={<h1 ref={title} tabIndex={-1}>{common('profiles')}</h1>}
      aside={own.data && !full && <a class="btn btn--primary" href={address('profiles', isNew)} aria-label={t('new')}><Icon of={plus} /><span class="hide-sm">{t('new')}</span></a>}>
      {own.error !== undefined && <Failure error={own.error} onRetry={own.reload} />}
      {!own.data && own.slow && <Waiting lines={3} />}
      {own.data && <p class="hint">{t('hint')}</p>}
      {full && <Callout kind="warn">{t('full', { n: own.data!.items.length })}</Callout>}
      {own.data?.items.length === 0 && <Empty icon={moon} title={t('none')}>{t('noneLead')}</Empty>}
      {own.data && own.data.items.length > 0 && (
        <ul class="card own-profiles">
          {own.data.items.map((p) => (
            <li key={p.id}>
              <Mark of={p} />
              <span class="two-lines grow">
                <b class="clip" dir="auto">{p.name}</b>
                <small class="clip">{p.triggers.map(triggerText).join(' · ') || t('noTimes')}</small>
              </span>
              <span class="badges">
                {p.id === tel.profile.value?.id && <span class="badge badge--ok">{t('now')}</span>}
                {p.silent && <span class="badge badge--warn hide-sm">{words('silent')}</span>}
                {p.sticky && <span class="badge hide-sm">{words('sticky')}</span>}
              </span>
              <a class="btn btn--ghost btn--icon btn--sm" href={address('profiles', p.id)} aria-label={t('edit', { name: p.name })} title={t('edit', { name: p.name })}><Icon of={pen} /></a>
              <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name: p.name })} title={t('remove', { name: p.name })} onClick={async () => {
                if (!(await remove(p))) return
                title.current?.focus() // the row with the focus goes
                own.reload()
              }}><Icon of={trash} /></button>
            </li>
          ))}
        </ul>
      )}
    </Page>
  )
}

/** A new profile, or one that there is. */
export function OwnProfile({ work, id }: { work: Work; id: string }) {
  const own = useLoad((signal) => get<Own>(at, {}, signal), [id])
  const title = t('new')
  if (!own.data) return <Page title={id === isNew ? title : common('profiles')}>{own.error !== undefined ? <Failure error={own.error} onRetry={own.reload} /> : own.slow && <Waiting lines={6} />}</Page>
  const profile = own.data.items.find((p) => p.id === id)
  if (!profile && id !== isNew) return <Page title={common('profiles')}><Empty icon={moon} title={t('gone')}>{t('goneLead')}</Empty></Page>
  return <Editor work={work} own={own.data} {...(profile && { profile })} />
}

function Editor({ work: { desk, tel }, own, profile }: { work: Work; own: Own; profile?: Profile }) {
  const first: ProfileData = profile ? dataOf(profile) : { ...newProfile(''), permissions: [] }
  const base = useRef(first)
  const revision = useRef(profile?.revision ?? 0)
  const editing = useEditing(at, profile?.id ?? '', first, profile?.warnings ?? [])
  const { form } = editing
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)
  const isChanged = (): boolean => !same(form.values, base.current)
  const changed = isChanged()
  const unsaved = useRef(isChanged)
  unsaved.current = isChanged
  useLayoutEffect(() => guardWith({ unsaved: () => unsaved.current(), ask: () => ask({ title: t('leaveTitle'), body: t('leave'), keep: t('stay'), act: t('leaveAct'), danger: true }) }), [])
  const save = async (over = revision.current): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = profile ? await put<Profile>(at + path(profile.id), { revision: over, ...form.values }) : await post<Profile>(at, form.values)
      base.current = dataOf(now)
      form.reset(dataOf(now))
      toast({ text: now.warnings.length ? words('savedOdd', { name: now.name, n: now.warnings.length }) : words(profile ? 'saved' : 'created', { name: now.name }) })
      await go(address('profiles'))
    } catch (e) {
      conflict.value = e instanceof Problem && e.status === 409 ? e.conflict : undefined
      if (form.refused(e)) focusFirstError(element.current)
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  useKey('Ctrl+s', () => void save())
  const wrong = Object.keys(form.errors).length
  return (
    <Page title={profile ? base.current.name : t('new')}
      aside={
        <>
          <span role="status">{wrong > 0 ? <span class="badge badge--warn">{t('attention', { n: wrong })}</span> : changed && <span class="badge badge--warn hide-sm">{t('notSaved')}</span>}</span>
          <a class="btn hide-sm" href={address('profiles')}>{common('cancel')}</a>
          <button type="button" class="btn btn--primary" aria-busy={busy.value} aria-keyshortcuts="Control+S" onClick={() => void save()}>
            {busy.value && <span class="spin" aria-hidden="true" />}
            {t('save')}
          </button>
        </>
      }>
      {conflict.value && (
        <Callout kind="bad" role="alert">
          {t('conflict')} <button type="button" class="link" onClick={() => void save(conflict.value?.current)}>{t('overwrite')}</button>
        </Callout>
      )}
      {failed.value && <Callout kind="bad" role="alert"><b>{t('notSaved')}.</b> {failed.value}</Callout>}
      <form class="profile-page" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        <ProfileCards editing={editing} at={at} id={profile?.id ?? ''} look={t('look')} around={aroundOf(tel, own, desk.me.jid)} user={desk.me.jid}
          triggersHint={t('triggersHint', { zone: own.zone })} teamsCallHint={words('teamsCallHint')} />
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{t('save')}</button>
      </form>
    </Page>
  )
}

/** What one's own profiles can be about: one's teams, the locations where one may log in, one's own devices. */
function aroundOf(tel: Telephony, own: Own, me: string): Around {
  const devices = (tel.devices.value?.list ?? []).filter((d) => d.holder === me && d.kind !== 'xmpp')
  return { teams: own.teams, locations: own.locations, devices: devices.map((d) => ({ id: d.id, name: d.name, kind: d.kind as Device['kind'], ownerName: '' })) }
}
