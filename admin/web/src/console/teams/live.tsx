import { get, path, put } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { enter, leave, more, ok, pause, play, team as teamIcon } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Menu, type MenuItem } from '../../shared/ui/menu'
import { Empty, Failure, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Team, TeamLive, TeamMemberLive } from '../../shared/types'
import { t as common } from '../texts/common'
import { t } from '../texts/teams'
import { useNow, Waits } from './list'

const refresh = 2_000

const marks: Record<TeamMemberLive['doing'], string> = { free: 'ok', ringing: 'warn', talking: 'accent', busy: 'accent', wrapup: 'warn', paused: 'warn', absent: '', out: '' }

/** Who waits in a team, and what its members do: they can be let in and out, and sent into a pause. */
export function Live({ team }: { team: Team }) {
  const at = '/teams' + path(team.id)
  const live = useLoad((signal) => get<TeamLive>(at + '/live', {}, signal), [team.id, team.revision], refresh)
  const now = useNow()
  if (!live.data) return live.error !== undefined ? <div class="card-body"><Failure error={live.error} onRetry={live.reload} /></div> : <div class="card-body"><Waiting lines={5} /></div>
  const { waiting, members } = live.data
  const nameOf = (user: string): string => members.find((m) => m.user === user)?.name || user
  const move = async (m: TeamMemberLive, next: { in: boolean; paused: string }, said: string): Promise<void> => {
    try {
      await put(at + '/members' + path(m.user), next)
      toast({ text: said })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    live.reload()
  }
  const actions = (m: TeamMemberLive): MenuItem[] => {
    const name = m.name || m.user
    const dynamic = team.members.some((member) => member.user === m.user && member.dynamic)
    return [
      ...(dynamic && !m.in ? [{ label: t('logIn'), icon: enter, act: () => void move(m, { in: true, paused: '' }, t('loggedIn', { name })) }] : []),
      ...(m.in && m.paused ? [{ label: t('goOn'), icon: play, act: () => void move(m, { in: true, paused: '' }, t('goesOn', { name })) }] : []),
      ...(m.in ? team.pauseReasons.filter((r) => r.title !== m.paused).map((r) => (
        { label: t('pauseFor', { reason: r.title }), icon: pause, act: () => void move(m, { in: true, paused: r.code }, t('pauses', { name })) }
      )) : []),
      ...(dynamic && m.in ? [{ label: t('logOut'), icon: leave, apart: true, act: () => void move(m, { in: false, paused: '' }, t('loggedOut', { name })) }] : []),
    ]
  }
  return (
    <div class="col team-live">
      <section aria-labelledby="team-waiting">
        <h2 class="h4" id="team-waiting">{t('waitingTitle')}<span class="count">{number(waiting.length)}</span></h2>
        {waiting.length === 0 ? <p class="hint row" role="status"><Icon of={ok} size="m" />{t('nobodyWaits')}</p> : (
          <div class="team-scroll">
            <table class="table">
              <thead><tr><th scope="col" class="c-num team-place">{t('place')}</th><th scope="col">{t('caller')}</th><th scope="col">{t('waits')}</th><th scope="col" class="hide-sm">{t('rings')}</th></tr></thead>
              <tbody>
                {waiting.map((c, i) => (
                  <tr key={c.call}>
                    <td class="c-num">{number(i + 1)}</td>
                    <td><span class="two-lines"><b class="clip">{c.name || c.number || t('anonymous')}</b>{c.name && c.number && <small class="clip">{c.number}</small>}{c.needs.length > 0 && <small class="clip">{t('needs', { skills: c.needs.map((s) => `${s.name} ≥ ${s.level}`).join(', ') })}</small>}</span></td>
                    <td><Waits since={c.since} now={now} /></td>
                    <td class="hide-sm second"><span class="clip">{c.rings.map(nameOf).join(', ') || '–'}</span></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <section aria-labelledby="team-members">
        <h2 class="h4" id="team-members">{t('members')}<span class="count">{number(members.length)}</span></h2>
        {members.length === 0 ? <Empty icon={teamIcon} title={t('noMembers')}>{t('noMembersText')}</Empty> : (
          <div class="team-scroll">
            <table class="table">
              <thead><tr><th scope="col">{t('member')}</th><th scope="col">{t('does')}</th><th scope="col" class="hide-sm">{t('since')}</th><th scope="col" class="c-num">{t('taken')}</th><th scope="col" class="c-act"><span class="sr">{common('actions')}</span></th></tr></thead>
              <tbody>
                {members.map((m) => {
                  const items = actions(m)
                  return (
                    <tr key={m.user}>
                      <td><a class="who" href={address('users', m.user)} title={m.user}><Avatar name={m.name || m.user} of={m.user} size="sm" /><b class="clip">{m.name || m.user}</b></a></td>
                      <td><span class={'badge' + (marks[m.doing] && ` badge--${marks[m.doing]}`)}>{marks[m.doing] && <i class={`dot dot--${marks[m.doing]}`} />}{m.doing === 'paused' ? t('doing_paused_for', { reason: m.paused }) : t(`doing_${m.doing}`)}</span></td>
                      <td class="hide-sm second" title={dateTime(m.since)}>{ago(m.since)}</td>
                      <td class="c-num">{number(m.calls)}</td>
                      <td class="c-act">{items.length > 0 && <Menu class="btn btn--ghost btn--icon btn--sm" label={common('moreFor', { name: m.name || m.user })} items={items}><Icon of={more} /></Menu>}</td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </div>
  )
}
