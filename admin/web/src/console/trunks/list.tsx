import { get, post } from '../../shared/api'
import { number } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { trunk as trunkIcon } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { address, go, place, setQuery } from '../../shared/router'
import { Segments } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Empty } from '../../shared/ui/states'
import type { Column } from '../../shared/ui/table'
import { toast } from '../../shared/ui/toast'
import { useView } from '../../shared/ui/view'
import type { Trunk, TrunkAccount, TrunkPage } from '../../shared/types'
import { partText } from '../errors'
import { same, useForm } from '../form'
import { FormDrawer } from '../formdrawer'
import { AddButton, ListPage } from '../list'
import { useSaving } from '../saving'
import { t } from '../texts/trunks'
import { newAccount, newTrunk } from './model'
import { StateBadge, stateOf } from './state'

/** How often the state of accounts is looked for. */
const refresh = 10_000

/** The ways to the outside world, with how they do. */
export function TrunkList() {
  const view = useView()
  const page = useLoad((signal) => get<TrunkPage>('/trunks', view.query, signal), [view.key], refresh)
  const add = <AddButton>{t('add')}</AddButton>
  const columns: Column<Trunk>[] = [
    {
      head: t('name'), class: 'c-first',
      cell: (k) => <a class="who" href={address('trunks', k.id)} title={k.name}><span class="glyph"><Icon of={trunkIcon} /></span><b class="clip">{k.name}</b></a>,
    },
    { head: t('kind'), class: 'hide-md', cells: 'second', cell: (k) => t(`kind_${k.kind}`) },
    {
      head: t('accounts'), cell: (k) => (
        <span class="badges">
          {!k.enabled ? <span class="badge">{t('off')}</span> : k.accounts.map((a) => <span key={a.id} class="row"><span class="clip second max-16" title={`${a.title} · ${a.host}`}>{a.title}</span><StateBadge of={stateOf(k, a.id)} /></span>)}
        </span>
      ),
    },
    { head: t('limit'), class: 'c-num hide-sm', cell: (k) => (k.maxCalls ? number(k.maxCalls) : <span class="muted">{t('noLimit')}</span>) },
  ]
  return (
    <ListPage title={t('title')} find={t('findLabel')} placeholder={t('find')} view={view} page={page} columns={columns} id={(k) => k.id} actions={add}
      empty={<Empty icon={trunkIcon} title={t('empty')} action={add}>{t('emptyText')}</Empty>}>
      {place.value.query.get('add') === '1' && <NewTrunk onClose={() => setQuery({ add: '' })} />}
    </ListPage>
  )
}

interface Values {
  name: string
  kind: Trunk['kind']
  host: string
  transport: TrunkAccount['transport']
  user: string
  password: string
  base: string
  digits: number
  central: string
}

const first: Values = { name: '', kind: 'registering', host: '', transport: 'udp', user: '', password: '', base: '', digits: 2, central: '' }

/** Where the fields of the short form stand in what the server takes. */
const places: Record<string, keyof Values> = {
  name: 'name', 'accounts.0.host': 'host', 'accounts.0.user': 'user', 'accounts.0.password': 'password', 'block.base': 'base', 'block.digits': 'digits', 'block.central': 'central',
}

/** What a provider tells one to type in; the rest is set on the trunk's page. */
function NewTrunk({ onClose }: { onClose(): void }) {
  const form = useForm<Values>(first)
  const saving = useSaving(form)
  const registers = form.values.kind === 'registering'
  const save = async (): Promise<void> => {
    const { name, kind, host, transport, user, password, base, digits, central } = form.values
    const account: TrunkAccount = { ...newAccount(), host, transport, user, register: registers, ...(password && { password }) }
    const made = await saving.run(() => post<Trunk>('/trunks', { ...newTrunk(), name, kind, accounts: [account], ...(base && { block: { base, digits, central } }) }))
    if (!made) return
    toast({ text: t('created', { name: made.name }) })
    await go(address('trunks', made.id))
  }
  const text = (name: Exclude<keyof Values, 'digits' | 'kind' | 'transport'>, label: string, more: { hint?: string; full?: boolean; class?: string; type?: 'password' | 'tel' } = {}) => {
    const where = Object.keys(places).find((p) => places[p] === name)!
    return (
      <Field name={where} label={label} full={more.full ?? false} {...(more.hint && { hint: more.hint })} error={form.error(where)} errorText={partText(form.error(where))}>
        {(aria) => (
          <input class={'input ' + (more.class ?? '')} type={(more.type ?? 'text') as 'text'} autocomplete={more.type === 'password' ? 'new-password' : 'off'} autocapitalize="none" spellcheck={false} {...aria}
            value={form.values[name]} onInput={(e) => form.set(name, e.currentTarget.value, where)} />
        )}
      </Field>
    )
  }
  return (
    <FormDrawer title={t('add')} of={saving} unsaved={() => !same(form.values, first)} onSave={() => void save()} onClose={onClose}>
      {text('name', t('name'), { full: true })}
      <div class="field full">
        <span class="label" id="trunk-kind">{t('kind')}</span>
        <Segments<Trunk['kind']> labelledby="trunk-kind" value={form.values.kind} onChange={(kind) => form.set('kind', kind)}
          of={[{ value: 'registering', label: t('kind_registering') }, { value: 'address', label: t('kind_address') }]} />
        <p class="hint">{t(`kindHint_${form.values.kind}`)}</p>
      </div>
      {text('host', t('host'), { hint: t('hostHint'), class: 'mono' })}
      <Field name="transport" label={t('transport')} error={form.error('accounts.0.transport')}>
        {(aria) => (
          <select class="select" {...aria} value={form.values.transport} onChange={(e) => form.set('transport', e.currentTarget.value as Values['transport'])}>
            {['udp', 'tcp', 'tls'].map((way) => <option key={way} value={way}>{way.toUpperCase()}</option>)}
          </select>
        )}
      </Field>
      {text('user', t('user'), { class: 'mono' })}
      {text('password', t('password'), { type: 'password' })}
      <h3>{t('block')}</h3>
      <p class="hint full">{t('blockHint')}</p>
      {text('base', t('base'), { hint: t('baseHint'), class: 'num', type: 'tel' })}
      <Field name="block.digits" label={t('digits')} hint={t('digitsHint')} error={form.error('block.digits')} errorText={partText(form.error('block.digits'))}>
        {(aria) => <input class="input num" type="number" min={0} max={10} {...aria} value={form.values.digits} onInput={(e) => form.set('digits', Number(e.currentTarget.value), 'block.digits')} />}
      </Field>
      {text('central', t('central'), { hint: t('centralHint'), class: 'num' })}
    </FormDrawer>
  )
}
