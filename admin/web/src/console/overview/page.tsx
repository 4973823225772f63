import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { get } from '../../shared/api'
import { bytes, clock, hour, span } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { alert, chat, clock as clockIcon, door, group, laptop, ok, server, warn } from '../../shared/icons'
import { attended, useLoad } from '../../shared/load'
import { address } from '../../shared/router'
import { Segments } from '../../shared/ui/controls'
import { Failure, Waiting } from '../../shared/ui/states'
import type { Check, Overview, Series } from '../../shared/types'
import { may } from '../session'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/overview'
import { Chart, Spark } from './chart'

const refresh = 5_000
const refreshSeries = 15_000

type Range = '1h' | '24h'

/** How the server does, now and over time. */
export function OverviewPage() {
  const range = useSignal<Range>('1h')
  const now = useLoad((signal) => get<Overview>('/overview', {}, signal), [], refresh)
  const series = useLoad((signal) => get<Series>('/overview/series', { range: range.value }, signal), [range.value], refreshSeries)
  const o = now.data
  const s = series.data
  const bad = o?.health.filter((c) => c.state !== 'ok').length ?? 0
  return (
    <Page title={t('title')} class="page-overview" busy={!o && now.loading} actions={<Live />}
      note={o && (bad > 0
        ? <span class="badge badge--warn"><Icon of={warn} />{t('toDo', { n: bad })}</span>
        : <span class="badge badge--ok"><Icon of={ok} />{t('allWell')}</span>)}>
      {now.error !== undefined && <Failure error={now.error} onRetry={now.reload} />}
      {!o && now.slow && <section class="card"><Waiting lines={5} /></section>}
      {o && (
        <>
          <div class="kpis">
            <Kpi icon={laptop} name={t('sessions')} value={number(o.sessionsOnline)} note={t('usersOnline', { n: o.usersOnline, all: o.usersTotal })} spark={s?.sessions} href={may('organisation') ? address('sessions') : undefined} />
            <Kpi icon={chat} name={t('messages')} value={s ? number(Math.round(sum(s.messages))) : '…'} note={t(range.value === '1h' ? 'inLastHour' : 'inLastDay')} spark={s?.messages} />
            <Kpi icon={group} name={t('rooms')} value={number(o.rooms)} note={o.conferences.running > 0 ? t('conferences', { n: o.conferences.running, people: o.conferences.people + o.conferences.waiting }) : t('roomsPublic', { n: o.groupsPublic })} hot={o.conferences.running > 0} href={may('organisation') ? address('groups') : undefined} />
            <Kpi icon={door} name={t('guests')} value={number(o.guests)} note={t('guestsOf', { n: o.guestLimit })} hot={o.guests > 0} href={may('organisation') ? address('groups') + '?public=true' : undefined} />
            <Kpi icon={clockIcon} name={t('uptime')} value={span(o.uptimeSeconds)} note={t('version', { v: o.version })} small />
          </div>
          <div class="cols">
            <section class="card wide">
              <div class="card-head">
                <h2>{t('messagesAndSessions')}</h2>
                <span class="end row">
                  {s && <Legend of={[{ colour: 1, name: perStep(s) }, { colour: 2, name: t('sessions') }]} />}
                  <Segments<Range> label={t('range')} value={range.value} onChange={(r) => (range.value = r)} of={[{ value: '1h', label: t('hour') }, { value: '24h', label: t('day') }]} />
                </span>
              </div>
              <div class="card-body chart-body">
                {series.error !== undefined && <Failure error={series.error} onRetry={series.reload} />}
                {s && s.messages.length < 2 && <p class="muted">{t('soon')}</p>}
                {s && s.messages.length > 1 && (
                  <Chart from={new Date(s.from)} step={s.step} now={t('now')} label={sayMessages(s)} legend={number}
                    lines={[
                      { name: t('messages'), values: s.messages, colour: 1, say: (v) => number(Math.round(v)) },
                      { name: t('sessions'), values: s.sessions, colour: 2, say: (v) => number(Math.round(v)), right: true },
                    ]} />
                )}
              </div>
            </section>
            <Health checks={o.health} />
            <section class="card">
              <div class="card-head"><h2>{t('load')}</h2><span class="end"><Legend of={[{ colour: 1, name: t('cpu') }, { colour: 2, name: t('memory') }]} /></span></div>
              <div class="card-body chart-body">
                {s && s.cpu.length < 2 && <p class="muted">{t('soon')}</p>}
                {s && s.cpu.length > 1 && (
                  <Chart from={new Date(s.from)} step={s.step} now={t('now')} label={sayLoad(s)} legend={percent}
                    lines={[
                      { name: t('cpu'), values: s.cpu, colour: 1, say: percent },
                      { name: t('memory'), values: s.memory.map((m) => m / 1e6), colour: 2, say: (v) => bytes(v * 1e6), right: true },
                    ]} />
                )}
              </div>
            </section>
            <section class="card">
              <div class="card-head"><h2>{t('servers')}</h2><span class="count">{number(o.nodes.length)}</span></div>
              <ul class="rows">
                {o.nodes.map((n) => (
                  <li class="row" key={n.name}>
                    <span class="glyph"><Icon of={server} /></span>
                    <span class="grow"><b class="clip">{n.name}</b>{n.here && o.nodes.length > 1 && <small class="muted"> {t('thisOne')}</small>}</span>
                    <span class="num second">{t('nodeSessions', { n: n.sessions })}</span>
                  </li>
                ))}
              </ul>
            </section>
          </div>
        </>
      )}
    </Page>
  )
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0)
const last = (values: number[]): number => values[values.length - 1] ?? 0
const percent = (v: number): string => t('percent', { n: Math.round(v) })

