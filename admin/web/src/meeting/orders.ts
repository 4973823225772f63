import type { Meeting, Order } from '../call'
import { texts } from '../shared/i18n'
import { toast } from '../shared/ui/toast'

const t = texts({
  en: {
    gone: 'That was not possible: {nick} is not in the meeting any more.',
    forbidden: 'That was not possible: you do not moderate this meeting any more.',
    over: 'That was not possible: the meeting is over.',
    failed: 'That was not possible: the server has not answered as expected. Try again.',
    'mute-all': 'Everybody else is muted.',
    lock: 'The meeting is locked: nobody else comes in.',
    unlock: 'The meeting is open again.',
    removed: '{nick} was removed.',
  },
  de: {
    gone: 'Das ging nicht: {nick} nimmt nicht mehr teil.',
    forbidden: 'Das ging nicht: Sie moderieren diese Besprechung nicht mehr.',
    over: 'Das ging nicht: Die Besprechung ist beendet.',
    failed: 'Das ging nicht: Der Server hat anders geantwortet als erwartet. Versuchen Sie es noch einmal.',
    'mute-all': 'Alle anderen sind stummgeschaltet.',
    lock: 'Die Besprechung ist geschlossen: Niemand kommt mehr hinein.',
    unlock: 'Die Besprechung ist wieder offen.',
    removed: '{nick} wurde entfernt.',
  },
})

/** give gives an order of a moderator and says what became of it, where that is not seen anyway. */
export async function give(meeting: Meeting, order: Order): Promise<void> {
  const nick = 'nick' in order ? (order.nick ?? '') : ''
  const fault = await meeting.order(order)
  if (!fault) {
    if (order.do === 'mute-all' || order.do === 'lock' || order.do === 'unlock') toast({ text: t(order.do) })
    if (order.do === 'remove') toast({ text: t('removed', { nick }) })
    return
  }
  const condition = fault.is === 'stanza' ? fault.condition : ''
  const why = ({ 'item-not-found': 'gone', forbidden: 'forbidden', 'unexpected-request': 'over' } as const)[condition] ?? 'failed'
  toast({ text: t(why, { nick }), bad: true })
}
