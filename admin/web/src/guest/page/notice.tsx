import { Icon } from '../../shared/icon'
import { alert, info, warn } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import type { Notice } from './outcome'

const t = texts({
  en: {
    left: 'You have left the meeting. You can join again, or close this page.',
    over: 'The meeting has ended. If another one begins, you can join it here.',
    nobody: 'Nobody has come to let you in for a long time, so the waiting has ended. You can join again.',
    rejected: 'The meeting is locked, and the moderators do not let anybody in just now. Try again later, or ask the person who invited you.',
    full: 'All guest places are taken. Try again later, or ask the person who invited you.',
    closed: 'Guests are no longer allowed in this group.',
    banned: 'A moderator has closed this group to you. Ask the person who invited you if you think this is a mistake.',
    destroyed: 'This group does not exist any more. Ask the person who invited you.',
    busy: 'The server cannot let anybody in just now. Try again in a minute.',
    elsewhere: 'Your stay goes on in another window.',
    ended: 'The server has ended your visit.',
    failed: 'That did not work: the server did not answer as expected. Try again.',
    removed: 'A moderator has removed you from the meeting.',
    removedBy: '{by} has removed you from the meeting.',
    keptOut: 'A moderator has removed you. You can ask to be let in again in {n} minute.|A moderator has removed you. You can ask to be let in again in {n} minutes.',
    reason: 'Reason: {reason}',
  },
  de: {
    left: 'Sie haben die Besprechung verlassen. Sie können wieder teilnehmen oder diese Seite schließen.',
    over: 'Die Besprechung ist beendet. Wenn wieder eine beginnt, können Sie hier teilnehmen.',
    nobody: 'Lange ist niemand gekommen, um Sie einzulassen, daher ist das Warten beendet. Sie können wieder teilnehmen.',
    rejected: 'Die Besprechung ist geschlossen, und gerade wird niemand eingelassen. Versuchen Sie es später wieder oder fragen Sie die Person, die Sie eingeladen hat.',
    full: 'Alle Plätze für Gäste sind belegt. Versuchen Sie es später wieder oder fragen Sie die Person, die Sie eingeladen hat.',
    closed: 'Gäste sind in dieser Gruppe nicht mehr zugelassen.',
    banned: 'Eine Moderatorin oder ein Moderator hat diese Gruppe für Sie geschlossen. Fragen Sie die Person, die Sie eingeladen hat, wenn Sie das für ein Versehen halten.',
    destroyed: 'Diese Gruppe gibt es nicht mehr. Fragen Sie die Person, die Sie eingeladen hat.',
    busy: 'Der Server kann gerade niemanden einlassen. Versuchen Sie es in einer Minute wieder.',
    elsewhere: 'Ihr Besuch geht in einem anderen Fenster weiter.',
    ended: 'Der Server hat Ihren Besuch beendet.',
    failed: 'Das hat nicht geklappt: Der Server hat anders geantwortet als erwartet. Versuchen Sie es noch einmal.',
    removed: 'Sie wurden aus der Besprechung entfernt.',
    removedBy: '{by} hat Sie aus der Besprechung entfernt.',
    keptOut: 'Sie wurden von der Moderation entfernt. In {n} Minute können Sie wieder um Einlass bitten.|Sie wurden von der Moderation entfernt. In {n} Minuten können Sie wieder um Einlass bitten.',
    reason: 'Grund: {reason}',
  },
})

/** How the last stay ended, above the form. */
export function NoticeLine({ notice }: { notice: Notice | undefined }) {
  const calm = notice !== undefined && ['left', 'elsewhere', 'over', 'nobody'].includes(notice.is)
  const kind = calm ? '' : notice?.is === 'full' || notice?.is === 'busy' || notice?.is === 'rejected' ? ' callout--warn' : ' callout--bad'
  return (
    <div role="status">
      {notice && (
        <div class={`callout${kind}`}>
          <Icon of={calm ? info : kind === ' callout--warn' ? warn : alert} />
          <Said notice={notice} />
        </div>
      )}
    </div>
  )
}

function Said({ notice }: { notice: Notice }) {
  if (notice.is === 'keptOut') return <span>{t('keptOut', { n: notice.minutes })}</span>
  if (notice.is !== 'removed') return <span>{t(notice.is)}</span>
  return (
    <span class="front-said">
      <span>{notice.by ? t.rich('removedBy', { by: <b dir="auto">{notice.by}</b> }) : t('removed')}</span>
      {notice.reason && <small dir="auto">{t('reason', { reason: notice.reason })}</small>}
    </span>
  )
}
