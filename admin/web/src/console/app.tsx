import { useEffect } from 'preact/hooks'
import { SignIn } from './signin'
import { resume, session } from './session'

export function App() {
  useEffect(() => {
    void resume()
  }, [])
  if (session.value === undefined) return null
  if (session.value === null) return <SignIn />
  return <main>{session.value.displayName}</main>
}
