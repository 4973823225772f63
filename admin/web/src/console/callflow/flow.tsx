import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, post, put, type Conflict, type FieldProblem } from '../../shared/api'
import { useLoad, type Loaded } from '../../shared/load'
import { Callout, Failure, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { CallChoices, CallFlow, CallLists, Checked } from '../../shared/types'
import { ConflictCallout, conflictOf } from '../conflict'
import { focusFirstError, same, useForm } from '../form'
import { useGuard } from '../leave'
import { t as common } from '../texts/common'
import { t } from '../texts/callflow'
import { Lines } from './lines'
import { listNames, listsOf, type Owner } from './model'

/** The tab with the actions of a user or a team. It is saved for itself. */
export function FlowPanel({ at, owner, onSaved }: { at: string; owner: Owner; onSaved?(): void }) {
  const loaded = useLoad(async (signal) => {
    const [flow, choices] = await Promise.all([get<CallFlow>(at, {}, signal), get<CallChoices>('/callobjects/choices', {}, signal)])
    return { flow, choices }
  }, [at])
  if (loaded.error !== undefined) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!loaded.data) return null
  return <Editor loaded={loaded as Loaded<All> & { data: All }} at={at} owner={owner} {...(onSaved && { onSaved })} />
}

interface All {
  flow: CallFlow
  choices: CallChoices
}

function Editor({ loaded, at, owner, onSaved }: { loaded: Loaded<All> & { data: All }; at: string; owner: Owner; onSaved?(): void }) {
  const base = useSignal(loaded.data.flow)
  const check = async (values: CallLists): Promise<FieldProblem[]> => (await post<Checked>(at + '/check', values)).errors
  const form = useForm<CallLists>(listsOf(base.value), check)
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)
  const changed = !same(form.values, listsOf(base.value))
  useGuard(() => changed)
  const save = async (revision = base.value.revision): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = await put<CallFlow>(at, { revision, ...form.values })
      base.value = now
      form.reset(listsOf(now))
      toast({ text: t('saved') })
      onSaved?.()
    } catch (e) {
      conflict.value = conflictOf(e)
      if (form.refused(e)) focusFirstError(element.current)
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const discard = (): void => {
    form.reset(listsOf(base.value))
    failed.value = ''
    conflict.value = undefined
  }
  return (
    <form class="form form--page" ref={element} noValidate
      onSubmit={(e) => {
        e.preventDefault()
        void save()
      }}>
      <p class="hint full">{t(owner === 'team' ? 'introTeam' : 'introUser')}</p>
      {conflict.value && <div class="full"><ConflictCallout conflict={conflict.value} onOverwrite={() => void save(conflict.value?.current)} /></div>}
      {failed.value && <div class="full"><Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout></div>}
      {listNames.map((name) => (
        <Lines key={name} title={t(name)} at={name} list={form.values[name]} owner={owner} after={name.startsWith('after')} choices={loaded.data.choices} error={form.error}
          onChange={(list, field) => form.set(name, list, field)} onLeave={form.leave} />
      ))}
      <div class="row full">
        <button type="submit" class="btn btn--primary" disabled={!changed} aria-busy={busy.value}>{busy.value && <span class="spin" aria-hidden="true" />}{t('saveActions')}</button>
        {changed && <button type="button" class="btn" onClick={discard}>{t('discardActions')}</button>}
      </div>
    </form>
  )
}
