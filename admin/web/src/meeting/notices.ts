import { useSignalEffect } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Change, Devices, Meeting, Notice, Participant } from '../call'
import { texts } from '../shared/i18n'
import { announce } from '../shared/ui/live'
import { toast } from '../shared/ui/toast'
import { news } from './news'
import { give } from './orders'

const t = texts({
  en: {
    came: '{nick} has come', left: '{nick} has left', cameMany: '{n} person has come|{n} people have come', leftMany: '{n} person has left|{n} people have left',
    hands: '{nick} raises the hand', waiting: '{nick} would like to come in', sharing: '{nick} shares the screen', admit: 'Let in',
    muted: '{by} has muted you.', stoppedCamera: '{by} has turned your camera off.', stoppedScreen: '{by} has ended the sharing of your screen.',
    unshared: 'Your screen is not shared any more.', someone: 'A moderator', on: 'Turn on',
    gone: '{label} is gone.', goneInstead: '{label} is gone. In use now: {instead}.', back: '{label} is there again and in use.', device: 'A device',
    reconnecting: 'Connection lost. The meeting goes on as soon as it is back.', connected: 'Connected again.',
  },
  de: {
    came: '{nick} ist gekommen', left: '{nick} ist gegangen', cameMany: '{n} Person ist gekommen|{n} Personen sind gekommen', leftMany: '{n} Person ist gegangen|{n} Personen sind gegangen',
    hands: '{nick} hebt die Hand', waiting: '{nick} möchte herein', sharing: '{nick} teilt den Bildschirm', admit: 'Einlassen',
    muted: '{by} hat Sie stummgeschaltet.', stoppedCamera: '{by} hat Ihre Kamera ausgeschaltet.', stoppedScreen: '{by} hat das Teilen Ihres Bildschirms beendet.',
    unshared: 'Ihr Bildschirm wird nicht mehr geteilt.', someone: 'Die Moderation', on: 'Einschalten',
    gone: '{label} ist weg.', goneInstead: '{label} ist weg. Jetzt in Gebrauch: {instead}.', back: '{label} ist wieder da und in Gebrauch.', device: 'Ein Gerät',
    reconnecting: 'Verbindung verloren. Die Besprechung geht weiter, sobald sie wieder da ist.', connected: 'Wieder verbunden.',
  },
})

/** What happens without the user's doing is said: at the edge where he may want to act, and to those who do not see the page. */
export function useNotices(meeting: Meeting, devices: Devices): void {
  const people = useRef<readonly Participant[] | undefined>(undefined)
  useSignalEffect(() => {
    const now = meeting.participants.value
    const before = people.current
    people.current = now
    if (before) sayNews(meeting, before, now)
  })
  useLatest(meeting.notice, (n) => sayNotice(meeting, n))
  useLatest(devices.change, sayChange)
}

/** useLatest acts on each value that comes after the page is there. */
function useLatest<T extends { readonly n: number }>(from: { readonly value: T | undefined; peek(): T | undefined }, act: (it: T) => void): void {
  const last = useRef(from.peek()?.n ?? 0)
  useSignalEffect(() => {
    const it = from.value
    if (!it || it.n <= last.current) return
    last.current = it.n
    act(it)
  })
}

function sayNews(meeting: Meeting, before: readonly Participant[], now: readonly Participant[]): void {
  const { came, left, hands, waiting, sharing } = news(before, now)
  const few = 2
  const said = [
    ...(came.length > few ? [t('cameMany', { n: came.length })] : came.map((nick) => t('came', { nick }))),
    ...(left.length > few ? [t('leftMany', { n: left.length })] : left.map((nick) => t('left', { nick }))),
    ...hands.map((nick) => t('hands', { nick })),
    ...sharing.map((nick) => t('sharing', { nick })),
  ]
  if (said.length) announce(said.join('. '))
  if (!meeting.conference.peek().moderator) return
  for (const nick of waiting) toast({ text: t('waiting', { nick }), act: { label: t('admit'), do: () => void give(meeting, { do: 'admit', nick }) } })
}

function sayNotice(meeting: Meeting, n: Notice): void {
  if (n.is === 'unshared') return toast({ text: t('unshared') })
  const by = n.by || t('someone')
  if (n.is === 'muted') return toast({ text: t('muted', { by }), act: { label: t('on'), do: () => meeting.setAudio(true) } })
  if (n.media === 'screen') return toast({ text: t('stoppedScreen', { by }) })
  toast({ text: t('stoppedCamera', { by }), act: { label: t('on'), do: () => meeting.setVideo(true) } })
}

function sayChange(c: Change): void {
  const label = c.label || t('device')
  if (c.is === 'back') return toast({ text: t('back', { label }) })
  toast({ text: c.instead ? t('goneInstead', { label, instead: c.instead }) : t('gone', { label }), bad: !c.instead })
}
