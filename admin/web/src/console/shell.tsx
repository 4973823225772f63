import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { get } from '../shared/api'
import { lang, number } from '../shared/i18n'
import { Icon, Wordmark } from '../shared/icon'
import { book, clock, copy, device, door, flow, forward, gauge, group, history, keypad, laptop, list, moon, phone, pin, refresh, right, search, shield, sliders, speaker, team, trunk, user, x } from '../shared/icons'
import { useLoad } from '../shared/load'
import { address, go, place, route } from '../shared/router'
import { Avatar } from '../shared/ui/avatar'
import { useKey } from '../shared/ui/keys'
import { Menu } from '../shared/ui/menu'
import { ThemeButton } from '../shared/ui/preferences'
import { Offline } from '../shared/ui/states'
import type { Overview, PermissionPage } from '../shared/types'
import { GoTo } from './goto'
import { may, session, signOut, type Right } from './session'
import { levelName, t } from './texts/common'

export interface Section {
  id: string
  title(): string
  icon: string
  right: Right
  count?: () => number | undefined
}

/** Numbers beside the sidebar's items. */
const counts = signal<{ users?: number; groups?: number; sessions?: number; permissions?: number }>({})

const version = signal('')

/** Asks for the numbers again: something was made or deleted. */
const changes = signal(0)
export function recount(): void {
  changes.value++
}

/** All that can be gone to, in the sidebar's order. */
export const sections: { title(): string; items: Section[] }[] = [
  {
    title: () => t('organisation'),
    items: [
      { id: '', title: () => t('overview'), icon: gauge, right: 'overview' },
      { id: 'users', title: () => t('users'), icon: user, right: 'organisation', count: () => counts.value.users },
      { id: 'permissions', title: () => t('permissions'), icon: shield, right: 'organisation', count: () => counts.value.permissions },
      { id: 'profiles', title: () => t('profiles'), icon: moon, right: 'organisation' },
    ],
  },
  {
    title: () => t('communication'),
    items: [
      { id: 'groups', title: () => t('groups'), icon: group, right: 'organisation', count: () => counts.value.groups },
      { id: 'sessions', title: () => t('sessions'), icon: laptop, right: 'organisation', count: () => counts.value.sessions },
    ],
  },
  {
    title: () => t('telephony'),
    items: [
      { id: 'calls', title: () => t('calls'), icon: phone, right: 'organisation' },
      { id: 'records', title: () => t('records'), icon: book, right: 'organisation' },
      { id: 'devices', title: () => t('devices'), icon: device, right: 'organisation' },
      { id: 'teams', title: () => t('teams'), icon: team, right: 'organisation' },
      { id: 'ivr', title: () => t('ivr'), icon: keypad, right: 'organisation' },
      { id: 'routers', title: () => t('routers'), icon: flow, right: 'organisation' },
      { id: 'conditions', title: () => t('conditions'), icon: clock, right: 'organisation' },
      { id: 'templates', title: () => t('templates'), icon: copy, right: 'organisation' },
      { id: 'locations', title: () => t('locations'), icon: pin, right: 'organisation' },
      { id: 'forwards', title: () => t('forwards'), icon: forward, right: 'organisation' },
      { id: 'registrations', title: () => t('registrations'), icon: refresh, right: 'organisation' },
      { id: 'trunks', title: () => t('trunks'), icon: trunk, right: 'trunks' },
      { id: 'prompts', title: () => t('prompts'), icon: speaker, right: 'services' },
    ],
  },
  { title: () => t('server'), items: [{ id: 'services', title: () => t('services'), icon: sliders, right: 'services' }, { id: 'log', title: () => t('log'), icon: history, right: 'organisation' }] },
]

export function allowed(): Section[] {
  return sections.flatMap((s) => s.items).filter((s) => may(s.right))
}

export const findOpen = signal(false)

/** On narrow windows the sidebar lies over the page. */
const menuOpen = signal(false)

export function Shell({ children }: { children: ComponentChildren }) {
  useKey('Ctrl+k', () => (findOpen.value = true))
  useEffect(() => {
    menuOpen.value = false
  }, [place.value.path])
  return (
    <div class={'shell' + (menuOpen.value ? ' menu-open' : '')}
      onKeyDown={(e) => {
        if (e.key === 'Escape' && menuOpen.value) menuOpen.value = false
      }}>
      <a class="skip btn btn--primary" href="#content" onClick={(e) => {
        e.preventDefault()
        document.getElementById('content')?.focus()
      }}>{t('skip')}</a>
      <Sidebar />
      <div class="main">{children}</div>
      {findOpen.value && <GoTo onClose={() => (findOpen.value = false)} />}
    </div>
  )
}

