import { useLayoutEffect } from 'preact/hooks'
import { guardWith } from '../shared/router'
import { ask } from '../shared/ui/dialog'
import { t } from './texts/common'

export function askToLeave(): Promise<boolean> {
  return ask({ title: t('leaveTitle'), body: t('leave'), keep: t('stay'), act: t('leaveAct'), danger: true })
}

/** While something is not saved, whoever leaves the page is asked. */
export function useGuard(unsaved: boolean): void {
  useLayoutEffect(() => (unsaved ? guardWith(askToLeave) : undefined), [unsaved])
}
