import { texts } from '../../shared/i18n'
import type { Fault } from '../../shared/xmpp'

/** What several views of the app say. */
export const t = texts({
  en: {
    chats: 'Colleagues and groups',
    chatsUnread: 'Colleagues and groups, {n} unread message|Colleagues and groups, {n} unread messages',
    settings: 'Settings',
    console: 'Console',
    groups: 'Groups',
    available: 'Available',
    away: 'Away',
    dnd: 'Do not disturb',
    offline: 'Offline',
    public: 'Public',
    publicHint: 'Public: guests may join by their link',
    cancel: 'Cancel',
    back: 'Back to the list',
    waiting: '{n} guest is waiting|{n} guests are waiting',
    meeting: 'Conference, {n} person|Conference, {n} people',
    hold: 'On hold, {n} guest is waiting|On hold, {n} guests are waiting',
    start: 'Start the conference of {name}',
    join: 'Join the conference of {name}',
    leave: 'Leave the conference',
    you: 'You',
    failedForbidden: 'You may not do this here.',
    failedGone: 'It is no longer there.',
    failedTimeout: 'The server did not answer. Try again.',
    failedLost: 'The connection was lost. Try again when it is back.',
    failedOther: 'The server refused: {text}',
  },
  de: {
    chats: 'Kollegen und Gruppen',
    chatsUnread: 'Kollegen und Gruppen, {n} ungelesene Nachricht|Kollegen und Gruppen, {n} ungelesene Nachrichten',
    settings: 'Einstellungen',
    console: 'Verwaltung',
    groups: 'Gruppen',
    available: 'Verfügbar',
    away: 'Abwesend',
    dnd: 'Nicht stören',
    offline: 'Offline',
    public: 'Öffentlich',
    publicHint: 'Öffentlich: Gäste können mit ihrem Link teilnehmen',
    cancel: 'Abbrechen',
    back: 'Zurück zur Liste',
    waiting: '{n} Gast wartet|{n} Gäste warten',
    meeting: 'Konferenz, {n} Person|Konferenz, {n} Personen',
    hold: 'Angehalten, {n} Gast wartet|Angehalten, {n} Gäste warten',
    start: 'Konferenz von {name} starten',
    join: 'An der Konferenz von {name} teilnehmen',
    leave: 'Konferenz verlassen',
    you: 'Sie',
    failedForbidden: 'Das dürfen Sie hier nicht.',
    failedGone: 'Das gibt es nicht mehr.',
    failedTimeout: 'Der Server hat nicht geantwortet. Versuchen Sie es noch einmal.',
    failedLost: 'Die Verbindung ging verloren. Versuchen Sie es wieder, wenn sie da ist.',
    failedOther: 'Der Server hat abgelehnt: {text}',
  },
})

/** say puts a fault into words for people. */
export function say(f: Fault): string {
  if (f.is === 'timeout') return t('failedTimeout')
  if (f.is === 'lost') return t('failedLost')
  if (f.is === 'stanza' && ['forbidden', 'not-allowed', 'registration-required'].includes(f.condition) && !f.text) return t('failedForbidden')
  if (f.is === 'stanza' && f.condition === 'item-not-found') return t('failedGone')
  return t('failedOther', { text: ('text' in f && f.text) || ('condition' in f ? f.condition : '') })
}
