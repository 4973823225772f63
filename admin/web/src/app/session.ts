import { signal } from '@preact/signals'
import { csrf, get, post, Problem } from '../shared/api'
import { lang } from '../shared/i18n'
import { kept } from '../shared/kept'
import { endSession } from '../shared/ui/signout'
import type { AppSession } from '../shared/types'
import { isOver } from './model/desk'
import { makeWork, type Work } from './model/work'

/** Who is signed in: undefined while nobody knows, null for nobody. */
export const session = signal<AppSession | null | undefined>(undefined)

/** What he works with. It stays when his session ends by itself, behind the log-in, with all that was typed. */
export const work = signal<Work | undefined>(undefined)

/** leave puts the work down. */
function leave(): void {
  work.peek()?.calls.close()
  work.peek()?.tel.close()
  work.peek()?.desk.close()
  work.value = undefined
}

export const expired = signal(false)

function begin(s: AppSession): void {
  csrf.value = s.csrf
  if (s.language && !kept('lang')) lang.value = s.language
  const same = session.peek()?.user === s.user
  session.value = s
  expired.value = false
  if (!same || !work.peek()) {
    leave()
    work.value = makeWork(s)
  }
  work.value!.desk.connect()
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
  if (await endSession('/app/session')) forget()
}

/** The session is over, here and on the server. */
export function forget(): void {
  leave()
  csrf.value = ''
  expired.value = false
  session.value = null
}

/** ended is called when the stream has ended for good: the browser may not be signed in any more. */
export function ended(): void {
  const state = work.peek()?.desk.connection.peek()
  if (state?.is === 'ended' && isOver(state.fault)) void resume().catch(() => {})
}
