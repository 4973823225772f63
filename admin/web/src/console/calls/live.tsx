import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { del, get, path } from '../../shared/api'
import { dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { phone, x } from '../../shared/icons'
import { attended, useLoad } from '../../shared/load'
import { address } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Empty, reason } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Call, CallPage } from '../../shared/types'
import { ListPage } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/calls'
import { lasting } from './lasting'
import { callName, Party } from './party'

const refresh = 3_000

/** Calls that go on, each of which can be ended. */
export function LiveCalls() {
  const view = useView()
  const page = useLoad((signal) => get<CallPage>('/calls', view.query, signal), [view.key], refresh)
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (attended()) now.value = Date.now()
    }, 1000)
    return () => clearInterval(timer)
  }, [])
  const end = async (c: Call): Promise<void> => {
    const both = { caller: callName(c.caller), callee: callName(c.callee, c.dialled) }
    if (!(await ask({ title: t('hangUpTitle'), body: t('hangUpText', both), keep: t('hangUpKeep'), act: t('hangUp'), danger: true }))) return
    try {
      await del('/calls' + path(c.id))
      toast({ text: t('ended') })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    page.reload()
  }
  const columns: Column<Call>[] = [
    { head: t('caller'), class: 'c-first', cell: (c) => <Party of={c.caller} /> },
    { head: t('callee'), cell: (c) => <Party of={c.callee} dialled={c.dialled} /> },
    { head: t('state'), cell: (c) => (c.answered ? <span class="badge badge--ok"><i class="dot dot--ok" />{t('talking')}</span> : <span class="badge badge--warn"><i class="dot dot--warn" />{t('ringing')}</span>) },
    { head: t('since'), class: 'c-num hide-sm', title: (c) => dateTime(c.began), cell: (c) => lasting((now.value - new Date(c.answered ?? c.began).getTime()) / 1000) },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (c) => {
        const label = t('hangUpOf', { caller: callName(c.caller), callee: callName(c.callee, c.dialled) })
        return <button type="button" class="btn btn--ghost btn--icon btn--sm" aria-label={label} title={t('hangUp')} onClick={() => void end(c)}><Icon of={x} /></button>
      },
    },
  ]
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(c) => c.id}
      empty={<Empty icon={phone} title={t('empty')} action={<a class="btn" href={address('records')}>{t('toRecords')}</a>}>{t('emptyText')}</Empty>} />
  )
}
