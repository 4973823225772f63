import { get, path, post } from '../../shared/api'
import { check as tick, cog, phoneIn, phone, trash, trunk as trunkIcon } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { Tabs } from '../../shared/ui/tabs'
import { toast } from '../../shared/ui/toast'
import type { Checked, Trunk } from '../../shared/types'
import { useEditing } from '../editing'
import { EditingPage, LoadedPage } from '../editingpage'
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
  return <LoadedPage title={t('title')} loaded={loaded}>{(now) => <Editor loaded={now} />}</LoadedPage>
}

function Editor({ loaded }: { loaded: Loaded<Trunk> & { data: Trunk } }) {
  const trunk = loaded.data // with states as they are now
  const page = useEditing<Trunk, TrunkData>({
    loaded, at: '/trunks' + path(trunk.id), values: dataOf,
    check: async (values) => (await post<Checked>('/trunks/check', { id: trunk.id, ...values })).errors,
    saved: (now) => toast({ text: t('saved', { name: now.name }) }),
    show: (field) => show(tabOf(field)),
  })
  const { form, stored } = page
  const show = (id: TabName): void => setQuery({ tab: id === 'general' ? '' : id })
  const asked = place.value.query.get('tab') as TabName
  const tab = tabs.includes(asked) ? asked : 'general'
  const inBad = (name: TabName): boolean => Object.keys(form.errors).some((f) => tabOf(f) === name)
  const remove = (): Promise<void> =>
    page.remove({ title: t('deleteTitle', { name: trunk.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct') }, t('deleted', { name: trunk.name }), address('trunks'))
  return (
    <EditingPage of={page} title={stored.name} under={{ label: t('title'), href: address('trunks') }} note={!stored.enabled && <span class="badge">{t('off')}</span>}
      menu={[{ label: t('delete'), icon: trash, bad: true, act: () => void remove() }]} differences={(theirs) => differences(form.values, dataOf(theirs))}>
      <section class="card tabbed">
        <Tabs<TabName> label={stored.name} now={tab} onChange={show}
          of={[
            { id: 'general', label: t('general'), icon: cog, bad: inBad('general') },
            { id: 'accounts', label: t('accounts'), icon: trunkIcon, count: form.values.accounts.length, bad: inBad('accounts') },
            { id: 'incoming', label: t('incoming'), icon: phoneIn, count: form.values.inbound.length, bad: inBad('incoming') },
            { id: 'outgoing', label: t('outgoing'), icon: phone, count: form.values.outbound.length, bad: inBad('outgoing') },
            { id: 'test', label: t('test'), icon: tick },
          ]}>
          {tab === 'test' ? <Test trunk={trunk} unsaved={page.changed} /> : (
            <form class="form form--page" ref={page.saving.within} noValidate
              onSubmit={(e) => {
                e.preventDefault()
                void page.save()
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
    </EditingPage>
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
