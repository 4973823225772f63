import { shield, search } from '../shared/icons'
import { address } from '../shared/router'
import { Empty } from '../shared/ui/states'
import { session, type Right } from './session'
import { Page } from './shell'
import { levelName, t } from './texts/common'

export function NotFound() {
  return (
    <Page title={t('notFoundTitle')}>
      <Empty icon={search} title={t('notFoundTitle')} action={<a class="btn" href={address()}>{t('toOverview')}</a>}>{t('notFound')}</Empty>
    </Page>
  )
}

/** By direct link to a page of a higher level: says which one it needs. */
export function NoRight({ title, right }: { title: string; right: Right }) {
  const levels = right === 'overview'
    ? `${levelName('grafana-viewer')}, ${t('levelOr', { a: levelName('pbx-manager') })}`
    : right === 'services' ? levelName('system-administrator')
    : t('levelOr', { a: levelName(right === 'trunks' ? 'administrator' : 'pbx-manager') })
  return (
    <Page title={title}>
      <Empty icon={shield} title={t('noRightTitle')}>{t('noRight', { levels, level: levelName(session.value!.level) })}</Empty>
    </Page>
  )
}
