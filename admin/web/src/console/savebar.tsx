import type { ComponentChildren } from 'preact'
import { useKey } from '../shared/ui/keys'
import { t } from './texts/common'

/** The bar under a page with something to save: what saving will do, and the way back. */
export function SaveBar({ children, changed, busy, errors, onSave, onDiscard }: {
  children?: ComponentChildren
  changed: boolean
  busy: boolean
  errors: number
  onSave(): void
  onDiscard(): void
}) {
  useKey('Ctrl+s', onSave)
  return (
    <footer class="savebar">
      <span class="second grow" role="status">{errors > 0 ? <span class="bad">{t('attention', { n: errors })}</span> : changed ? children : <span class="muted">{t('nothingToSave')}</span>}</span>
      <span class="end row">
        <button type="button" class="btn" disabled={!changed} onClick={onDiscard}>{t('discard')}</button>
        <button type="button" class="btn btn--primary" aria-busy={busy} aria-keyshortcuts="Control+S" onClick={onSave}>
          {busy && <span class="spin" aria-hidden="true" />}
          {t('save')}
          <kbd class="kbd-on-accent hide-sm" aria-hidden="true">Ctrl S</kbd>
        </button>
      </span>
    </footer>
  )
}
