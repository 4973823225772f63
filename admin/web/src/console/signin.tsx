import { SignInForm } from '../shared/ui/signin'
import { forget, session, signIn } from './session'
import { t } from './texts/signin'

/** The way in; again: over a page whose session has ended, which stays as it is. */
export function SignIn({ again = false }: { again?: boolean }) {
  return (
    <SignInForm lead={t('lead', { host: location.hostname })} refused={t('refused')} signIn={signIn} forget={forget}
      again={again ? session.value!.user : undefined} />
  )
}
