import { signal } from '@preact/signals'
import { csrf, del, get, onSignedOut, post, Problem } from '../shared/api'

export type Level = 'SystemAdministrator' | 'Administrator' | 'PBXManager' | 'PhonebookManager' | 'GrafanaViewer'

export interface Session {
  user: string
  displayName: string
  level: Level
  csrf: string
  language?: string
  expires: string
}

/** Who is signed in: undefined while nobody knows, null for nobody. */
export const session = signal<Session | null | undefined>(undefined)

onSignedOut(() => {
  if (session.value) session.value = null
})

function begin(s: Session): void {
  csrf.value = s.csrf
  session.value = s
}

export async function resume(): Promise<void> {
  try {
    begin(await get<Session>('/session'))
  } catch (e) {
    if (!(e instanceof Problem)) throw e
    session.value = null
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  begin(await post<Session>('/session', { login, password }))
}

export async function signOut(): Promise<void> {
  await del('/session')
  session.value = null
}
