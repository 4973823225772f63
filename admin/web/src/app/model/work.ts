import { loadCodes } from '../../shared/codes'
import type { AppSession } from '../../shared/types'
import { bare, domain } from '../../shared/xmpp/jid'
import { Calls } from './calls'
import { Desk } from './desk'
import { Dialler } from './dialler'
import { Numbers } from './numbers'
import { Telephony } from './telephony'

/** Work is all that a user works with. */
export interface Work {
  readonly desk: Desk
  readonly calls: Calls
  readonly tel: Telephony
  readonly numbers: Numbers
  readonly dialler: Dialler
}

export function makeWork(s: AppSession): Work {
  const user = bare(s.user)
  const desk = new Desk({ jid: user, name: s.displayName, domain: domain(user), groupDomain: s.groupDomain, numberDomain: s.numberDomain })
  const numbers = new Numbers(desk)
  const tel = new Telephony(desk, numbers)
  const calls = new Calls(desk)
  void loadCodes('/app/codes')
  return { desk, calls, tel, numbers, dialler: new Dialler(tel, calls, numbers) }
}
