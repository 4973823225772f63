import { useSignalEffect } from '@preact/signals'
import { MeetingView } from '../../meeting/view'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { shrink } from '../../shared/icons'
import { go } from '../../shared/router'
import type { Calls, Joined } from '../model/calls'
import type { Desk } from '../model/desk'
import { groupPath } from './paths'

const t = texts({
  en: { small: 'Back to colleagues and groups, the conference goes on' },
  de: { small: 'Zurück zu Kollegen und Gruppen, die Konferenz geht weiter' },
})

/** The conference in the whole window. */
export function LargeMeeting({ desk, calls, joined: { group, call } }: { desk: Desk; calls: Calls; joined: Joined }) {
  useSignalEffect(() => {
    void group.log.value
    if (!document.hidden && document.hasFocus()) group.marks.read()
  })
  const small = (): void => {
    calls.large.value = false
    if (!desk.open.peek()) void go(groupPath(group.jid))
  }
  return (
    <MeetingView
      meeting={call}
      devices={calls.devices}
      talk={group}
      line={{ connection: desk.connection, now: () => desk.connect() }}
      group={group.name.value}
      subject={group.subject}
      occupants={group.occupants}
      aside={
        <button type="button" class="btn btn--ghost btn--icon" aria-label={t('small')} title={t('small')} onClick={small}>
          <Icon of={shrink} />
        </button>
      }
      onLeave={() => calls.leave()}
    />
  )
}
