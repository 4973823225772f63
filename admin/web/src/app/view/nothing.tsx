import { texts } from '../../shared/i18n'
import { chat, group } from '../../shared/icons'
import { Empty, Waiting } from '../../shared/ui/states'
import { Icon } from '../../shared/icon'
import type { Desk } from '../model/desk'
import { makingGroup } from './newgroup'

const t = texts({
  en: {
    title: 'Pick somebody to talk to',
    lead: 'Colleagues and groups are in the list. A group is also a room for conferences, with guests if you like.',
    make: 'New group',
    missing: 'This group is not among yours',
    missingLead: 'It was deleted, or you are no longer a member. Ask whoever owns it.',
    back: 'Show my groups',
  },
  de: {
    title: 'Wählen Sie, mit wem Sie sprechen',
    lead: 'Kollegen und Gruppen stehen in der Liste. Eine Gruppe ist auch ein Raum für Konferenzen, auf Wunsch mit Gästen.',
    make: 'Neue Gruppe',
    missing: 'Diese Gruppe ist nicht unter Ihren Gruppen',
    missingLead: 'Sie wurde gelöscht, oder Sie sind nicht mehr Mitglied. Fragen Sie, wem sie gehört.',
    back: 'Meine Gruppen zeigen',
  },
})

/** What stands where a conversation would. */
export function Nothing({ desk, missing, onBack }: { desk: Desk; missing: string; onBack(): void }) {
  if (missing && !desk.grouped.value) return <div class="talk-empty"><Waiting /></div>
  return (
    <div class="talk-empty">
      {missing ? (
        <Empty icon={group} title={t('missing')} action={<button type="button" class="btn" onClick={onBack}>{t('back')}</button>}>
          {t('missingLead')}
        </Empty>
      ) : (
        <Empty icon={chat} title={t('title')} action={
          <button type="button" class="btn btn--primary" onClick={() => (makingGroup.value = true)}>
            <Icon of={group} />
            {t('make')}
          </button>
        }>
          {t('lead')}
        </Empty>
      )}
    </div>
  )
}
