import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { get, path, Problem } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { bolt, device, key, people, phone, phoneIn, pin, sliders, team, trash, user, shield, xfer, fwd, list as listIcon } from '../../shared/icons'
import { useLoad, type Loaded } from '../../shared/load'
import { address, place, setQuery } from '../../shared/router'
import { SwitchRow } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import { Tabs, type Tab } from '../../shared/ui/tabs'
import { toast } from '../../shared/ui/toast'
import type { Permission, PermissionData, PermissionTypes } from '../../shared/types'
import { useEditing } from '../editing'
import { EditingPage, LoadedPage } from '../editingpage'
import { fieldText } from '../errors'
import { t as common } from '../texts/common'
import { aboutType, kindWords, t, typeWords } from '../texts/permissions'
import { AssignList } from './assign'
import { affected } from './effect'
import { noneMoved, plurals, rest, toSend, withoutGone, type AllMoves, type Kind } from './moves'
import { newest, othersSince } from './others'

const kindIcons: Record<Kind, string> = { user, team, device, location: pin }

/** The kinds in the order of the tabs. */
const kinds = plurals.map((k) => ({ ...k, icon: kindIcons[k.kind] }))

const typeIcons: Record<string, string> = {
  'xmpp.group': people, 'pickup.group': phoneIn, 'location.group': pin, 'xmpp.supervisor': phone, 'redirect.choice': fwd, 'redirect.group': xfer,
  'profile.personal': sliders, 'billing.group': listIcon,
}

interface Both {
  permission: Permission
  types: PermissionTypes
  /** The newest entry of the audit log about who is assigned. */
  seen: number | undefined
}

export function PermissionEditor({ id }: { id: string }) {
  const loaded = useLoad(async (signal) => {
    const [permission, types, seen] = await Promise.all([
      get<Permission>('/permissions' + path(id), {}, signal),
      get<PermissionTypes>('/permissions/types', {}, signal),
      newest(id, signal),
    ])
    return { permission, types, seen }
  }, [id])
  return <LoadedPage title={t('title')} loaded={loaded}>{(now) => <Editor loaded={now} />}</LoadedPage>
}

const dataOf = (p: Permission): PermissionData => ({ name: p.name, description: p.description, types: p.types, auto: p.auto })

