import { signal } from '@preact/signals'
import { csrf, get, onSignedOut, post, Problem } from '../shared/api'
import { loadCodes } from '../shared/codes'
import { kept } from '../shared/kept'
import { endSession } from '../shared/ui/signout'
import { lang } from '../shared/i18n'
import type { Session } from '../shared/types'

export type Level = Session['level']
export type Right = Session['rights'][number]

/** Who is signed in: undefined while nobody knows, null for nobody. */
export const session = signal<Session | null | undefined>(undefined)

/** The session ended by itself while a page was open: the page waits behind the log-in with all that was typed. */
export const expired = signal(false)

onSignedOut(() => {
  if (session.peek()) expired.value = true
})

function begin(s: Session): void {
  csrf.value = s.csrf
  if (s.language && !kept('lang')) lang.value = s.language
  session.value = s
  expired.value = false
  if (s.rights.includes('organisation')) void loadCodes('/codes')
}

export async function resume(): Promise<void> {
  try {
    begin(await get<Session>('/session'))
  } catch (e) {
    // 403: he is signed in to the users' app, and his level opens nothing here. Somebody else may sign in.
    if (!(e instanceof Problem) || (e.status !== 401 && e.status !== 403)) throw e
    session.value = null
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  begin(await post<Session>('/session', { login, password }))
}

export async function signOut(): Promise<void> {
  if (await endSession('/session')) forget()
}

/** The session is over, here and on the server. */
export function forget(): void {
  csrf.value = ''
  expired.value = false
  session.value = null
}

export function may(right: Right): boolean {
  return session.value?.rights.includes(right) ?? false
}
