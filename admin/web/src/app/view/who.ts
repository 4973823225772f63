import type { PeerCall } from '../../call'
import { bare } from '../../shared/xmpp/jid'
import { asNumber } from '../model/numbers'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { t as common } from './texts'

/** Who is at the other end of a call of this page: of who is there now, since one may have been passed on. number is '' for who has none. */
export function whoIn(work: Work, call: PeerCall): { name: string; number: string } {
  const { desk, numbers, dialler } = work
  const called = numbers.numberOf(bare(call.peer))
  if (!called) return { name: desk.nameOf(bare(call.peer)), number: '' }
  void dialler.ours.value // who it is comes with it
  const other = dialler.other(call)
  const number = other?.number || asNumber(called)
  if (other) return { name: partyName(work, { ...other, number }), number }
  return { name: number ? numbers.nameOf(number) : common('unknown'), number }
}
