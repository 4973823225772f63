import { useEffect } from 'preact/hooks'
import { lang, texts } from '../../shared/i18n'
import { Questions } from '../../shared/ui/dialog'
import { LiveRegions } from '../../shared/ui/live'
import { Toasts } from '../../shared/ui/toast'
import { Frame } from './frame'
import { Inside } from './inside'
import { Options } from './options'
import { Plain } from './plain'
import type { Visit } from './visit'
import { Waiting } from './waiting'

const t = texts({
  en: { invalid: 'This link leads nowhere', unreachable: 'The server does not answer', busy: 'Too many attempts', join: 'Join {group}' },
  de: { invalid: 'Dieser Link führt nirgendwohin', unreachable: 'Der Server antwortet nicht', busy: 'Zu viele Versuche', join: '{group} beitreten' },
})

/** The guest page: the options before a meeting, the waiting area, the meeting, and what is said when there is none. */
export function Page({ visit }: { visit: Visit }) {
  const screen = visit.screen.value
  const part = visit.part.value
  return (
    <>
      {part && screen === 'waiting' && <Waiting visit={visit} meeting={part} />}
      {part && (screen === 'meeting' || screen === 'chat') && <Inside key={screen} visit={visit} meeting={part} chatOnly={screen === 'chat'} />}
      {!(part && ['waiting', 'meeting', 'chat'].includes(screen)) && <Before visit={visit} />}
      <Questions />
      <Toasts />
      <LiveRegions />
    </>
  )
}

function Before({ visit }: { visit: Visit }) {
  const screen = visit.screen.value
  const group = visit.invited.value?.group ?? ''
  const plain = screen === 'invalid' || screen === 'unreachable' || screen === 'busy' ? screen : undefined
  useEffect(() => {
    const what = plain ? t(plain) : group && t('join', { group })
    document.title = [what, 'Plenum'].filter(Boolean).join(' · ')
  }, [plain, group, lang.value])
  return (
    <Frame>
      {screen === 'options' && <Options visit={visit} />}
      {plain && <Plain visit={visit} what={plain} />}
    </Frame>
  )
}
