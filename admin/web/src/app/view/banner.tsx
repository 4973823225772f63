import { useSecondsUntil } from '../../meeting/countdown'
import { texts } from '../../shared/i18n'
import { Callout } from '../../shared/ui/states'
import { t as ui } from '../../shared/ui/texts'
import { isOver, type Desk } from '../model/desk'

const t = texts({
  en: {
    keeps: 'You can read on. What you write goes out as soon as it is back.',
    over: 'This page is no longer connected: {text}',
    elsewhere: 'Another page has taken its place.',
    connect: 'Connect again',
  },
  de: {
    keeps: 'Sie können weiterlesen. Was Sie schreiben, geht hinaus, sobald sie wieder da ist.',
    over: 'Diese Seite ist nicht mehr verbunden: {text}',
    elsewhere: 'Eine andere Seite ist an ihre Stelle getreten.',
    connect: 'Wieder verbinden',
  },
})

/** Above all content while the connection is lost; the page stays readable. */
export function Banner({ desk }: { desk: Desk }) {
  const state = desk.connection.value
  const left = useSecondsUntil(state.is === 'waiting' ? state.until : 0)
  if (state.is === 'waiting' || (state.is === 'connecting' && desk.grouped.value)) {
    return (
      <div class="banner">
        <Callout kind="warn">
          <b role="alert">{ui('offline')}</b> {t('keeps')}{' '}
          <span class="num" aria-hidden="true">{state.is === 'waiting' ? ui('offlineIn', { n: left }) : ui('offlineNow')}</span>{' '}
          <button type="button" class="link" onClick={() => desk.connect()}>{ui('tryNow')}</button>
        </Callout>
      </div>
    )
  }
  if (state.is !== 'ended' || !state.fault || isOver(state.fault)) return null
  const { fault } = state
  const text = fault.is === 'stream' && fault.condition === 'conflict' ? t('elsewhere') : ('text' in fault && fault.text) || ('condition' in fault ? fault.condition : fault.is)
  return (
    <div class="banner">
      <Callout kind="bad">
        <span role="alert">{t('over', { text })}</span> <button type="button" class="link" onClick={() => desk.connect()}>{t('connect')}</button>
      </Callout>
    </div>
  )
}