function Editor({ loaded }: { loaded: Loaded<Both> & { data: Both } }) {
  const { types } = loaded.data
  const seen = useRef(loaded.data.seen)
  const moves = useSignal<AllMoves>(noneMoved())
  const sent = useRef({ moves: moves.peek(), members: toSend(moves.peek(), loaded.data.permission.auto) })
  const round = useSignal(0) // grows when the lists are to be read again
  const page = useEditing<Permission, PermissionData>({
    loaded: { data: loaded.data.permission, error: loaded.error, set: (permission) => loaded.set({ ...loaded.data, permission }) },
    at: '/permissions' + path(loaded.data.permission.id), values: dataOf,
    beside: {
      changed: (values) => toSend(moves.value, values.auto).length > 0,
      discard: () => (moves.value = noneMoved()),
    },
    // All that was edited goes in one request, which does all of it or nothing.
    sent: (values) => {
      const members = toSend(moves.value, values.auto)
      sent.current = { moves: moves.value, members }
      return { ...values, ...(members.length > 0 && { members }) }
    },
    saved: (now) => {
      moves.value = rest(moves.value, sent.current.moves)
      toast({ text: t('saved', { name: now.name }) })
      if (sent.current.members.length) void tellOthers(now)
      round.value++
    },
    refused: (cause) => {
      const { moves: left, gone } = withoutGone(moves.value, sent.current.members, cause instanceof Problem ? cause.errors.map((x) => x.field) : [])
      if (!gone.length) return undefined
      moves.value = left
      return t('membersGone', { n: gone.length, names: gone.map((m) => m.name).join(', ') })
    },
  })
  const { form, stored } = page
  const values = form.values
  const hands = kinds.filter((k) => !values.auto[k.plural])
  const membersNow = (k: (typeof kinds)[number]): number =>
    (stored.auto[k.plural] ? stored.existing[k.plural] : stored.members[k.plural]) + moves.value[k.kind].add.size - moves.value[k.kind].remove.size
  const n = affected(stored, values, values.auto.users ? 0 : moves.value.user.add.size, values.auto.users ? 0 : moves.value.user.remove.size,
    values.auto.teams ? 0 : moves.value.team.add.size + moves.value.team.remove.size)

  /** Who is assigned does not collide when two administrators change it: both changes are kept, and the slower one is told. */
  const tellOthers = async (now: Permission): Promise<void> => {
    const since = seen.current
    seen.current = await newest(now.id)
    const who = since === undefined ? [] : await othersSince(now.id, since)
    if (who.length) toast({ text: t('othersMoved', { names: who.join(', ') }) })
  }
  const remove = (): Promise<void> =>
    page.remove({ title: t('deleteTitle', { name: stored.name }), body: t('deleteText', { n: stored.members.users }), keep: t('deleteKeep'), act: t('deleteAct') },
      t('deleted', { name: stored.name }), address('permissions'))

  const tabs: Tab<'types' | Kind>[] = [
    { id: 'types', label: t('tabTypes'), icon: key, count: values.types.length },
    ...hands.map((k) => ({ id: k.kind, label: t(k.plural), icon: k.icon, count: membersNow(k) })),
  ]
  const asked = place.value.query.get('tab') ?? 'user'
  const tab = (tabs.find((x) => x.id === asked) ?? tabs.find((x) => x.id === 'user') ?? tabs[0]!).id
  const error = form.error('name')

  return (
    <EditingPage of={page} title={stored.name} class="page-permission" under={{ label: t('title'), href: address('permissions') }}
      note={stored.builtIn && <span class="badge badge--line">{t('builtIn')}</span>}
      menu={stored.builtIn ? [] : [{ label: common('delete'), icon: trash, bad: true, act: () => void remove() }]}
      saving={<><Icon of={bolt} size="m" /> {n ? t('saving', { n }) : t('savingNone')}</>}
      differences={(theirs) => [
        { label: t('name'), yours: values.name, theirs: theirs.name },
        { label: t('description'), yours: values.description, theirs: theirs.description },
        { label: t('tabTypes'), yours: values.types.map(typeWords).join(', '), theirs: theirs.types.map(typeWords).join(', ') },
        ...kinds.map((k) => ({ label: `${t('auto')}: ${t(k.plural)}`, yours: common(values.auto[k.plural] ? 'yes' : 'no'), theirs: common(theirs.auto[k.plural] ? 'yes' : 'no') })),
      ]}>
      <section class="card base" ref={page.saving.within}>
        <div class="col">
          <Field name="name" label={t('name')} error={error} errorText={fieldText(error, values.name, (s) => form.set('name', s))}>
            {(aria) => <input class="input" autocomplete="off" readOnly={stored.builtIn} {...aria} value={values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />}
          </Field>
          <Field name="description" label={t('description')} optional error={form.error('description')} errorText={fieldText(form.error('description'), '', () => {})}>
            {(aria) => <input class="input" autocomplete="off" {...aria} value={values.description} onInput={(e) => form.set('description', e.currentTarget.value)} />}
          </Field>
        </div>
        <div role="group" aria-labelledby="auto-title" aria-describedby="auto-hint">
          <h2 class="h3" id="auto-title">{t('auto')}</h2>
          <p class="hint" id="auto-hint">{t('autoHint')}</p>
          <div class="auto">
            {[kinds[0]!, kinds[2]!, kinds[1]!, kinds[3]!].map((k) => {
              const all = stored.existing[k.plural]
              const chosen = membersNow(k)
              return (
                <SwitchRow key={k.kind} name={'auto-' + k.plural} label={t(k.plural)} on={values.auto[k.plural]} onChange={(on) => form.set('auto', { ...values.auto, [k.plural]: on })}
                  hint={values.auto[k.plural] ? t('allOf', { all }) : stored.auto[k.plural] ? t('autoOff') : chosen ? t('byHand', { n: chosen, all }) : t('noneOf', { all })} />
              )
            })}
          </div>
        </div>
      </section>
      <section class="card assign-box">
        <Tabs label={stored.name} of={tabs} now={tab} onChange={(id) => setQuery({ tab: id === 'user' ? '' : id })}>
          <div class="assign-body">
            {tab === 'types' ? (
              <TypeChoice all={types} chosen={values.types} onChange={(next) => form.set('types', next)} />
            ) : (
              <>
                <div class="types">
                  <span class="muted">{values.types.length ? t('mayUsers') : t('mayNothing')}</span>
                  {values.types.map((type) => (
                    <span class="type" key={type}><Icon of={typeIcons[type] ?? shield} />{typeWords(type)} <span class="muted">{type}</span></span>
                  ))}
                </div>
                <AssignList key={tab + round.value} id={stored.id} kind={tab} moves={moves.value[tab]} onMoves={(next) => (moves.value = { ...moves.value, [tab]: next })} />
              </>
            )}
          </div>
        </Tabs>
      </section>
    </EditingPage>
  )
}

/** The types in words, with their technical names and what they act on (A-199..A-206). */
function TypeChoice({ all, chosen, onChange }: { all: PermissionTypes; chosen: string[]; onChange(types: string[]): void }) {
  const order = all.items.map((i) => i.type)
  const toggle = (type: string, on: boolean): void => {
    const next = on ? [...chosen, type] : chosen.filter((c) => c !== type)
    onChange(next.sort((a, b) => order.indexOf(a) - order.indexOf(b)))
  }
  return (
    <div class="col type-choice">
      <p class="hint">{t('typesHint')}</p>
      <ul class="choices choices--grid">
        {all.items.map(({ type, kinds: acts }) => (
          <li key={type}>
            <label class={'choice choice--card' + (chosen.includes(type) ? ' is-on' : '')}>
              <input class="check" type="checkbox" name={'type-' + type} checked={chosen.includes(type)} onChange={(e) => toggle(type, e.currentTarget.checked)} />
              <span class="grow">
                <b>{typeWords(type)}</b>
                <small>{aboutType(type)}</small>
                <small class="muted">{type} · {t('actsOn', { kinds: acts.map(kindWords).join(', ') })}</small>
              </span>
              <Icon of={typeIcons[type] ?? shield} size="m" class="muted" />
            </label>
          </li>
        ))}
      </ul>
    </div>
  )
}
