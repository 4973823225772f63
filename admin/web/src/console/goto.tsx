import { useLayoutEffect, useRef } from 'preact/hooks'
import { get } from '../shared/api'
import { Icon } from '../shared/icon'
import { group, shield, team as teamIcon, trunk as trunkIcon, user } from '../shared/icons'
import { address, go } from '../shared/router'
import type { DevicePage, GroupPage, PermissionPage, TeamPage, TrunkPage, UserPage } from '../shared/types'
import { Avatar } from '../shared/ui/avatar'
import { Finder, type Choice } from '../shared/ui/picker'
import { deviceIcons } from './devices/kinds'
import { may } from './session'
import { allowed } from './shell'
import { t } from './texts/common'

/** How many of each kind are offered: all of them fit under each other. */
const most = 5

async function find(q: string, signal: AbortSignal): Promise<Choice[]> {
  const has = (text: string): boolean => text.toLowerCase().includes(q.toLowerCase())
  const pages: Choice[] = [
    ...allowed().map((s) => ({ id: s.id ? address(s.id) : address(), label: s.title(), icon: s.icon })),
    { id: address('account'), label: t('account'), icon: user },
  ]
    .filter((p) => has(p.label))
    .map((p) => ({ id: p.id, label: p.label, detail: t('page'), mark: <Icon of={p.icon} /> }))
  if (!q || !may('organisation')) return pages
  const [users, permissions, groups, devices, teams, trunks] = await Promise.all([
    get<UserPage>('/users', { q, limit: most }, signal),
    get<PermissionPage>('/permissions', { q, limit: most }, signal),
    get<GroupPage>('/groups', { q, limit: most }, signal),
    get<DevicePage>('/devices', { q, limit: most }, signal),
    get<TeamPage>('/teams', { q, limit: most }, signal),
    may('trunks') ? get<TrunkPage>('/trunks', { q, limit: most }, signal) : { items: [] },
  ])
  return [
    ...pages,
    ...users.items.map((u) => ({
      id: address('users', u.jid), label: u.displayName, detail: [t('user'), u.extension].filter(Boolean).join(' · '), mark: <Avatar name={u.displayName} of={u.jid} size="sm" />,
    })),
    ...permissions.items.map((p) => ({ id: address('permissions', p.id), label: p.name, detail: t('permission'), mark: <Icon of={shield} /> })),
    ...groups.items.map((g) => ({ id: address('groups', g.room), label: g.name, detail: t('group'), mark: <Icon of={group} /> })),
    ...devices.items.filter((d) => d.sipUser).map((d) => ({ id: address('devices') + '?edit=' + encodeURIComponent(d.id), label: d.name, detail: [t('device'), d.ownerName].filter(Boolean).join(' · '), mark: <Icon of={deviceIcons[d.kind]} /> })),
    ...teams.items.map((i) => ({ id: address('teams', i.id), label: i.name, detail: [t('team'), i.extension].filter(Boolean).join(' · '), mark: <Icon of={teamIcon} /> })),
    ...trunks.items.map((k) => ({ id: address('trunks', k.id), label: k.name, detail: t('trunk'), mark: <Icon of={trunkIcon} /> })),
  ]
}

/** Goes anywhere from the keyboard. */
export function GoTo({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  // At once: what is typed next belongs in it.
  useLayoutEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog class="dialog goto" ref={dialog} aria-label={t('goTo')}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onClick={(e) => {
        if (e.target === dialog.current) onClose()
      }}>
      <Finder label={t('goTo')} placeholder={t('goToHint')} find={find} onPick={(choice) => {
        onClose()
        void go(choice.id)
      }} />
    </dialog>
  )
}
