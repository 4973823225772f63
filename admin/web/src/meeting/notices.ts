import { useSignalEffect } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Change, Devices, Meeting, Notice, Participant } from '../call'
import { texts } from '../shared/i18n'
import { announce } from '../shared/ui/live'
import { toast, type Toast } from '../shared/ui/toast'
import { news } from './news'
import { give } from './orders'

const t = texts({
  en: {
    came: '{nick} has come', left: '{nick} has left', cameMany: '{n} person has come|{n} people have come', leftMany: '{n} person has left|{n} people have left',
    hands: '{nick} raises the hand', waiting: '{nick} would like to come in', sharing: '{nick} shares the screen', admit: 'Let in',
    muted: '{by} has muted you.', stoppedCamera: '{by} has turned your camera off.', stoppedScreen: '{by} has ended the sharing of your screen.',
    unshared: 'Your screen is not shared any more.', occupied: '{by} is sharing a screen. Yours can follow once that has ended.', someone: 'A moderator', on: 'Turn on',
    gone: '{label} is gone.', goneInstead: '{label} is gone. In use now: {instead}.', back: '{label} is there again and in use.', device: 'A device',
  },
  de: {
    came: '{nick} ist gekommen', left: '{nick} ist gegangen', cameMany: '{n} Person ist gekommen|{n} Personen sind gekommen', leftMany: '{n} Person ist gegangen|{n} Personen sind gegangen',
    hands: '{nick} hebt die Hand', waiting: '{nick} möchte herein', sharing: '{nick} teilt den Bildschirm', admit: 'Einlassen',
    muted: '{by} hat Sie stummgeschaltet.', stoppedCamera: '{by} hat Ihre Kamera ausgeschaltet.', stoppedScreen: '{by} hat das Teilen Ihres Bildschirms beendet.',
    unshared: 'Ihr Bildschirm wird nicht mehr geteilt.', occupied: '{by} teilt gerade einen Bildschirm. Ihrer kann folgen, sobald das beendet ist.', someone: 'Die Moderation', on: 'Einschalten',
    gone: '{label} ist weg.', goneInstead: '{label} ist weg. Jetzt in Gebrauch: {instead}.', back: '{label} ist wieder da und in Gebrauch.', device: 'Ein Gerät',
  },
})

/** What happens without the user's doing is said: at the edge where he may want to act, and to those who do not see the page. */
export function useNotices(meeting: Meeting, devices: Devices): void {
  const people = useRef<readonly Participant[] | undefined>(undefined)
  const said = useMemo(() => new Said(), [])
  useSignalEffect(() => {
    const now = meeting.participants.value
    const before = people.current
    people.current = now
    if (before && now.some((p) => p.self)) sayNews(meeting, said, before, now)
  })
  useLatest(meeting.notice, (n) => said.toast(noticeOf(meeting, n)))
  useLatest(devices.change, (c) => said.toast(changeOf(c)))
  useEffect(() => () => said.takeAway(), []) // nothing of it is true when the meeting is over
}

/** What was said at the edge, some of it about somebody. */
class Said {
  private about: { who: string; remove: () => void }[] = []

  toast(what: Toast, who = ''): void {
    this.about.push({ who, remove: toast(what) })
  }

  /** takeAway takes away what is said of somebody, or all of it. */
  takeAway(who?: string): void {
    const is = (one: { who: string }): boolean => who === undefined || one.who === who
    for (const one of this.about.filter(is)) one.remove()
    this.about = this.about.filter((one) => !is(one))
  }
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

function sayNews(meeting: Meeting, edge: Said, before: readonly Participant[], now: readonly Participant[]): void {
  const { came, left, hands, waiting, served, sharing } = news(before, now)
  for (const nick of served) edge.takeAway(nick)
  const few = 2
  const said = [
    ...(came.length > few ? [t('cameMany', { n: came.length })] : came.map((nick) => t('came', { nick }))),
    ...(left.length > few ? [t('leftMany', { n: left.length })] : left.map((nick) => t('left', { nick }))),
    ...hands.map((nick) => t('hands', { nick })),
    ...sharing.map((nick) => t('sharing', { nick })),
  ]
  if (said.length) announce(said.join('. '))
  if (!meeting.conference.peek().moderator) return
  for (const nick of waiting) edge.toast({ text: t('waiting', { nick }), act: { label: t('admit'), do: () => void give(meeting, { do: 'admit', nick }) } }, nick)
}

function noticeOf(meeting: Meeting, n: Notice): Toast {
  if (n.is === 'unshared') return { text: t('unshared') }
  if (n.is === 'occupied') return { text: t('occupied', { by: n.by }) }
  const by = n.by || t('someone')
  if (n.is === 'muted') return { text: t('muted', { by }), act: { label: t('on'), do: () => meeting.setAudio(true) } }
  if (n.media === 'screen') return { text: t('stoppedScreen', { by }) }
  return { text: t('stoppedCamera', { by }), act: { label: t('on'), do: () => meeting.setVideo(true) } }
}

function changeOf(c: Change): Toast {
  const label = c.label || t('device')
  if (c.is === 'back') return { text: t('back', { label }) }
  return { text: c.instead ? t('goneInstead', { label, instead: c.instead }) : t('gone', { label }), bad: !c.instead }
}
