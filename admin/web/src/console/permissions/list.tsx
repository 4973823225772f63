import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, post } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { plus, right, shield } from '../../shared/icons'
import { useLoad, useRested } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { SearchField } from '../../shared/ui/controls'
import { Drawer } from '../../shared/ui/drawer'
import { Field } from '../../shared/ui/field'
import { useKey } from '../../shared/ui/keys'
import { Callout, Empty, Failure, NoHits, reason } from '../../shared/ui/states'
import { Pager, SkeletonRows } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import type { Permission, PermissionPage } from '../../shared/types'
import { fieldText } from '../errors'
import { focusFirstError, useForm } from '../form'
import { Page, recount } from '../shell'
import { t as common } from '../texts/common'
import { t, typeWords } from '../texts/permissions'

export function PermissionList() {
  const query = place.value.query
  const typed = useSignal(query.get('q') ?? '')
  const q = useRested(typed.value, 150).trim()
  const offset = useSignal(0)
  const size = useSignal(50)
  const field = useRef<HTMLInputElement>(null)
  useKey('/', () => field.current?.focus())
  const page = useLoad((signal) => get<PermissionPage>('/permissions', { q, offset: offset.value || undefined, limit: size.value }, signal), [q, offset.value, size.value])
  const items = page.data?.items ?? []
  const total = page.data?.total ?? 0
  const add = (
    <button type="button" class="btn btn--primary" onClick={() => setQuery({ add: '1' })}><Icon of={plus} /><span class="hide-sm">{t('add')}</span></button>
  )
  return (
    <Page title={t('title')} class="page-list" note={page.data && <span class="count">{number(total)}</span>} actions={add}>
      {page.error !== undefined && <Failure error={page.error} onRetry={page.reload} />}
      <section class="card list" aria-label={t('title')}>
        <div class="table-tools">
          <SearchField label={t('find')} value={typed.value} inputRef={field}
            onChange={(text) => {
              typed.value = text
              offset.value = 0
            }} />
        </div>
        <div class="scroll">
          <table class="table" aria-busy={page.loading}>
            <thead>
              <tr>
                <th class="c-first" scope="col">{t('name')}</th>
                <th scope="col">{t('types')}</th>
                <th class="c-num" scope="col">{t('members')}</th>
                <th class="hide-md" scope="col">{t('changed')}</th>
                <th class="c-act hide-sm" scope="col"><span class="sr">{common('actions')}</span></th>
              </tr>
            </thead>
            <tbody>
              {!page.data && page.slow && <SkeletonRows rows={8} columns={5} />}
              {items.map((p) => (
                <tr key={p.id}>
                  <td class="c-first">
                    <a class="who" href={address('permissions', p.id)}>
                      <span class="glyph"><Icon of={shield} /></span>
                      <span class="two-lines">
                        <b class="clip">{p.name}{p.builtIn && <span class="badge badge--line">{t('builtIn')}</span>}</b>
                        {p.description && <small class="clip" title={p.description}>{p.description}</small>}
                      </span>
                    </a>
                  </td>
                  <td><span class="badges">{p.types.map((type) => <span key={type} class="badge" title={type}>{typeWords(type)}</span>)}</span></td>
                  <td class="c-num">{p.auto.users ? <span class="badge badge--accent">{t('allUsers')}</span> : number(p.members.users)}</td>
                  <td class="second hide-md" title={dateTime(p.changed)}>{ago(p.changed)}</td>
                  <td class="c-act hide-sm"><Icon of={right} size="s" class="muted" /></td>
                </tr>
              ))}
            </tbody>
          </table>
          {page.data && !items.length && <NoHits q={q} onClear={() => (typed.value = '')} />}
          {page.data && !q && total === 1 && <Empty icon={shield} title={t('empty')} action={add}>{t('emptyText')}</Empty>}
        </div>
        <Pager offset={offset.value} shown={items.length} total={total} size={size.value} onMove={(to) => (offset.value = to)}
          onSize={(n) => {
            size.value = n
            offset.value = 0
          }} />
      </section>
      {query.get('add') === '1' && <NewPermission onClose={() => setQuery({ add: '' })} />}
    </Page>
  )
}

/** Name and description; then the page of the permission has the rest. */
function NewPermission({ onClose }: { onClose(): void }) {
  const form = useForm({ name: '', description: '' })
  const busy = useSignal(false)
  const failed = useSignal('')
  const element = useRef<HTMLFormElement>(null)
  const save = async (): Promise<void> => {
    if (busy.value) return
    busy.value = true
    failed.value = ''
    try {
      const made = await post<Permission>('/permissions', { ...form.values, types: [], auto: { users: false, devices: false, teams: false, locations: false } })
      toast({ text: t('created', { name: made.name }) })
      recount()
      await go(address('permissions', made.id))
    } catch (e) {
      if (form.refused(e)) focusFirstError(element.current)
      else failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  useKey('Ctrl+s', () => void save())
  return (
    <Drawer title={t('new')} note={t('newNote')} onClose={onClose}
      foot={
        <span class="end row">
          <button type="button" class="btn" onClick={onClose}>{common('cancel')}</button>
          <button type="button" class="btn btn--primary" aria-busy={busy.value} onClick={() => void save()}>{busy.value && <span class="spin" aria-hidden="true" />}{common('save')}</button>
        </span>
      }>
      <form class="form" ref={element} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        {failed.value && <div class="full"><Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout></div>}
        <Field name="name" label={t('name')} full error={form.error('name')} errorText={fieldText(form.error('name'), form.values.name, (s) => form.set('name', s))}>
          {(aria) => <input class="input" autocomplete="off" {...aria} value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
        </Field>
        <Field name="description" label={t('description')} optional full error={form.error('description')} errorText={fieldText(form.error('description'), '', () => {})}>
          {(aria) => <textarea class="input" rows={3} {...aria} value={form.values.description} onInput={(e) => form.set('description', e.currentTarget.value)} />}
        </Field>
        <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
      </form>
    </Drawer>
  )
}
