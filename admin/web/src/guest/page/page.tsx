import { useEffect } from 'preact/hooks'
import { lang, texts } from '../../shared/i18n'
import { Frame } from './frame'
import { Meeting } from './meeting'
import { Options } from './options'
import { Plain } from './plain'
import type { Visit } from './visit'

const t = texts({
  en: { invalid: 'This link leads nowhere', unreachable: 'The server does not answer', busy: 'Too many attempts', join: 'Join {group}' },
  de: { invalid: 'Dieser Link führt nirgendwohin', unreachable: 'Der Server antwortet nicht', busy: 'Zu viele Versuche', join: '{group} beitreten' },
})

/** The guest page: the options before a meeting, the meeting, and what is said when there is none. */
export function Page({ visit }: { visit: Visit }) {
  const screen = visit.screen.value
  const group = visit.invited.value?.group ?? ''
  const plain = screen === 'invalid' || screen === 'unreachable' || screen === 'busy' ? screen : undefined
  useEffect(() => {
    if (screen === 'meeting') return // it counts what is new
    const what = plain ? t(plain) : group && t('join', { group })
    document.title = [what, 'Plenum'].filter(Boolean).join(' · ')
  }, [screen, group, lang.value])
  if (screen === 'meeting') return <Meeting visit={visit} />
  return (
    <Frame>
      {screen === 'options' && <Options visit={visit} />}
      {plain && <Plain visit={visit} what={plain} />}
    </Frame>
  )
}
