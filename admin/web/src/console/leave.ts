import { useLayoutEffect, useRef } from 'preact/hooks'
import { guardWith } from '../shared/router'
import { ask } from '../shared/ui/dialog'
import { t } from './texts/common'

function askToLeave(): Promise<boolean> {
  return ask({ title: t('leaveTitle'), body: t('leave'), keep: t('stay'), act: t('leaveAct'), danger: true })
}

/** Whoever leaves the page while something is not saved is asked. */
export function useGuard(unsaved: () => boolean): void {
  const latest = useRef(unsaved)
  latest.current = unsaved
  useLayoutEffect(() => guardWith({ unsaved: () => latest.current(), ask: askToLeave }), [])
}
