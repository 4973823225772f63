import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { pinText } from '../../shared/format'
import { lang, texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { adduser, trash } from '../../shared/icons'
import { address, go } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { CopyButton, SwitchRow } from '../../shared/ui/controls'
import { ask } from '../../shared/ui/dialog'
import { Drawer } from '../../shared/ui/drawer'
import { Callout, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import { localpart } from '../../shared/xmpp/jid'
import type { Fault } from '../../shared/xmpp'
import { affiliate, allowGuests, destroy, invitation, kick, readMembers, readSetup, type Member, type Setup } from '../model/administer'
import type { Desk } from '../model/desk'
import type { Group } from '../model/group'
import { PickPeople } from './pickpeople'
import { say, t as common } from './texts'

const t = texts({
  en: {
    guests: 'Allow guests',
    guestsHint: 'Who has the link can take part and chat. When you switch this off, guests are put out, and link and PIN are worth nothing.',
    guestsOff: 'Stop letting guests in?',
    guestsOffBody: 'Guests who are here are put out. Link and PIN are worth nothing afterwards; next time there are new ones.',
    keep: 'Keep guests',
    stop: 'Stop guests',
    omemo: 'Guests cannot read messages that are encrypted with OMEMO. Send without it while guests are here.',
    link: 'Link for guests',
    number: 'Number to dial in',
    pin: 'PIN',
    copyLink: 'Copy the link',
    copyNumber: 'Copy the number',
    copyPin: 'Copy the PIN',
    invitation: 'Copy invitation',
    here: 'Guests here',
    members: 'Members',
    owner: 'Owner',
    admin: 'Administrator',
    remove: 'Remove {name}',
    removeMember: 'Remove {name} from the group?',
    removeMemberBody: 'The group goes out of the list of {name}. Messages that were written stay.',
    removeGuest: 'Put {name} out?',
    removeGuestBody: 'The conference ends for this person only. With the link one can come back, until guests are no longer allowed.',
    keepIn: 'Keep',
    act: 'Remove',
    add: 'Add members',
    addAct: 'Add',
    onlyOwners: 'Who owns the group lets guests in and adds members.',
    made: '{name} is removed',
    delete: 'Delete the group',
    deleteAsk: 'Delete {name}?',
    deleteBody: 'It goes away for all members, with all that was written in it. This cannot be undone.',
    deleteKeep: 'Keep the group',
    deleteAct: 'Delete the group',
  },
  de: {
    guests: 'Gäste zulassen',
    guestsHint: 'Wer den Link hat, kann teilnehmen und mitschreiben. Wenn Sie das abschalten, müssen Gäste gehen, und Link und PIN gelten nicht mehr.',
    guestsOff: 'Keine Gäste mehr zulassen?',
    guestsOffBody: 'Gäste, die hier sind, müssen gehen. Link und PIN gelten danach nicht mehr; beim nächsten Mal gibt es neue.',
    keep: 'Gäste behalten',
    stop: 'Gäste ausschließen',
    omemo: 'Gäste können Nachrichten nicht lesen, die mit OMEMO verschlüsselt sind. Senden Sie ohne, solange Gäste hier sind.',
    link: 'Link für Gäste',
    number: 'Einwahlnummer',
    pin: 'PIN',
    copyLink: 'Link kopieren',
    copyNumber: 'Nummer kopieren',
    copyPin: 'PIN kopieren',
    invitation: 'Einladung kopieren',
    here: 'Gäste hier',
    members: 'Mitglieder',
    owner: 'Inhaber',
    admin: 'Verwaltung',
    remove: '{name} entfernen',
    removeMember: '{name} aus der Gruppe entfernen?',
    removeMemberBody: 'Die Gruppe verschwindet aus der Liste von {name}. Geschriebene Nachrichten bleiben.',
    removeGuest: '{name} hinausstellen?',
    removeGuestBody: 'Die Konferenz endet nur für diese Person. Mit dem Link kann man wiederkommen, bis keine Gäste mehr zugelassen sind.',
    keepIn: 'Behalten',
    act: 'Entfernen',
    add: 'Mitglieder hinzufügen',
    addAct: 'Hinzufügen',
    onlyOwners: 'Wem die Gruppe gehört, der lässt Gäste ein und nimmt Mitglieder auf.',
    made: '{name} ist entfernt',
    delete: 'Gruppe löschen',
    deleteAsk: '{name} löschen?',
    deleteBody: 'Sie verschwindet für alle Mitglieder, mit allem, was darin geschrieben wurde. Das lässt sich nicht rückgängig machen.',
    deleteKeep: 'Gruppe behalten',
    deleteAct: 'Gruppe löschen',
  },
})

/** The group's settings and people: guests, their access, members. */
export function GroupInfo({ desk, group, onClose }: { desk: Desk; group: Group; onClose(): void }) {
  const setup = useSignal<Setup | undefined>(undefined)
  const members = useSignal<readonly Member[] | undefined>(undefined)
  const failed = useSignal<Fault | undefined>(undefined)
  const owner = group.me.value?.affiliation === 'owner'
  const load = async (): Promise<void> => {
    const [people, form] = await Promise.all([readMembers(desk, group.jid), owner ? readSetup(desk, group.jid) : undefined])
    failed.value = !people.ok ? people.fault : form && !form.ok ? form.fault : undefined
    if (people.ok) members.value = people.value
    if (form?.ok) setup.value = form.value
  }
  useEffect(() => void load(), [owner, group.jid, group.conference.value.isPublic])
  return (
    <Drawer title={group.name.value} onClose={onClose}>
      <div class="info">
        {failed.value && <Callout kind="bad" role="alert">{say(failed.value)}</Callout>}
        {owner && setup.value && <Guests desk={desk} group={group} setup={setup.value} onChange={load} />}
        {!owner && <Callout>{t('onlyOwners')}</Callout>}
        <GuestList desk={desk} group={group} />
        {members.value ? <Members desk={desk} group={group} owner={owner} members={members.value} onChange={load} /> : <Waiting lines={3} />}
        {owner && <Delete desk={desk} group={group} />}
      </div>
    </Drawer>
  )
}

/** told reports what went wrong, and whether something did. */
function told(fault: Fault | undefined): boolean {
  if (fault) toast({ bad: true, text: say(fault) })
  return fault !== undefined
}

/** The switch and the access data. */
function Guests({ desk, group, setup, onChange }: { desk: Desk; group: Group; setup: Setup; onChange(): Promise<void> }) {
  const busy = useSignal(false)
  const set = async (on: boolean): Promise<void> => {
    if (busy.value) return
    busy.value = true
    const sure = on || (await ask({ title: t('guestsOff'), body: t('guestsOffBody'), keep: t('keep'), act: t('stop'), danger: true }))
    if (sure) told(await allowGuests(desk, group.jid, on))
    await onChange()
    busy.value = false
  }
  return (
    <section class="info-part">
      <SwitchRow key={String(busy.value)} name="guests" label={t('guests')} hint={t('guestsHint')} on={setup.guests} disabled={busy.value} onChange={(on) => void set(on)} />
      {setup.guests && (
        <>
          <dl class="access">
            <Datum name={t('link')} copy={t('copyLink')} value={setup.link} />
            {setup.number && <Datum name={t('number')} copy={t('copyNumber')} value={setup.number} />}
            {setup.number && <Datum name={t('pin')} copy={t('copyPin')} value={pinText(setup.pin.replace(/\s/g, ''))} />}
          </dl>
          <CopyButton class="btn btn--primary btn--block" label={t('invitation')} text={() => Promise.resolve(invitation(lang.peek(), group.name.peek(), setup))}>
            {t('invitation')}
          </CopyButton>
          <p class="hint">{t('omemo')}</p>
        </>
      )}
    </section>
  )
}

function Datum({ name, copy, value }: { name: string; copy: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <span class="num grow access-value">{value}</span>
        <CopyButton text={value} label={copy} />
      </dd>
    </>
  )
}

function GuestList({ desk, group }: { desk: Desk; group: Group }) {
  const guests = group.guests.value
  const may = group.me.value?.moderator === true
  if (guests.length === 0) return null
  const remove = async (nick: string): Promise<void> => {
    const sure = await ask({ title: t('removeGuest', { name: nick }), body: t('removeGuestBody'), keep: t('keepIn'), act: t('act'), danger: true })
    if (sure && !told(await kick(desk, group.jid, nick))) toast({ text: t('made', { name: nick }) })
  }
  return (
    <section class="info-part">
      <h3>{t('here')}</h3>
      <ul>
        {guests.map((o) => (
          <li class="info-row" key={o.nick}>
            <Avatar name={o.nick} size="sm" />
            <b class="clip grow" dir="auto">{o.nick}</b>
            {may && <Bin name={o.nick} act={() => void remove(o.nick)} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Bin({ name, act }: { name: string; act(): void }) {
  return (
    <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={t('remove', { name })} title={t('remove', { name })} onClick={act}>
      <Icon of={trash} />
    </button>
  )
}

function Members({ desk, group, owner, members, onChange }: { desk: Desk; group: Group; owner: boolean; members: readonly Member[]; onChange(): Promise<void> }) {
  const adding = useSignal(false)
  const picked = useSignal<ReadonlySet<string>>(new Set())
  const names = new Intl.Collator(lang.value)
  const sorted = [...members].sort((a, b) => names.compare(desk.nameOf(a.jid), desk.nameOf(b.jid)))
  const remove = async (jid: string): Promise<void> => {
    const name = desk.nameOf(jid)
    const sure = await ask({ title: t('removeMember', { name }), body: t('removeMemberBody', { name }), keep: t('keepIn'), act: t('act'), danger: true })
    if (!sure) return
    if (!told(await affiliate(desk, group.jid, [jid], 'none'))) toast({ text: t('made', { name }) })
    await onChange()
  }
  const add = async (e: Event): Promise<void> => {
    e.preventDefault()
    if (picked.value.size > 0 && told(await affiliate(desk, group.jid, [...picked.value], 'member'))) return
    adding.value = false
    picked.value = new Set()
    await onChange()
  }
  return (
    <section class="info-part">
      <h3>
        {t('members')} <span class="count">{members.length}</span>
      </h3>
      <ul>
        {sorted.map((m) => {
          const name = desk.nameOf(m.jid)
          return (
            <li class="info-row" key={m.jid}>
              <Avatar name={name} size="sm" presence={m.jid === desk.me.jid ? undefined : desk.presences.of(m.jid).show} />
              <span class="grow">
                <b class="clip" dir="auto" title={localpart(m.jid)}>{name}</b>
                {m.jid === desk.me.jid && <small>{common('you')}</small>}
              </span>
              {m.affiliation !== 'member' && <span class="badge">{m.affiliation === 'owner' ? t('owner') : t('admin')}</span>}
              {owner && m.jid !== desk.me.jid && <Bin name={name} act={() => void remove(m.jid)} />}
            </li>
          )
        })}
      </ul>
      {owner && !adding.value && (
        <button type="button" class="btn" onClick={() => (adding.value = true)}>
          <Icon of={adduser} />
          {t('add')}
        </button>
      )}
      {owner && adding.value && (
        <form onSubmit={add}>
          <PickPeople label={t('add')} desk={desk} picked={picked.value} onChange={(next) => (picked.value = next)} without={new Set(members.map((m) => m.jid))} />
          <div class="info-acts">
            <button type="button" class="btn" onClick={() => (adding.value = false)}>{common('cancel')}</button>
            <button class="btn btn--primary">{t('addAct')}</button>
          </div>
        </form>
      )}
    </section>
  )
}

function Delete({ desk, group }: { desk: Desk; group: Group }) {
  const act = async (): Promise<void> => {
    const name = group.name.value
    const sure = await ask({ title: t('deleteAsk', { name }), body: t('deleteBody'), keep: t('deleteKeep'), act: t('deleteAct'), danger: true })
    if (sure && !told(await destroy(desk, group.jid))) void go(address())
  }
  return (
    <section class="info-part">
      <button type="button" class="btn btn--quiet-danger" onClick={() => void act()}>
        <Icon of={trash} />
        {t('delete')}
      </button>
    </section>
  )
}
