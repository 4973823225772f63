import { signal } from '@preact/signals'
import { csrf, del, get, post, Problem } from '../shared/api'
import { lang } from '../shared/i18n'
import { kept } from '../shared/kept'
import { reason } from '../shared/ui/states'
import { toast } from '../shared/ui/toast'
import { bare, domain } from '../shared/xmpp/jid'
import type { AppSession } from '../shared/types'
import { Desk, isOver } from './model/desk'

/** Who is signed in: undefined while nobody knows, null for nobody. */
export const session = signal<AppSession | null | undefined>(undefined)

/** What he works with. It stays when his session ends by itself, behind the log-in, with all that was typed. */
export const desk = signal<Desk | undefined>(undefined)

export const expired = signal(false)

function begin(s: AppSession): void {
  csrf.value = s.csrf
  if (s.language && !kept('lang')) lang.value = s.language
  const same = session.peek()?.user === s.user
  session.value = s
  expired.value = false
  if (!same || !desk.peek()) {
    desk.peek()?.close()
    const user = bare(s.user)
    desk.value = new Desk({ jid: user, name: s.displayName, domain: domain(user), groupDomain: s.groupDomain })
  }
  desk.value!.connect()
}

/** resume finds out whether the browser is signed in already. */
export async function resume(): Promise<void> {
  try {
    begin(await get<AppSession>('/app/session'))
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e
    if (session.peek()) expired.value = true
    else session.value = null
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  begin(await post<AppSession>('/app/session', { login, password }))
}

export async function signOut(): Promise<void> {
  try {
    await del('/app/session')
  } catch (e) {
    // One that is over already needs no ending; without an answer it may go on, and whoever leaves must know.
    if (!(e instanceof Problem && e.status === 401)) {
      toast({ bad: true, text: reason(e) })
      return
    }
  }
  forget()
}

/** The session is over, here and on the server. */
export function forget(): void {
  desk.peek()?.close()
  desk.value = undefined
  csrf.value = ''
  expired.value = false
  session.value = null
}

/** ended is called when the stream has ended for good: the browser may not be signed in any more. */
export function ended(): void {
  const state = desk.peek()?.connection.peek()
  if (state?.is === 'ended' && isOver(state.fault)) void resume().catch(() => {})
}
