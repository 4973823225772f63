import { useMemo } from 'preact/hooks'
import type { Meeting } from '../../call'
import { MeetingView } from '../../meeting/view'
import { RoomOnly } from '../../meeting/roomonly'
import { PhoneCode } from './code'
import type { Visit } from './visit'

/** The meeting, or the chat alone where there is no conference for us. */
export function Inside({ visit, meeting, chatOnly }: { visit: Visit; meeting: Meeting; chatOnly: boolean }) {
  const shown = useMemo(() => (chatOnly ? new RoomOnly(visit.occupants, meeting) : meeting), [meeting, chatOnly])
  return (
    <>
      <PhoneCode visit={visit} meeting={meeting} floats />
      <MeetingView
        meeting={shown}
        devices={visit.devices}
        talk={visit}
        line={visit}
        group={visit.invited.value?.group ?? ''}
        subject={visit.subject}
        occupants={visit.occupants}
        chatOnly={chatOnly}
        onLeave={() => visit.leave()}
      />
    </>
  )
}
