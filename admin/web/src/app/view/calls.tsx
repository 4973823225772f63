import { texts, number } from '../../shared/i18n'
import { teamPath } from './paths'
import type { Team } from '../model/snapshot'
import type { Work } from '../model/work'
import { ConferenceCard } from './conference'
import { LineCall } from './linecall'
import { PeerCards } from './peer'
import { Waiter } from './team'

const t = texts({ en: { calls: 'Calls', waiting: '{n} waiting' }, de: { calls: 'Anrufe', waiting: '{n} wartet|{n} warten' } })

/** What one talks in, and who waits for one's teams, beside the chat. */
export function CallColumn({ work, callsOnly = false, team = '' }: { work: Work; callsOnly?: boolean; team?: string }) {
  const { calls, tel, dialler, desk } = work
  const peers = calls.peers.calls.value
  const joined = callsOnly ? undefined : calls.joined.value
  const ours = [...dialler.ours.value.values()]
  const lines = [...tel.calls.value.values()].filter((c) => !ours.includes(c))
  // Who is logged in sees who waits, unless he looks at that team already.
  const waiting = callsOnly ? [] : [...tel.teams.value.values()].filter((x) => x.id !== team && x.callers.length > 0 && x.members.some((m) => m.jid === desk.me.jid && m.in))
  // Others hear of callers where the team wants it (B9).
  const there = new Set(waiting.map((x) => x.id))
  const told = callsOnly ? [] : tel.pickups.value.filter((p) => p.team !== team && !there.has(p.team))
  const teams = [...new Map(told.map((p) => [p.team, p])).values()].map((p) => ({
    id: p.team, name: p.teamName, extension: p.extension, callers: told.filter((x) => x.team === p.team),
  }))
  if (!joined && peers.length + lines.length + waiting.length + teams.length === 0) return null
  return (
    <aside class="calls" aria-label={t('calls')}>
      <PeerCards work={work} />
      {lines.map((c) => <LineCall key={c.id} work={work} call={c} />)}
      {joined && <ConferenceCard calls={calls} joined={joined} />}
      {[...waiting, ...teams].map((x) => <WaitingCard key={x.id} work={work} team={x} />)}
    </aside>
  )
}

function WaitingCard({ work, team }: { work: Work; team: Pick<Team, 'id' | 'name' | 'extension' | 'callers'> }) {
  return (
    <section class="card call" aria-label={team.name}>
      <div class="card-head">
        <h2><a href={teamPath(team.id)} dir="auto">{team.name}</a></h2>
        <span class="badge badge--bad num">{t('waiting', { n: number(team.callers.length) })}</span>
        <span class="muted end num">{team.extension}</span>
      </div>
      <ul class="waiters">{team.callers.map((c) => <Waiter key={c.call} work={work} caller={c} />)}</ul>
    </section>
  )
}
