import { useSignal } from '@preact/signals'
import { del, get, path } from '../../shared/api'
import { ago, dateTime } from '../../shared/format'
import { Icon } from '../../shared/icon'
import { device, edit, filter, key, lock, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { Avatar } from '../../shared/ui/avatar'
import { Segments } from '../../shared/ui/controls'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { useView } from '../../shared/ui/view'
import type { Device, DevicePage, DeviceSecret } from '../../shared/types'
import { askAndAct } from '../act'
import { AddButton, ListPage, RowMenu, useFormAtSide } from '../list'
import { t as common } from '../texts/common'
import { t } from '../texts/devices'
import { DeviceForm } from './form'
import { deviceIcons } from './kinds'
import { makeSecret, SecretDialog } from './secret'

type Kind = '' | Device['kind']
type Owner = '' | 'somebody' | 'nobody'

export const speaksSip = (d: Device): boolean => d.kind === 'phone' || d.kind === 'softphone'

/** All devices, with whom they belong to and what they register with. */
export function DeviceList() {
  const view = useView()
  const query = place.value.query
  const kind = (query.get('kind') ?? '') as Kind
  const owner = (query.get('owner') ?? '') as Owner
  const page = useLoad((signal) => get<DevicePage>('/devices', { ...view.query, kind, owner }, signal), [view.key, kind, owner])
  const secret = useSignal<DeviceSecret | undefined>(undefined)
  const { adds, edited, close } = useFormAtSide((id, signal) => get<Device>('/devices' + path(id), {}, signal))
  const renew = async (d: Device): Promise<void> => {
    secret.value = await makeSecret(d)
    page.reload()
  }
  const remove = (d: Device): Promise<unknown> =>
    askAndAct({ title: t('deleteTitle', { name: d.name }), body: t('deleteText'), keep: t('deleteKeep'), act: t('deleteAct') },
      () => del('/devices' + path(d.id)), t('deleted', { name: d.name })).finally(page.reload)
  const saved = (d: Device): void => {
    close()
    page.reload()
    if (adds) void renew(d)
  }
  const columns: Column<Device>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (d) => (
        <span class="who">
          <span class="glyph" title={t(`kind_${d.kind}`)}><Icon of={deviceIcons[d.kind]} /><span class="sr">{t(`kind_${d.kind}`)}</span></span>
          {speaksSip(d) ? <button type="button" class="link strong clip" title={d.name} onClick={() => setQuery({ edit: d.id })}>{d.name}</button> : <b class="clip" title={d.name}>{d.name}</b>}
          {d.encryption && <span class="badge badge--line" title={t('encrypted')}><Icon of={lock} /><span class="sr">{t('encrypted')}</span></span>}
        </span>
      ),
    },
    {
      head: t('owner'),
      cell: (d) => (d.owner
        ? <a class="who" href={address('users', d.owner)} title={d.owner}><Avatar name={d.ownerName} of={d.owner} size="sm" /><span class="clip">{d.ownerName}</span></a>
        : <span class="muted">{t('nobody')}</span>),
    },
    { head: t('sipUser'), class: 'hide-sm', cells: 'second', cell: (d) => <span class="mono">{d.sipUser}</span> },
    {
      head: t('secret'), class: 'hide-md', cells: 'second', title: (d) => d.secretSince && dateTime(d.secretSince),
      cell: (d) => speaksSip(d) && (d.secretSince ? t('secretSet', { when: ago(d.secretSince) }) : <span class="badge badge--warn" title={t('noSecretHint')}>{t('noSecret')}</span>),
    },
    {
      head: common('actions'), mute: true, class: 'c-act',
      cell: (d) => speaksSip(d) && (
        <RowMenu name={d.name}
          items={[
            { label: common('edit'), icon: edit, act: () => setQuery({ edit: d.id }) },
            { label: t(d.secretSince ? 'newSecret' : 'firstSecret'), icon: key, act: () => void renew(d) },
            ...(d.bySwitch ? [] : [{ label: t('delete'), icon: trash, bad: true, apart: true, act: () => void remove(d) }]),
          ]} />
      ),
    },
  ]
  const add = <AddButton>{t('add')}</AddButton>
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(d) => d.id} actions={add}
      tools={
        <>
          <Segments<Kind> label={t('kind')} value={kind} onChange={(value) => setQuery({ kind: value, offset: '' })}
            of={[{ value: '', label: t('all') }, { value: 'phone', label: t('onlyPhone') }, { value: 'softphone', label: t('onlySoftphone') }, { value: 'mobile', label: t('onlyMobile') }, { value: 'fax', label: t('onlyFax') }]} />
          <Segments<Owner> label={t('owner')} value={owner} onChange={(value) => setQuery({ owner: value, offset: '' })}
            of={[{ value: '', label: t('anyOwner') }, { value: 'somebody', label: t('withOwner') }, { value: 'nobody', label: t('withoutOwner') }]} />
        </>
      }
      empty={kind || owner ? <Empty icon={filter} title={t('emptyFilter')} action={<button type="button" class="btn" onClick={() => setQuery({ kind: '', owner: '' })}>{t('showAll')}</button>} />
        : <Empty icon={device} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {adds && <DeviceForm onClose={close} onSaved={saved} />}
      {edited && <DeviceForm key={edited.id + edited.revision} of={edited} onClose={close} onSaved={saved} />}
      {secret.value && <SecretDialog of={secret.value} onClose={() => (secret.value = undefined)} />}
    </ListPage>
  )
}
