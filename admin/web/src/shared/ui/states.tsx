import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { get, NoConnection, online, Problem } from '../api'
import { Icon } from '../icon'
import { alert, info, ok, search, warn } from '../icons'
import { t } from './texts'

const marks = { info, ok, warn, bad: alert }

export function Callout({ kind = 'info', children, role }: { kind?: keyof typeof marks; children: ComponentChildren; role?: 'alert' | 'status' }) {
  return (
    <div class={'callout' + (kind === 'info' ? '' : ` callout--${kind}`)} role={role}>
      <Icon of={marks[kind]} />
      <div class="grow">{children}</div>
    </div>
  )
}

/** What a place is for, and the button that fills it. */
export function Empty({ icon, title, children, action }: { icon: string; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="art"><Icon of={icon} /></span>
      <h2 class="h3">{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

export function NoHits({ q, onClear }: { q: string; onClear(): void }) {
  return <Empty icon={search} title={t('nobodyCalled', { q })} action={<button type="button" class="btn" onClick={onClear}>{t('clearSearch')}</button>} />
}

/** Why something did not load or was not done, in words for people. */
export function reason(error: unknown): string {
  if (error instanceof NoConnection) return t('noConnection')
  if (error instanceof Problem) return error.status >= 500 && error.instance ? t('failedCode', { id: error.instance }) : error.detail || error.title
  return String(error)
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <Callout kind="bad" role="alert">
      <b>{t('failed')}.</b> {reason(error)}{' '}
      {onRetry && <button type="button" class="link" onClick={onRetry}>{t('tryAgain')}</button>}
    </Callout>
  )
}

/** Waits between tries, in seconds; the last one repeats. */
const waits = [4, 8, 15, 30]

/** Above all content while the server cannot be reached; tries again by itself. */
export function Offline({ probe }: { probe: string }) {
  const left = useSignal(0)
  const tries = useSignal(0)
  const attempt = async (): Promise<void> => {
    left.value = 0
    try {
      await get(probe)
    } catch (e) {
      if (!(e instanceof NoConnection)) return
      tries.value++
      left.value = waits[Math.min(tries.value, waits.length - 1)]!
    }
  }
  useEffect(() => {
    if (online.value) {
      tries.value = 0
      return
    }
    left.value = waits[0]!
    const timer = setInterval(() => {
      if (left.value > 1) left.value--
      else if (left.value === 1) void attempt()
    }, 1000)
    return () => clearInterval(timer)
  }, [online.value])
  if (online.value) return null
  return (
    <div class="no-connection">
      <Callout kind="bad">
        <b role="alert">{t('offline')}</b> {left.value ? t('offlineIn', { n: left.value }) : t('offlineNow')}{' '}
        <button type="button" class="link" onClick={() => void attempt()}>{t('tryNow')}</button>
      </Callout>
    </div>
  )
}

/** Lines of text where text will be; says after two seconds what is awaited. */
export function Waiting({ lines = 3 }: { lines?: number }) {
  const long = useSignal(false)
  useEffect(() => {
    const timer = setTimeout(() => (long.value = true), 1800)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div class="waiting" aria-busy="true">
      {Array.from({ length: lines }, (_, i) => <div key={i} class={`skel skel-${i % 4}`} />)}
      <p class={long.value ? 'hint' : 'sr'} role="status">{long.value ? t('waiting') : t('loading')}</p>
    </div>
  )
}
