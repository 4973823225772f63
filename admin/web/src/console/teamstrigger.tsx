import { useSignal } from '@preact/signals'
import { get, put } from '../shared/api'
import { ago } from '../shared/format'
import { useLoad } from '../shared/load'
import { SwitchRow } from '../shared/ui/controls'
import { Field } from '../shared/ui/field'
import { Callout, Failure } from '../shared/ui/states'
import { toast } from '../shared/ui/toast'
import type { TeamsTrigger } from '../shared/types'
import { ConflictCallout } from './conflict'
import { NotSaved } from './editingpage'
import { partText } from './errors'
import { same, useForm } from './form'
import { useGuard } from './leave'
import { useSaving } from './saving'
import { t as common } from './texts/common'
import { t } from './texts/services'

interface Values {
  enabled: boolean
  tenant: string
  client: string
  /** Empty keeps the one there is: it is never shown. */
  secret: string
}

const valuesOf = (s: TeamsTrigger): Values => ({ enabled: s.enabled, tenant: s.tenant, client: s.client, secret: '' })

/** How often it is looked what came of asking. */
const refresh = 10_000

/** How Microsoft is asked who is in a call in Teams. */
export function TeamsTriggerCard() {
  const loaded = useLoad((signal) => get<TeamsTrigger>('/teams-trigger', {}, signal), [], refresh)
  if (!loaded.data) return loaded.error !== undefined ? <Failure error={loaded.error} onRetry={loaded.reload} /> : null
  return <Editor now={loaded.data} onSaved={loaded.set} />
}

function Editor({ now, onSaved }: { now: TeamsTrigger; onSaved(s: TeamsTrigger): void }) {
  const base = useSignal(now) // what the form began with
  const form = useForm<Values>(valuesOf(now))
  const saving = useSaving(form)
  const isChanged = (): boolean => !same(form.values, valuesOf(base.value))
  const changed = isChanged()
  useGuard(isChanged)
  const save = async (revision = base.value.revision): Promise<void> => {
    if (!isChanged()) return
    const { secret, ...others } = form.values
    const set = await saving.run(() => put<TeamsTrigger>('/teams-trigger', { revision, ...others, ...(secret && { secret }) }))
    if (!set) return
    base.value = set
    form.reset(valuesOf(set))
    onSaved(set)
    toast({ text: t('saved') })
  }
  const line = (name: 'tenant' | 'client' | 'secret', label: string, hint: string) => (
    <Field name={name} label={label} hint={hint} error={form.error(name)} errorText={partText(form.error(name))}>
      {(aria) => (
        <input class="input mono" type={(name === 'secret' ? 'password' : 'text') as 'text'} autocomplete={name === 'secret' ? 'new-password' : 'off'} autocapitalize="none" spellcheck={false} {...aria}
          value={form.values[name]} onInput={(e) => form.set(name, e.currentTarget.value)} />
      )}
    </Field>
  )
  return (
    <section class="card" aria-label={t('teams')}>
      <div class="card-head">
        <h2>{t('teams')}</h2>
        {now.enabled && now.asked && (now.failure
          ? <span class="badge badge--bad"><i class="dot dot--bad" />{t('teamsDown')}</span>
          : <span class="badge badge--ok"><i class="dot dot--ok" />{t('teamsUp')}</span>)}
      </div>
      <form class="card-body form form--page" ref={saving.within} noValidate
        onSubmit={(e) => {
          e.preventDefault()
          void save()
        }}>
        {saving.conflict && <div class="full"><ConflictCallout conflict={saving.conflict} onOverwrite={() => void save(saving.conflict?.current)} /></div>}
        {saving.failed && <div class="full"><NotSaved of={saving} /></div>}
        {now.enabled && now.failure && <div class="full"><Callout kind="warn">{now.failure}</Callout></div>}
        <SwitchRow full label={t('teamsOn')} hint={t('teamsOnHint')} on={form.values.enabled} onChange={(on) => form.set('enabled', on)} />
        {line('tenant', t('tenant'), t('tenantHint'))}
        {line('client', t('client'), t('clientHint'))}
        {line('secret', t('secret'), t(base.value.hasSecret ? 'secretKept' : 'secretHint'))}
        {now.asked && <p class="hint full">{t('teamsAsked', { when: ago(now.asked), n: now.users })}</p>}
        <div class="full row"><button type="submit" class="btn btn--primary end" aria-busy={saving.busy} disabled={!changed}>{common('save')}</button></div>
      </form>
    </section>
  )
}
