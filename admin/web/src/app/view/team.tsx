import { lasted } from '../../meeting/view'
import { path } from '../../shared/api'
import { texts, number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { door, down, enter, ok, pause, phone, phoneIn, play, team as teamIcon } from '../../shared/icons'
import { address } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Menu } from '../../shared/ui/menu'
import { Empty, Waiting } from '../../shared/ui/states'
import type { Caller, Team } from '../model/snapshot'
import type { Work } from '../model/work'
import { Calls } from './journal'
import { Handset } from './marks'
import { Page, tell, useNow } from './page'
import { doing, teamsOf, worry } from './teamrow'
import { t as common } from './texts'
import { Messages } from './voicemail'

const t = texts({
  en: {
    own: 'You in this team',
    logIn: 'Log in',
    logOut: 'Log out',
    pause: 'Pause',
    goOn: 'Go on',
    waiting: 'Waiting callers',
    nobody: 'Nobody waits',
    caller: 'Caller',
    waits: 'Waits',
    rings: 'Rings at',
    ringsYou: 'rings you',
    pickup: 'Pick up',
    pickupOf: 'Pick up the call of {name}',
    journal: 'Calls of the team',
    box: 'Messages for the team',
    boxNone: 'Callers whom nobody answers can leave a message here. What one member has heard is heard for all.',
    members: 'Members',
    member: 'Member',
    does: 'Does',
    phone: 'Telephone',
    since: 'Since',
    calls: 'Calls',
    actions: 'Actions',
    anonymous: 'Anonymous',
    foreign: 'You are not in this team',
    foreignLead: 'What goes on in it is shown to its members. You can call it at {number}.',
    foreignOnly: 'What goes on in it is shown to its members.',
    missing: 'This team is not among yours',
    missingLead: 'It was deleted, or you do not see it any more.',
    back: 'Show my teams',
  },
  de: {
    own: 'Sie in diesem Team',
    logIn: 'Anmelden',
    logOut: 'Abmelden',
    pause: 'Pause',
    goOn: 'Weiter',
    waiting: 'Wartende Anrufer',
    nobody: 'Niemand wartet',
    caller: 'Anrufer',
    waits: 'Wartet',
    rings: 'Klingelt bei',
    ringsYou: 'klingelt bei Ihnen',
    pickup: 'Heranholen',
    pickupOf: 'Anruf von {name} heranholen',
    journal: 'Anrufe des Teams',
    box: 'Nachrichten für das Team',
    boxNone: 'Anrufer, die niemand annimmt, können hier eine Nachricht hinterlassen. Was ein Mitglied gehört hat, gilt für alle als gehört.',
    members: 'Mitglieder',
    member: 'Mitglied',
    does: 'Zustand',
    phone: 'Telefon',
    since: 'Seit',
    calls: 'Anrufe',
    actions: 'Aktionen',
    anonymous: 'Anonym',
    foreign: 'Sie sind nicht in diesem Team',
    foreignLead: 'Was darin geschieht, sehen seine Mitglieder. Sie erreichen es unter {number}.',
    foreignOnly: 'Was darin geschieht, sehen seine Mitglieder.',
    missing: 'Dieses Team ist nicht unter Ihren Teams',
    missingLead: 'Es wurde gelöscht, oder Sie sehen es nicht mehr.',
    back: 'Meine Teams zeigen',
  },
})

/** A team: who waits, what its members do, and oneself in it (B9). */
export function TeamPage({ work, id }: { work: Work; id: string }) {
  const live = work.tel.teams.value.get(id)
  const seen = live ?? teamsOf(work, 'en').find((x) => x.id === id)
  if (!seen) {
    if (!work.tel.self.value && !work.numbers.teams.length) return <div class="talk-empty"><Waiting /></div>
    return (
      <div class="talk-empty">
        <Empty icon={teamIcon} title={t('missing')} action={<a class="btn" href={address()}>{t('back')}</a>}>{t('missingLead')}</Empty>
      </div>
    )
  }
  const box = work.tel.voicemail.value.teams.get(id)
  const title = (
    <>
      <h1><span class="clip" dir="auto">{seen.name}</span></h1>
      <small class="muted num">{seen.extension}</small>
    </>
  )
  const call = seen.extension && (
    <button type="button" class="btn btn--ghost btn--icon" aria-label={common('call', { name: seen.name })} title={common('call', { name: seen.name })} onClick={() => void tell(work.dialler.dial(seen.extension))}>
      <Icon of={phone} />
    </button>
  )
  if (!live) {
    return (
      <Page title={title} aside={call}>
        <Empty icon={teamIcon} title={t('foreign')}>{seen.extension ? t('foreignLead', { number: seen.extension }) : t('foreignOnly')}</Empty>
      </Page>
    )
  }
  return (
    <Page title={title} aside={call}>
      <OwnState work={work} team={live} />
      <section class="card" aria-labelledby="team-waiting">
        <div class="card-head">
          <h2 id="team-waiting">{t('waiting')}</h2>
          {live.callers.length > 0 && <span class="badge badge--bad num">{number(live.callers.length)}</span>}
        </div>
        {live.callers.length > 0
          ? <ul class="waiters">{live.callers.map((c) => <Waiter key={c.call} work={work} caller={c} />)}</ul>
          : <p class="card-body muted row"><Icon of={ok} size="m" />{t('nobody')}</p>}
      </section>
      <section class="card" aria-labelledby="team-members">
        <div class="card-head"><h2 id="team-members">{t('members')}</h2></div>
        <Members work={work} team={live} />
      </section>
      {box && (
        <section class="team-journal" aria-labelledby="team-box">
          <h2 id="team-box">{t('box')}</h2>
          <Messages work={work} at={`/app/teams${path(live.id)}/voicemail`} counts={`${box.fresh} ${box.old}`} none={t('boxNone')} />
        </section>
      )}
      <section class="team-journal" aria-labelledby="team-journal">
        <h2 id="team-journal">{t('journal')}</h2>
        <Calls work={work} at={`/app/teams${path(live.id)}/journal`} query={{}} fresh={`${work.tel.journal.value} ${live.callers.length}`} />
      </section>
    </Page>
  )
}

