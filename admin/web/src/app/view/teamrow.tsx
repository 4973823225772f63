import { useComputed } from '@preact/signals'
import { lasted } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { team as teamIcon } from '../../shared/icons'
import { route } from '../../shared/router'
import type { Presence } from '../../shared/ui/avatar'
import { localpart } from '../../shared/xmpp/jid'
import type { Member, Team } from '../model/snapshot'
import type { Work } from '../model/work'
import { useNow } from './page'
import { teamPath } from './paths'

const t = texts({
  en: {
    waiting: '{n} waiting, {time}',
    calls: '{n} in a call',
    in: '{n} logged in',
    foreign: 'You are not in this team',
    available: 'Somebody is free',
    dnd: 'All are busy',
    away: 'Nobody is there',
    offline: 'Not connected',
    own_in: 'Logged in',
    own_out: 'Logged out',
    own_paused: 'Paused',
    own_pausedFor: 'Paused: {reason}',
    own_wrapup: 'Wrap-up',
    own_talking: 'In a call',
    own_ringing: 'Rings',
    free: 'Free',
    busy: 'In another call',
    absent: 'No telephone',
  },
  de: {
    waiting: '{n} wartet, {time}|{n} warten, {time}',
    calls: '{n} im Gespräch',
    in: '{n} angemeldet',
    foreign: 'Sie sind nicht in diesem Team',
    available: 'Jemand ist frei',
    dnd: 'Alle sind beschäftigt',
    away: 'Niemand ist da',
    offline: 'Nicht verbunden',
    own_in: 'Angemeldet',
    own_out: 'Abgemeldet',
    own_paused: 'Pause',
    own_pausedFor: 'Pause: {reason}',
    own_wrapup: 'Nacharbeit',
    own_talking: 'Im Gespräch',
    own_ringing: 'Klingelt',
    free: 'Frei',
    busy: 'In anderem Gespräch',
    absent: 'Kein Telefon',
  },
})

/** A team in the list: with what goes on in it for who is in it, by its name for others. */
export interface SeenTeam {
  readonly id: string
  readonly name: string
  readonly extension: string
  readonly live: Team | undefined
  readonly show: Presence | undefined // as its presence says; undefined when it is no contact
}

/** teamsOf are the teams that one sees, by name. */
export function teamsOf({ tel, numbers, desk }: Work, lang: string): SeenTeam[] {
  const seen = new Map<string, SeenTeam>(numbers.teams.map((x) => [x.id, { ...x, live: undefined, show: undefined }]))
  for (const x of tel.teams.value.values()) seen.set(x.id, { id: x.id, name: x.name, extension: x.extension, live: x, show: undefined })
  for (const x of desk.roster.teams.value.values()) {
    const id = localpart(x.jid)
    seen.set(id, { ...(seen.get(id) ?? { id, extension: '', live: undefined }), name: x.name, show: desk.presences.of(x.jid).show })
  }
  const names = new Intl.Collator(lang)
  return [...seen.values()].sort((a, b) => names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
}

/** How bad it is that somebody waits so long, in ms: as on the wall of queues. */
export function worry(ms: number): 'ok' | 'warn' | 'bad' {
  return ms >= 20_000 ? 'bad' : ms >= 10_000 ? 'warn' : 'ok'
}

/** doing is what a member does, in words, and in which colour that is shown. */
export function doing(team: Team, m: Member, own = false): { text: string; kind: '' | 'ok' | 'warn' | 'accent' } {
  const reason = team.reasons.find((r) => r.code === m.paused)?.title
  switch (m.doing) {
    case 'out':
      return { text: t('own_out'), kind: '' }
    case 'paused':
      return { text: reason ? t('own_pausedFor', { reason }) : t('own_paused'), kind: 'warn' }
    case 'talking':
      return { text: t('own_talking'), kind: 'accent' }
    case 'ringing':
      return { text: t('own_ringing'), kind: 'warn' }
    case 'wrapup':
      return { text: t('own_wrapup'), kind: 'warn' }
    case 'busy':
      return { text: t('busy'), kind: 'accent' }
    case 'absent':
      return { text: t('absent'), kind: '' }
  }
  return { text: own ? t('own_in') : t('free'), kind: 'ok' }
}

export function TeamRow({ work, of }: { work: Work; of: SeenTeam }) {
  const open = route.value[0] === 't' && route.value[1] === of.id
  const live = of.live
  const me = useComputed(() => work.tel.teams.value.get(of.id)?.members.find((m) => m.jid === work.desk.me.jid)).value
  const own = live && me && doing(live, me, true)
  return (
    <li class={'contact' + (open ? ' is-open' : '')}>
      <a href={teamPath(of.id)} aria-current={open ? 'true' : undefined}>
        <span class="avatar avatar--md avatar--sq" aria-hidden="true">
          <Icon of={teamIcon} />
          {of.show && <span class={`pres ${of.show}`} />}
        </span>
        <span class="grow">
          <span class="cn">
            <b class="clip" dir="auto" title={of.name}>{of.name}</b>
            <span class="muted num">{of.extension}</span>
          </span>
          <small class="clip">{live ? <Going of={live} /> : t('foreign')}</small>
          {live && of.show && <span class="sr">{t(of.show)}</span>}
        </span>
        {own && <span class={'badge' + (own.kind && ` badge--${own.kind}`)}>{own.text}</span>}
      </a>
    </li>
  )
}

/** What goes on in a team, in one line. */
function Going({ of }: { of: Team }) {
  const talking = of.members.filter((m) => m.doing === 'talking').length
  const first = of.callers[0]
  const rest = talking ? t('calls', { n: talking }) : t('in', { n: of.members.filter((m) => m.in).length })
  if (!first) return <>{rest}</>
  return <><Longest n={of.callers.length} since={Math.min(...of.callers.map((c) => c.since))} /> · {rest}</>
}

function Longest({ n, since }: { n: number; since: number }) {
  const now = useNow()
  return <span class={worry(now - since)}>{t('waiting', { n, time: lasted(now - since) })}</span>
}
