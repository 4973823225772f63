import { texts } from '../../shared/i18n'
import type { Calls } from '../model/calls'
import type { Desk } from '../model/desk'
import { ConferenceCard } from './conference'
import { PeerCard } from './peer'

const t = texts({ en: { calls: 'Calls' }, de: { calls: 'Anrufe' } })

/** What one talks in, beside the chat. */
export function CallColumn({ desk, calls, peersOnly = false }: { desk: Desk; calls: Calls; peersOnly?: boolean }) {
  const peer = calls.peers.current.value
  const joined = peersOnly ? undefined : calls.joined.value
  if (!peer && !joined) return null
  return (
    <aside class="calls" aria-label={t('calls')}>
      {peer && <PeerCard desk={desk} calls={calls} call={peer} />}
      {joined && <ConferenceCard calls={calls} joined={joined} />}
    </aside>
  )
}
