import { Icon } from '../../shared/icon'
import { down, x } from '../../shared/icons'
import type { FieldProblem } from '../../shared/api'
import { useLoad } from '../../shared/load'
import { Picker } from '../../shared/ui/picker'
import type { CallChoices } from '../../shared/types'
import { findBoxes, nameOf } from '../people'
import { t } from '../texts/callflow'
import { wrong } from './wrong'

/** Whose voicemail box callers get to: a user's or a team's, or that of who is called where somebody is. */
export function Box({ box, own, choices, error, onChange }: { box: string; own: boolean; choices: CallChoices; error: FieldProblem | undefined; onChange(box: string): void }) {
  const team = choices.teams.find((o) => o.id === box)
  const user = useLoad(async (signal) => (box.includes('@') ? nameOf(box, signal) : ''), [box])
  const name = team?.name ?? (user.data || box)
  return (
    <div class={'field' + (error ? ' is-bad' : '')} role="group" aria-label={t('box')}>
      <span class="label">{t('box')}</span>
      <div class="row wrap">
        {box ? (
          <span class="chip" title={team?.extension ?? box}>
            {name}
            <button type="button" aria-label={t('boxBack', { name })} onClick={() => onChange('')}><Icon of={x} /></button>
          </span>
        ) : <span class="second">{t(own ? 'boxOwn' : 'boxNone')}</span>}
        <Picker class="btn btn--sm" label={t('boxChoose')} find={findBoxes((id) => id === box)} onPick={(c) => onChange(c.id)}>
          {t('boxChoose')}<Icon of={down} size="s" />
        </Picker>
      </div>
      {error && <p class="err" role="alert">{wrong(error)}</p>}
    </div>
  )
}
