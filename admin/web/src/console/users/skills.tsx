import { useSignal } from '@preact/signals'
import { get, path, Problem, put } from '../../shared/api'
import { Icon } from '../../shared/icon'
import { plus, trash } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import { Seconds } from '../../shared/ui/seconds'
import { Callout, Failure, reason } from '../../shared/ui/states'
import type { CallChoices, Skill, UserSkills } from '../../shared/types'
import { t } from '../texts/skills'

/** What a user can, and how well. What is changed is saved at once, not with the form. */
export function UserSkillList({ jid, name }: { jid: string; name: string }) {
  const at = '/users' + path(jid, 'skills')
  const loaded = useLoad(async (signal) => {
    const [own, choices] = await Promise.all([get<UserSkills>(at, {}, signal), get<CallChoices>('/callobjects/choices', {}, signal)])
    return { own, known: choices.skills }
  }, [at])
  const failed = useSignal('')
  const kept = useSignal(false)
  const busy = useSignal(false)
  const fresh = useSignal<Skill>({ name: '', level: 50 })
  if (loaded.error !== undefined) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!loaded.data) return null
  const { own, known } = loaded.data
  const save = async (skills: Skill[]): Promise<boolean> => {
    busy.value = true
    kept.value = false
    try {
      loaded.set({ own: await put<UserSkills>(at, { revision: own.revision, skills }), known })
      failed.value = ''
      kept.value = true
      return true
    } catch (e) {
      failed.value = e instanceof Problem && e.errors?.length ? e.errors.map((f) => f.text).join(' ') : reason(e)
      loaded.reload()
      return false
    } finally {
      busy.value = false
    }
  }
  const add = async (): Promise<void> => {
    if (!busy.value && await save([...own.skills, fresh.value])) fresh.value = { name: '', level: 50 }
  }
  return (
    <div class="full col">
      <h2 class="h4 row">{t('title', { name })}<span class="muted" role="status">{kept.value && t('saved')}</span></h2>
      <p class="hint">{t('hint')} {t('levels')}</p>
      {failed.value && <Callout kind="bad" role="alert">{failed.value}</Callout>}
      {!own.skills.length && <p class="hint">{t('none')}</p>}
      {own.skills.map((s) => (
        <div class="row" role="group" aria-label={s.name} key={s.name}>
          <b class="grow clip" title={s.name}>{s.name}</b>
          <Seconds label={t('levelOf', { name: s.name })} least={1} most={100} disabled={busy.value} value={s.level}
            onChange={(level) => void save(own.skills.map((o) => (o.name === s.name ? { ...o, level } : o)))} />
          <button type="button" class="btn btn--ghost btn--icon btn--sm" disabled={busy.value} aria-label={t('remove', { name: s.name })} title={t('remove', { name: s.name })}
            onClick={() => void save(own.skills.filter((o) => o.name !== s.name))}><Icon of={trash} /></button>
        </div>
      ))}
      <datalist id="skills-known">{known.map((k) => <option key={k} value={k} />)}</datalist>
      <div class="row">
        <input class="input grow" autocomplete="off" list="skills-known" aria-label={t('skill')} placeholder={t('skill')} value={fresh.value.name}
          onInput={(e) => (fresh.value = { ...fresh.value, name: e.currentTarget.value })}
          onKeyDown={(e) => {
            if (e.key !== 'Enter') return
            e.preventDefault() // the form around is not what is saved
            void add()
          }} />
        <Seconds label={t('level')} least={1} most={100} disabled={busy.value} value={fresh.value.level} onChange={(level) => (fresh.value = { ...fresh.value, level })} />
        <button type="button" class="btn btn--sm" disabled={busy.value} onClick={() => void add()}><Icon of={plus} size="s" />{t('add')}</button>
      </div>
    </div>
  )
}
