import type { ComponentChildren } from 'preact'
import { ask } from '../shared/ui/dialog'
import { Drawer } from '../shared/ui/drawer'
import { useKey } from '../shared/ui/keys'
import { ConflictCallout } from './conflict'
import { NotSaved } from './editingpage'
import { useGuard } from './leave'
import type { Saving } from './saving'
import { t } from './texts/common'

/** A form at the side of a list, and why it was not saved. Whoever closes it before it is saved is asked. */
export function FormDrawer({ title, note, of: saving, unsaved, onSave, onOverwrite, onClose, foot, children }: {
  title: string
  note?: string
  of: Saving
  /** Whether there is anything to lose. */
  unsaved(): boolean
  onSave(): void
  /** Saves over what somebody else has stored, of which this is the revision. */
  onOverwrite?(revision: number): void
  onClose(): void
  /** Other buttons than the usual ones. */
  foot?: ComponentChildren
  children: ComponentChildren
}) {
  const loses = (): boolean => !saving.saved && unsaved()
  useGuard(loses)
  useKey('Ctrl+s', onSave)
  const close = async (): Promise<void> => {
    if (loses() && !(await ask({ title: t('leaveTitle'), body: t('leave'), keep: t('stay'), act: t('discard'), danger: true }))) return
    onClose()
  }
  const { conflict } = saving
  return (
    <Drawer title={title} {...(note !== undefined && { note })} onClose={() => void close()}
      foot={foot ?? (
        <span class="end row">
          <button type="button" class="btn" onClick={() => void close()}>{t('cancel')}</button>
          <button type="button" class="btn btn--primary" aria-busy={saving.busy} onClick={onSave}>{saving.busy && <span class="spin" aria-hidden="true" />}{t('save')}</button>
        </span>
      )}>
      <form class="form" ref={saving.within} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          onSave()
        }}>
        {conflict && onOverwrite && <div class="full"><ConflictCallout conflict={conflict} onOverwrite={() => onOverwrite(conflict.current ?? 0)} /></div>}
        {saving.failed && <div class="full"><NotSaved of={saving} /></div>}
        {children}
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{t('save')}</button>
      </form>
    </Drawer>
  )
}