function Sidebar() {
  const me = session.value!
  useLoad(
    async (signal) => {
      if (may('overview')) {
        const o = await get<Overview>('/overview', {}, signal)
        version.value = o.version
        counts.value = { ...counts.peek(), users: o.usersTotal, groups: o.rooms, sessions: o.sessionsOnline }
      }
      if (may('organisation')) {
        const p = await get<PermissionPage>('/permissions', { limit: 1 }, signal)
        counts.value = { ...counts.peek(), permissions: p.total }
      }
    },
    [changes.value],
    60_000,
  )
  const now = route.value[0] ?? ''
  const domain = me.domains[0] ?? location.hostname
  return (
    <aside class="sidebar" id="sidebar">
      <div class="sidebar-head row">
        <a href={address()} aria-label={'Plenum, ' + t('overview')}><Wordmark /></a>
        <button type="button" class="btn btn--ghost btn--icon btn--sm end only-sm" aria-label={t('cancel')} onClick={() => (menuOpen.value = false)}><Icon of={x} /></button>
      </div>
      <div class="instance">
        <span class="instance-logo" aria-hidden="true">{domain[0]?.toUpperCase()}</span>
        <span class="grow"><b class="clip" title={domain}>{domain}</b><small class="clip">{version.value ? 'Plenum ' + version.value : '\u00a0'}</small></span>
      </div>
      <nav class="nav" aria-label={t('main')}>
        {sections.map((s) => {
          const items = s.items.filter((item) => may(item.right))
          return items.length > 0 && (
            <>
              <h2 class="nav-title">{s.title()}</h2>
              {items.map((item) => (
                <a class="nav-item" key={item.id} href={item.id ? address(item.id) : address()} aria-current={now === item.id ? 'page' : undefined} title={item.title()}>
                  <Icon of={item.icon} />
                  <span class="nav-text">{item.title()}</span>
                  {item.count?.() !== undefined && <span class="nav-count" aria-hidden="true">{number(item.count()!)}</span>}
                </a>
              ))}
            </>
          )
        })}
      </nav>
      <div class="sidebar-foot">
        <Menu class="me"
          items={[
            { label: t('account'), icon: user, act: () => void go(address('account')) },
            { label: t('signOut'), icon: door, apart: true, act: () => void signOut() },
          ]}>
          <Avatar name={me.displayName} of={me.user} size="sm" />
          <span class="grow"><b class="clip">{me.displayName}</b><small class="clip">{levelName(me.level)}</small></span>
        </Menu>
        <ThemeButton />
      </div>
    </aside>
  )
}

export interface PageProps {
  title: string
  /** What the page belongs to: a link before the title. */
  under?: { label: string; href: string }
  /** Stands after the title: a count, a badge. */
  note?: ComponentChildren
  /** The buttons of the page, the primary one last. */
  actions?: ComponentChildren
  foot?: ComponentChildren
  class?: string
  /** What it shows is still on its way. */
  busy?: boolean
  children: ComponentChildren
}

/** A page of the console: head, content, and a bar at the bottom when there is something to save. */
export function Page({ title, under, note, actions, foot, class: more, busy, children }: PageProps) {
  useEffect(() => {
    document.title = title + ' · Plenum'
  }, [title, lang.value])
  return (
    <>
      <header class="page-head">
        <button type="button" class="btn btn--ghost btn--icon only-sm" aria-label={t('menu')} aria-expanded={menuOpen.value} aria-controls="sidebar" onClick={() => (menuOpen.value = true)}>
          <Icon of={list} />
        </button>
        {under && (
          <span class="crumb hide-sm">
            <a href={under.href}>{under.label}</a>
            <Icon of={right} />
          </span>
        )}
        <h1 class="clip" title={title}>{title}</h1>
        {note}
        <span class="end row head-actions">
          <button type="button" class="search-all" aria-keyshortcuts="Control+K" onClick={() => (findOpen.value = true)}>
            <Icon of={search} />
            <span class="search-text">{t('goTo')}</span>
            <kbd>Ctrl</kbd>
            <kbd>K</kbd>
          </button>
          {actions}
        </span>
      </header>
      <main class={'page ' + (more ?? '')} id="content" tabIndex={-1} aria-busy={busy || undefined}>
        <Offline probe="/session" />
        {children}
      </main>
      {foot}
    </>
  )
}
