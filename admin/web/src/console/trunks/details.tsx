import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, post, Problem, put, type Conflict, type FieldProblem } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { check as tick, cog, more, phoneIn, phone, trash, trunk as trunkIcon } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Callout, Failure, reason, Waiting } from '../../shared/ui/states'
import { Tabs } from '../../shared/ui/tabs'
import { toast } from '../../shared/ui/toast'
import type { Checked, Trunk } from '../../shared/types'
import { Compare, ConflictCallout, conflictOf } from '../conflict'
import { focusFirstError, same, useForm } from '../form'
import { useGuard } from '../leave'
import { NotFound } from '../notfound'
import { SaveBar } from '../savebar'
import { Page } from '../shell'
import { t as common } from '../texts/common'
import { t } from '../texts/trunks'
import { dataOf, type TrunkData } from './model'
import { Accounts, General, Incoming, Outgoing } from './parts'
import { Test } from './test'

const tabs = ['general', 'accounts', 'incoming', 'outgoing', 'test'] as const
type TabName = (typeof tabs)[number]

/** How often the state of accounts is looked for. */
const refresh = 5_000

const tabOf = (field: string): TabName => (field.startsWith('accounts') || field === 'passwords' ? 'accounts' : field.startsWith('inbound') ? 'incoming' : field.startsWith('outbound') ? 'outgoing' : 'general')

export function TrunkDetails({ id }: { id: string }) {
  const loaded = useLoad((signal) => get<Trunk>('/trunks' + path(id), {}, signal), [id], refresh)
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <NotFound />
  if (!loaded.data) {
    return (
      <Page title={t('title')} busy={loaded.loading}>
        {loaded.error !== undefined ? <Failure error={loaded.error} onRetry={loaded.reload} /> : loaded.slow && <section class="card"><Waiting lines={6} /></section>}
      </Page>
    )
  }
  return <Editor loaded={loaded as Loaded<Trunk> & { data: Trunk }} />
}

