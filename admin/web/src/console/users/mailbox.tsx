import type { FieldProblem } from '../../shared/api'
import { codeOf } from '../../shared/codes'
import { Icon } from '../../shared/icon'
import { down, x } from '../../shared/icons'
import { SwitchRow } from '../../shared/ui/controls'
import { Picker } from '../../shared/ui/picker'
import type { Mailbox } from '../../shared/types'
import { partText } from '../errors'
import { findBoxes } from '../people'
import { t } from '../texts/users'

/** What is edited of a voicemail box. */
export interface Box {
  discard: boolean
  /** Whose box is monitored; empty for his own. */
  monitored: string
  name: string
}

/** The voicemail box of a user: where recordings go, and whose box he listens to. */
export function MailboxFields({ of: m, box, owner, email, error, onChange }: { of: Mailbox; box: Box; owner: string; email: string; error: FieldProblem | undefined; onChange(next: Box): void }) {
  return (
    <>
      <div class="field">
        <span class="label">{t('boxTitle')}</span>
        <p class="num">{t('boxCount', { n: m.new, old: m.old })}</p>
        <p class="hint">{!m.mails ? t('boxNoServer') : email ? t('boxMail', { email }) : t('boxNoMail')}</p>
      </div>
      <SwitchRow label={t('boxDiscard')} hint={t('boxDiscardHint')} on={box.discard} onChange={(discard) => onChange({ ...box, discard })} />
      <div class={'field' + (error ? ' is-bad' : '')} role="group" aria-label={t('boxMonitored')}>
        <span class="label">{t('boxMonitored')}</span>
        <div class="row wrap">
          {box.monitored ? (
            <span class="chip">
              {box.name}
              <button type="button" aria-label={t('boxBack', { name: box.name })} onClick={() => onChange({ ...box, monitored: '', name: '' })}><Icon of={x} /></button>
            </span>
          ) : <span class="second">{t('boxOwn')}</span>}
          <Picker class="btn btn--sm" label={t('boxChoose')} find={findBoxes((id) => id === owner || id === box.monitored)} onPick={(c) => onChange({ ...box, monitored: c.id, name: c.label })}>
            {t('boxChoose')}<Icon of={down} size="s" />
          </Picker>
        </div>
        {error && <p class="err" role="alert">{partText(error)}</p>}
        <p class="hint">{t('boxMonitoredHint', { code: codeOf('voicemail-watched') })}</p>
      </div>
    </>
  )
}
