import { texts } from '../../shared/i18n'
import { lock } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { Empty, Failure, Waiting } from '../../shared/ui/states'
import type { Work } from '../model/work'
import { mayMake } from './me'
import { Page } from './page'
import { t as common } from './texts'

const t = texts({
  en: {
    missing: 'You cannot make profiles of your own',
    missingLead: 'An administrator can permit it, by a permission with profile.personal.',
  },
  de: {
    missing: 'Sie können keine eigenen Profile anlegen',
    missingLead: 'Die Verwaltung kann es erlauben, mit einer Berechtigung mit profile.personal.',
  },
})

/** The profiles of one's own: the list of them, a new one, or one of them. What edits them is loaded when somebody wants to: few do, and seldom. */
export function ProfilesPage({ work, which }: { work: Work; which: string }) {
  const editor = useLoad(() => import('./ownprofiles'))
  const { tel } = work
  if (!tel.self.value || (!editor.data && editor.error === undefined)) return <Page title={common('profiles')}><Waiting lines={6} /></Page>
  if (!mayMake(tel)) return <Page title={common('profiles')}><Empty icon={lock} title={t('missing')}>{t('missingLead')}</Empty></Page>
  if (!editor.data) return <Page title={common('profiles')}><Failure error={editor.error} onRetry={() => location.reload()} /></Page>
  const { OwnProfiles, OwnProfile } = editor.data
  return which ? <OwnProfile key={which} work={work} id={which} /> : <OwnProfiles tel={tel} />
}
