import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, path, post, Problem, put, type Conflict, type FieldProblem } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { rights } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go, place } from '../../shared/router'
import { Callout, Failure, reason } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { CallChoices, CallObject, Checked, Permission, PermissionPage } from '../../shared/types'
import { ConflictCallout, conflictOf } from '../conflict'
import { focusFirstError, same, useForm } from '../form'
import { useGuard } from '../leave'
import { NotFound } from '../notfound'
import { Permissions } from '../permissions/choose'
import { SaveBar } from '../savebar'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/callflow'
import { dataOf, newObject, pageOf, pages, type ObjectData, type ObjectKind, type PageName } from './model'
import { Calendar, General, LabelParts, MenuParts, Period, Router, TemplateParts } from './parts'
import { RollOutDialog } from './rollout'

/** A menu, router, period, calendar or switch: one that is there, or a new one. */
export function CallObjectDetails({ page, id }: { page: PageName; id: string }) {
  const loaded = useLoad(async (signal) => {
    const [object, choices, permissions] = await Promise.all([
      id === 'new' ? undefined : get<CallObject>('/callobjects' + path(id), {}, signal),
      get<CallChoices>('/callobjects/choices', {}, signal),
      page === 'conditions' ? get<PermissionPage>('/permissions', { limit: 500 }, signal) : undefined,
    ])
    return { object, choices, permissions: permissions?.items ?? [] }
  }, [id])
  const kinds: readonly ObjectKind[] = pages[page]
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <NotFound />
  if (!loaded.data) {
    return <Page title={common(page)} busy={loaded.loading}>{loaded.error !== undefined && <Failure error={loaded.error} onRetry={loaded.reload} />}</Page>
  }
  const asked = place.value.query.get('kind') as ObjectKind
  const { object, choices, permissions } = loaded.data
  if (object && pageOf(object.kind) !== page) return <NotFound />
  return <Editor {...(object && { object })} kind={object?.kind ?? (kinds.includes(asked) ? asked : kinds[0]!)} choices={choices} permissions={permissions} page={page} />
}

function Editor({ object, kind, choices, permissions, page }: { object?: CallObject; kind: ObjectKind; choices: CallChoices; permissions: Permission[]; page: PageName }) {
  const base = useSignal<ObjectData>(object ? dataOf(object) : newObject(kind))
  const revision = useSignal(object?.revision ?? 0)
  const check = async (values: ObjectData): Promise<FieldProblem[]> => (await post<Checked>('/callobjects/check', { id: object?.id ?? '', kind, ...values })).errors
  const form = useForm<ObjectData>(base.value, check)
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const rolling = useSignal(false)
  const element = useRef<HTMLFormElement>(null)
  const changed = !same(form.values, base.value)
  useGuard(() => changed)
  const save = async (at = revision.value): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = object ? await put<CallObject>('/callobjects' + path(object.id), { revision: at, ...form.values }) : await post<CallObject>('/callobjects', { kind, ...form.values })
      base.value = dataOf(now)
      revision.value = now.revision
      form.reset(dataOf(now))
      toast({ text: t('savedObject', { name: now.name }) })
      if (!object) setTimeout(() => void go(address(page, now.id), true)) // when nothing is unsaved any more
    } catch (e) {
      conflict.value = conflictOf(e)
      if (form.refused(e)) focusFirstError(element.current)
      else if (e instanceof Problem && e.status === 404) failed.value = common('gone')
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const discard = (): void => {
    form.reset(base.value)
    failed.value = ''
    conflict.value = undefined
  }
  return (
    <Page title={object ? base.value.name : t(`add_${kind}`)} under={{ label: common(page), href: address(page) }}
      actions={object?.template && <button type="button" class="btn" disabled={changed} title={changed ? t('rollOutSave') : undefined} onClick={() => (rolling.value = true)}><Icon of={rights} />{t('rollOut')}</button>}
      note={changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{common('notSaved')}</span>}
      foot={<SaveBar changed={changed} busy={busy.value} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>{common('notSaved')}</SaveBar>}>
      {conflict.value && <ConflictCallout conflict={conflict.value} onOverwrite={() => void save(conflict.value?.current)} />}
      {failed.value && <Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout>}
      {rolling.value && object?.template && <RollOutDialog id={object.id} name={base.value.name} of={base.value.template?.for ?? 'user'} choices={choices} onClose={() => (rolling.value = false)} />}
      <section class="card">
        <form class="form form--page" ref={element} noValidate
          onSubmit={(e) => {
            e.preventDefault()
            void save()
          }}>
          <p class="hint full">{t(`intro_${kind}`)}</p>
          <General form={form} kind={kind} isNew={!object} />
          {kind === 'ivr' && <MenuParts form={form} choices={choices} />}
          {kind === 'router' && <Router form={form} choices={choices} />}
          {kind === 'template' && <TemplateParts form={form} choices={choices} />}
          {kind === 'label' && <LabelParts form={form} choices={choices} />}
          {kind === 'period' && <Period form={form} />}
          {kind === 'calendar' && <Calendar form={form} />}
          {kind === 'switch' && (
            <section class="col full" aria-label={t('shownTo')}>
              <h2 class="h4">{t('shownTo')}</h2>
              <Permissions list={permissions} hint={t('shownToHint')} chosen={form.values.permissions} error={form.error('permissions')} onChange={(next) => form.set('permissions', next)} />
            </section>
          )}
          <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
        </form>
      </section>
    </Page>
  )
}