function Editor({ loaded }: { loaded: Loaded<Trunk> & { data: Trunk } }) {
  const trunk = loaded.data // with states as they are now
  const base = useSignal(trunk) // what the form began with
  const check = async (values: TrunkData): Promise<FieldProblem[]> => (await post<Checked>('/trunks/check', { id: trunk.id, ...values })).errors
  const form = useForm<TrunkData>(dataOf(trunk), check)
  const busy = useSignal(false)
  const failed = useSignal('')
  const conflict = useSignal<Conflict | undefined>(undefined)
  const theirs = useSignal<Trunk | undefined>(undefined)
  const element = useRef<HTMLFormElement>(null)
  const asked = place.value.query.get('tab') as TabName
  const tab = tabs.includes(asked) ? asked : 'general'
  const isChanged = (): boolean => !same(form.values, dataOf(base.value))
  const changed = isChanged()
  useGuard(changed)
  useEffect(() => {
    // Somebody else's changes are followed as long as there are none of one's own.
    if (isChanged() || trunk.revision === base.value.revision) return
    base.value = trunk
    form.reset(dataOf(trunk))
  }, [trunk])
  const inBad = (name: TabName): boolean => Object.keys(form.errors).some((f) => tabOf(f) === name)

  const save = async (revision = base.value.revision): Promise<void> => {
    if (busy.value || !isChanged()) return
    busy.value = true
    failed.value = ''
    conflict.value = undefined
    try {
      const now = await put<Trunk>('/trunks' + path(trunk.id), { revision, ...form.values })
      base.value = now
      form.reset(dataOf(now))
      loaded.set(now)
      toast({ text: t('saved', { name: now.name }) })
    } catch (e) {
      conflict.value = conflictOf(e)
      if (form.refused(e)) {
        const first = tabOf((e as Problem).errors[0]!.field)
        setQuery({ tab: first === 'general' ? '' : first })
        focusFirstError(element.current)
      } else if (e instanceof Problem && e.status === 404) failed.value = common('gone')
      else if (!conflict.value) failed.value = reason(e)
    } finally {
      busy.value = false
    }
  }
  const discard = (): void => {
    form.reset(dataOf(base.value))
    failed.value = ''
    conflict.value = undefined
  }
  const overwrite = (): void => {
    theirs.value = undefined
    void save(conflict.value?.current)
  }
  const compare = (): void => void get<Trunk>('/trunks' + path(trunk.id)).then((now) => (theirs.value = now), (e: unknown) => (failed.value = reason(e)))
  const takeTheirs = (): void => {
    base.value = theirs.value!
    theirs.value = undefined
    discard()
    loaded.set(base.value)
  }
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: t('deleteTitle', { name: trunk.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct'), danger: true }))) return
    try {
      await del('/trunks' + path(trunk.id))
      toast({ text: t('deleted', { name: trunk.name }) })
      discard()
      await go(address('trunks'))
    } catch (e) {
      failed.value = reason(e)
    }
  }
  return (
    <Page title={base.value.name} under={{ label: t('title'), href: address('trunks') }}
      note={
        <>
          {changed && <span class="badge badge--warn" role="status"><i class="dot dot--warn" />{common('notSaved')}</span>}
          {!base.value.enabled && <span class="badge">{t('off')}</span>}
        </>
      }
      actions={
        <Menu class="btn btn--ghost btn--icon" label={common('moreFor', { name: trunk.name })} items={[{ label: t('delete'), icon: trash, bad: true, act: () => void remove() }]}><Icon of={more} /></Menu>
      }
      foot={<SaveBar changed={changed} busy={busy.value} errors={Object.keys(form.errors).length} onSave={() => void save()} onDiscard={discard}>{common('notSaved')}</SaveBar>}>
      {conflict.value && <ConflictCallout conflict={conflict.value} onCompare={compare} onOverwrite={overwrite} />}
      {failed.value && <Callout kind="bad" role="alert"><b>{common('notSaved')}.</b> {failed.value}</Callout>}
      <section class="card tabbed">
        <Tabs<TabName> label={base.value.name} now={tab} onChange={(id) => setQuery({ tab: id === 'general' ? '' : id })}
          of={[
            { id: 'general', label: t('general'), icon: cog, bad: inBad('general') },
            { id: 'accounts', label: t('accounts'), icon: trunkIcon, count: form.values.accounts.length, bad: inBad('accounts') },
            { id: 'incoming', label: t('incoming'), icon: phoneIn, count: form.values.inbound.length, bad: inBad('incoming') },
            { id: 'outgoing', label: t('outgoing'), icon: phone, count: form.values.outbound.length, bad: inBad('outgoing') },
            { id: 'test', label: t('test'), icon: tick },
          ]}>
          {tab === 'test' ? <Test trunk={trunk} unsaved={changed} /> : (
            <form class="form form--page" ref={element} noValidate
              onSubmit={(e) => {
                e.preventDefault()
                void save()
              }}>
              {tab === 'general' && <General form={form} />}
              {tab === 'accounts' && <Accounts form={form} trunk={trunk} />}
              {tab === 'incoming' && <Incoming form={form} />}
              {tab === 'outgoing' && <Outgoing form={form} />}
              <button class="sr" type="submit" tabIndex={-1} aria-hidden="true">{common('save')}</button>
            </form>
          )}
        </Tabs>
      </section>
      {theirs.value && <Compare rows={differences(form.values, dataOf(theirs.value))} onClose={() => (theirs.value = undefined)} onTakeTheirs={takeTheirs} onOverwrite={overwrite} />}
    </Page>
  )
}

function differences(yours: TrunkData, theirs: TrunkData) {
  const yes = (on: boolean): string => common(on ? 'yes' : 'no')
  const row = (label: string, say: (d: TrunkData) => string) => ({ label, yours: say(yours), theirs: say(theirs) })
  return [
    row(t('name'), (d) => d.name),
    row(t('enabled'), (d) => yes(d.enabled)),
    row(t('kind'), (d) => t(`kind_${d.kind}`)),
    row(t('accounts'), (d) => d.accounts.map((a) => `${a.title || a.user}@${a.host}`).join(', ')),
    row(t('country'), (d) => d.country),
    row(t('area'), (d) => d.area),
    row(t('prefix'), (d) => d.prefix),
    row(t('format'), (d) => t(`format_${d.format}`)),
    row(t('incoming'), (d) => d.inbound.map((r) => `${r.destination} → ${r.extension}`).join(', ')),
    row(t('outgoing'), (d) => d.outbound.map((r) => `${r.inPrefix} ${r.destination} → ${r.outPrefix}${r.cid && ' ' + r.cid}`).join(', ')),
    row(t('maxCalls'), (d) => String(d.maxCalls)),
    row(t('allowInternational'), (d) => yes(d.policy.international)),
    row(t('allowPremium'), (d) => yes(d.policy.premium)),
    row(t('fallback'), (d) => d.fallback),
  ]
}