function perStep(s: Series): string {
  return s.step === 60 ? t('perMinute') : t('perStep', { step: span(s.step) })
}

function sayMessages(s: Series): string {
  const max = Math.max(0, ...s.messages)
  const at = new Date(new Date(s.from).getTime() + s.messages.indexOf(max) * s.step * 1000)
  return t('chartMessages', {
    messages: perStep(s), max: Math.round(max), at: hour(at), now: Math.round(last(s.messages)), maxSessions: Math.max(0, ...s.sessions), nowSessions: last(s.sessions),
  })
}

function sayLoad(s: Series): string {
  return t('chartLoad', { cpu: percent(last(s.cpu)), maxCpu: percent(Math.max(0, ...s.cpu)), memory: bytes(last(s.memory)) })
}

function Legend({ of }: { of: { colour: 1 | 2; name: string }[] }) {
  return <span class="legend hide-sm">{of.map((l) => <span key={l.name}><i class={`dot swatch-${l.colour}`} />{l.name}</span>)}</span>
}

function Kpi({ icon, name, value, note, spark, hot, small, href }: {
  icon: string
  name: string
  value: string
  note: string
  spark?: number[] | undefined
  hot?: boolean
  small?: boolean
  href?: string | undefined
}) {
  const inside: ComponentChildren = (
    <>
      <span class={'eyebrow row' + (hot ? ' ok' : '')}><Icon of={icon} size="m" />{name}</span>
      <span class="row kpi-value"><b class={'num' + (small ? ' is-small' : '')}>{value}</b>{spark && <Spark values={spark} />}</span>
      <small>{note}</small>
    </>
  )
  const names = 'card kpi' + (hot ? ' is-hot' : '')
  return href ? <a class={names} href={href}>{inside}</a> : <div class={names}>{inside}</div>
}

const marks = { ok, warn, bad: alert }

/** What a check has seen, or what to do, in the language of the page; the server's English where there are no words for it. */
function words(what: 'seen' | 'do', c: Check, english: string): ComponentChildren {
  const [a = 0, b = 0] = c.values ?? []
  const key = `${what}_${c.name}_${c.state}_${c.values?.length ?? 0}`
  return t.has(key) ? t(key, { a, b }) : <span lang="en">{english}</span>
}

/** What was checked; what is wrong comes first, with its cause and what to do. */
function Health({ checks }: { checks: Check[] }) {
  const order = { bad: 0, warn: 1, ok: 2 }
  const sorted = [...checks].sort((a, b) => order[a.state] - order[b.state])
  return (
    <section class="card">
      <div class="card-head"><h2>{t('health')}</h2><small class="muted end">{t('checks', { n: checks.length })}</small></div>
      <ul class="health">
        {sorted.map((c) => {
          const key = `check_${c.name}`
          return (
            <li key={c.name}>
              <span class={c.state}><Icon of={marks[c.state]} size="m" /><span class="sr">{t(`state_${c.state}`)}: </span></span>
              <span>
                <b>{t.has(key) ? t(key) : c.name}</b> <span class="second">{words('seen', c, c.text)}</span>
                {c.action && <small>{words('do', c, c.action)}</small>}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** Whether the numbers follow what happens. */
function Live() {
  const now = useSignal(new Date())
  const on = useSignal(true)
  useEffect(() => {
    const timer = setInterval(() => {
      on.value = attended()
      if (on.value) now.value = new Date()
    }, 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <span class="second num row live hide-sm" title={on.value ? undefined : common('restingHint')}>
      <i class={'dot' + (on.value ? ' dot--ok' : '')} />
      {on.value ? `${common('live')} · ${clock(now.value)}` : common('resting')}
    </span>
  )
}