/** What one does in the team oneself, and how to change it. */
function OwnState({ work: { desk, tel }, team }: { work: Work; team: Team }) {
  const me = team.members.find((m) => m.jid === desk.me.jid)
  if (!me) return null
  const paused = me.paused !== '' || me.doing === 'paused'
  const state = doing(team, me, true)
  return (
    <section class="card own-state" aria-label={t('own')}>
      <b class="grow">{t('own')} <span class={'badge' + (state.kind && ` badge--${state.kind}`)} role="status">{state.text}</span></b>
      {me.in && paused && (
        <button type="button" class="btn btn--ok" onClick={() => void tell(tel.team(team.id, 'unpause'))}>
          <Icon of={play} />
          {t('goOn')}
        </button>
      )}
      {me.in && team.reasons.length > 0 && (
        <Menu class="btn" items={team.reasons.map((r) => ({ id: r.code, label: r.title, icon: pause, chosen: paused && r.code === me.paused, act: () => void tell(tel.team(team.id, 'pause', r.code)) }))}>
          <Icon of={pause} />
          {t('pause')}
          <Icon of={down} />
        </Menu>
      )}
      {me.dynamic && (
        <button type="button" class={me.in ? 'btn' : 'btn btn--primary'} onClick={() => void tell(tel.team(team.id, me.in ? 'logout' : 'login'))}>
          <Icon of={me.in ? door : enter} />
          {t(me.in ? 'logOut' : 'logIn')}
        </button>
      )}
    </section>
  )
}

/** Somebody who waits, how long, and the way to take his call. */
export function Waiter({ work: { desk, dialler }, caller }: { work: Work; caller: Caller }) {
  const now = useNow()
  const kind = worry(now - caller.since)
  const name = caller.name || caller.number || t('anonymous')
  const mine = caller.rings.includes(desk.me.jid)
  return (
    <li class="part">
      <i class={`dot dot--${kind}`} />
      <span class="grow">
        <b class="clip num" dir="auto">{name}</b>
        {caller.name && caller.number && <small class="num clip">{caller.number}</small>}
        {caller.rings.length > 0 && !mine && <small class="clip">{t('rings')} {caller.rings.map((r) => desk.nameOf(r)).join(', ')}</small>}
      </span>
      <b class={`num ${kind}`}>{lasted(now - caller.since)}</b>
      {mine ? <span class="muted">{t('ringsYou')}</span> : (
        <button type="button" class="btn btn--sm" aria-label={t('pickupOf', { name })} onClick={() => void tell(dialler.take(caller))}>
          <Icon of={phoneIn} />
          {t('pickup')}
        </button>
      )}
    </li>
  )
}

function Members({ work: { desk, dialler, numbers }, team }: { work: Work; team: Team }) {
  const now = useNow()
  const inFirst = [...team.members].sort((a, b) => Number(b.in) - Number(a.in))
  return (
    <div class="team-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('member')}</th><th scope="col">{t('does')}</th><th scope="col" class="hide-sm">{t('phone')}</th>
            <th scope="col" class="hide-sm c-num">{t('since')}</th><th scope="col" class="hide-sm c-num">{t('calls')}</th><th scope="col"><span class="sr">{t('actions')}</span></th>
          </tr>
        </thead>
        <tbody>
          {inFirst.map((m) => {
            const state = doing(team, m)
            const extension = m.jid === desk.me.jid ? '' : numbers.extensionOf(m.jid)
            return (
              <tr key={m.jid}>
                <td><span class="who"><Avatar name={m.name} size="sm" presence={desk.presences.of(m.jid).show} /><b class="clip" dir="auto">{m.name}</b></span></td>
                <td><span class={'badge' + (state.kind && ` badge--${state.kind}`)}>{state.text}</span></td>
                <td class="hide-sm"><Handset of={desk.presences.phone(m.jid)} /></td>
                <td class="hide-sm c-num">{m.since ? lasted(now - m.since) : '–'}</td>
                <td class="hide-sm c-num">{number(m.calls)}</td>
                <td class="c-act">
                  {extension && (
                    <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={common('call', { name: m.name })} title={common('call', { name: m.name })} onClick={() => void tell(dialler.dial(extension))}>
                      <Icon of={phone} />
                    </button>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
