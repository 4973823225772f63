import { post, type FieldProblem } from '../../shared/api'
import type { Checked, User, UserChange } from '../../shared/types'

/** All that the forms of a user have. */
export interface UserForm {
  login: string
  domain: string
  displayName: string
  extension: string
  auth: User['auth']
  password: string
  pin: string
  email: string
  language: User['language']
  timeZone: string
  callWaiting: boolean
  faxExtension: string
  voicemail: User['voicemail']
  softphone: boolean
  mobile: boolean
  mobileNumber: string
  shownNumber: string
  level: User['level']
  disabled: boolean
}

export function newUser(domain: string, extension: string): UserForm {
  return {
    login: '', domain, displayName: '', extension, auth: 'internal', password: '', pin: '', email: '', language: '', timeZone: '', callWaiting: true,
    faxExtension: '', voicemail: 'all', softphone: true, mobile: false, mobileNumber: '', shownNumber: '', level: '', disabled: false,
  }
}

export function formOf(u: User): UserForm {
  return {
    login: u.login, domain: u.domain, displayName: u.displayName, extension: u.extension, auth: u.auth, password: '', pin: '', email: u.email,
    language: u.language, timeZone: u.timeZone, callWaiting: u.callWaiting, faxExtension: u.faxExtension, voicemail: u.voicemail, softphone: u.softphone,
    mobile: u.mobile, mobileNumber: u.mobileNumber, shownNumber: u.shownNumber, level: u.level, disabled: u.state === 'disabled',
  }
}

/** What the server takes; an empty PIN keeps the one there is. */
export function dataOf(f: UserForm): Omit<UserChange, 'revision'> {
  const { login: _login, domain: _domain, password: _password, pin, ...data } = f
  return { ...data, ...(pin && { pin }) }
}

export function creationOf(f: UserForm): object {
  return { login: f.login, domain: f.domain, ...(f.auth === 'internal' && { password: f.password }), ...dataOf(f) }
}

/** What the server would say about a form. */
export async function check(f: UserForm, jid?: string): Promise<FieldProblem[]> {
  const body = jid ? { jid, login: f.login, domain: f.domain, ...dataOf(f) } : creationOf(f)
  return (await post<Checked>('/users/check', body)).errors
}
