import { useSignal } from '@preact/signals'
import { useId, useRef } from 'preact/hooks'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { device as deviceIcon, left, lefts, lock, right, rights } from '../../shared/icons'
import { announce } from '../../shared/ui/live'
import { Empty } from '../../shared/ui/states'
import type { Device } from '../../shared/types'
import { t } from '../texts/devices'
import { t as assign } from '../texts/permissions'
import { deviceIcons } from './kinds'

type Side = 'available' | 'assigned'

/** Devices that nobody has beside those of a user; arrows and keys move them either way. Nothing is sent before the form is saved. */
export function DeviceColumns({ all, chosen, name, onChange }: { all: Device[]; chosen: string[]; name: string; onChange(ids: string[]): void }) {
  const picked = { available: useSignal<string[]>([]), assigned: useSignal<string[]>([]) }
  const box = useRef<HTMLDivElement>(null)
  const rows = (side: Side): Device[] => all.filter((d) => chosen.includes(d.id) === (side === 'assigned'))
  const free = (side: Side): string[] => rows(side).filter((d) => !d.bySwitch).map((d) => d.id)
  const move = (to: Side, ids: string[]): void => {
    if (!ids.length) return
    picked.available.value = []
    picked.assigned.value = []
    announce(assign(to === 'assigned' ? 'movedIn' : 'movedOut', { n: ids.length }))
    onChange((to === 'assigned' ? [...chosen, ...ids] : chosen.filter((id) => !ids.includes(id))).sort())
  }
  const column = (side: Side) => (
    <Column side={side} rows={rows(side)} name={name} picked={picked[side].value} onPicked={(ids) => (picked[side].value = ids)}
      onMove={(ids) => move(side === 'available' ? 'assigned' : 'available', ids)}
      onOther={() => box.current?.querySelector<HTMLElement>(`[data-side=${side === 'available' ? 'assigned' : 'available'}] [role=listbox]`)?.focus()} />
  )
  const button = (label: string, icon: string, ids: string[], to: Side, primary = false) => (
    <button type="button" class={'btn btn--icon' + (primary && ids.length ? ' btn--primary' : '')} aria-label={label} title={label} disabled={!ids.length} onClick={() => move(to, ids)}><Icon of={icon} /></button>
  )
  return (
    <div class="full col">
      <p class="hint">{t('columnsHint')}</p>
      <div class="assign" ref={box}>
        {column('available')}
        <div class="assign-mid">
          {button(assign('assignSelected', { n: picked.available.value.length }), right, picked.available.value, 'assigned', true)}
          {button(assign('takeSelected', { n: picked.assigned.value.length }), left, picked.assigned.value, 'available', true)}
          <span class="assign-gap" />
          {button(assign('assignAll', { n: free('available').length }), rights, free('available'), 'assigned')}
          {button(assign('takeAll', { n: free('assigned').length }), lefts, free('assigned'), 'available')}
        </div>
        {column('assigned')}
      </div>
      <p class="hint row wrap keys hide-sm">
        <span><kbd>{assign('keySpace')}</kbd> {assign('keySelect')}</span>
        <span><kbd>→</kbd> <kbd>←</kbd> {assign('keyMove')}</span>
        <span><kbd>Tab</kbd> {assign('keyTab')}</span>
      </p>
    </div>
  )
}

interface ColumnProps {
  side: Side
  rows: Device[]
  name: string
  picked: string[]
  onPicked(ids: string[]): void
  onMove(ids: string[]): void
  onOther(): void
}

function Column({ side, rows, name, picked, onPicked, onMove, onOther }: ColumnProps) {
  const active = useSignal(0)
  const prefix = useId()
  const at = Math.min(active.value, rows.length - 1)
  const toggle = (d: Device | undefined): void => {
    if (!d || d.bySwitch) return
    onPicked(picked.includes(d.id) ? picked.filter((id) => id !== d.id) : [...picked, d.id])
  }
  const keys = (e: KeyboardEvent): void => {
    const now = rows[at]
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }
    const next = to[e.key]
    if (next !== undefined) active.value = Math.max(0, Math.min(next, rows.length - 1))
    else if (e.key === ' ') toggle(now)
    else if ((e.key === 'ArrowRight' && side === 'available') || (e.key === 'ArrowLeft' && side === 'assigned') || e.key === 'Enter') {
      onMove(picked.length ? picked : now && !now.bySwitch ? [now.id] : [])
    } else if (e.key === 'Tab' && !e.shiftKey && side === 'available') onOther()
    else return
    e.preventDefault()
  }
  return (
    <div class="assign-col" data-side={side}>
      <div class="assign-head"><h2 class="h4">{assign(side)}</h2><span class="count">{number(rows.length)}</span>{picked.length > 0 && <span class="end muted small">{assign('selected', { n: picked.length })}</span>}</div>
      <div class="assign-list" role="listbox" aria-multiselectable="true" aria-label={t(side === 'available' ? 'availableDevices' : 'assignedDevices', { name })} tabIndex={0}
        aria-activedescendant={rows[at] ? `${prefix}-${at}` : undefined} onKeyDown={keys}>
        {rows.map((d, i) => (
          <div key={d.id} id={`${prefix}-${i}`} role="option" aria-selected={picked.includes(d.id)} aria-disabled={d.bySwitch || undefined} class={'assign-item' + (i === at ? ' is-active' : '')}
            title={d.bySwitch ? t('bySwitchHint') : d.name}
            onClick={() => {
              active.value = i
              toggle(d)
            }}
            onDblClick={() => !d.bySwitch && onMove([d.id])}>
            <span class="glyph"><Icon of={deviceIcons[d.kind]} /></span>
            <span class="clip">{d.name}</span>
            {d.bySwitch ? <span class="meta"><Icon of={lock} size="s" /><span class="sr">, {t('locked')}</span></span> : <span class="meta mono">{d.sipUser}</span>}
          </div>
        ))}
        {!rows.length && (
          <div role="presentation" class="assign-none">
            <Empty icon={deviceIcon} title={t(side === 'assigned' ? 'noneAssigned' : 'noneAvailable')}>{side === 'assigned' && t('noneAssignedText')}</Empty>
          </div>
        )}
      </div>
    </div>
  )
}
