import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Problem, type Conflict } from '../shared/api'
import { ago } from '../shared/format'
import { Dialog } from '../shared/ui/dialog'
import { Callout } from '../shared/ui/states'
import { nameOf } from './people'
import { t } from './texts/common'

/** The conflict in what a save was refused with. */
export function conflictOf(cause: unknown): Conflict | undefined {
  return cause instanceof Problem && cause.status === 409 ? cause.conflict : undefined
}

/** The name of an address, which stands for it until it is known. */
function useName(address: string): string {
  const name = useSignal(address.split('@')[0] ?? '')
  useEffect(() => {
    const control = new AbortController()
    if (address) void nameOf(address, control.signal).then((found) => (name.value = found))
    return () => control.abort()
  }, [address])
  return name.value || t('someone')
}

/** Somebody else was faster: who, when, and what can be done about it. */
export function ConflictCallout({ conflict, onCompare, onOverwrite }: { conflict: Conflict; onCompare?(): void; onOverwrite(): void }) {
  const who = useName(conflict.by)
  return (
    <Callout kind="bad" role="alert">
      <div class="row wrap">
        <span class="grow">{conflict.at ? t('conflict', { who, when: ago(conflict.at) }) : t('conflictUnknown')}</span>
        {onCompare && <button type="button" class="btn btn--sm" onClick={onCompare}>{t('compare')}</button>}
        <button type="button" class="btn btn--sm" onClick={onOverwrite}>{t('overwrite')}</button>
      </div>
    </Callout>
  )
}

export interface Difference {
  label: string
  yours: string
  theirs: string
}

/** The two versions beside each other, where they differ. */
export function Compare({ rows, onClose, onTakeTheirs, onOverwrite }: { rows: Difference[]; onClose(): void; onTakeTheirs(): void; onOverwrite(): void }) {
  const differ = rows.filter((r) => r.yours !== r.theirs)
  return (
    <Dialog title={t('compareTitle')} onClose={onClose} class="dialog--wide"
      foot={
        <>
          <button type="button" class="btn" onClick={onClose}>{t('cancel')}</button>
          <button type="button" class="btn" onClick={onTakeTheirs}>{t('takeTheirs')}</button>
          <button type="button" class="btn btn--primary" onClick={onOverwrite}>{t('overwrite')}</button>
        </>
      }>
      {differ.length === 0 ? <p>{t('compareSame')}</p> : (
        <table class="compare">
          <thead>
            <tr><th scope="col">{t('compareField')}</th><th scope="col">{t('compareYours')}</th><th scope="col">{t('compareTheirs')}</th></tr>
          </thead>
          <tbody>
            {differ.map((r) => <tr key={r.label}><th scope="row">{r.label}</th><td>{r.yours || '–'}</td><td>{r.theirs || '–'}</td></tr>)}
          </tbody>
        </table>
      )}
    </Dialog>
  )
}
