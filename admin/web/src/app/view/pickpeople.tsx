import { useSignal } from '@preact/signals'
import { lang, texts } from '../../shared/i18n'
import { Avatar } from '../../shared/ui/avatar'
import { SearchField } from '../../shared/ui/controls'
import type { Desk } from '../model/desk'

const t = texts({
  en: { find: 'Find a colleague', none: 'Nobody is called that.', picked: '{n} picked|{n} picked' },
  de: { find: 'Kollegen suchen', none: 'So heißt niemand.', picked: '{n} gewählt|{n} gewählt' },
})

/** Colleagues to pick from; some may be left out. */
export function PickPeople({ label, desk, picked, onChange, without = new Set() }: {
  label: string
  desk: Desk
  picked: ReadonlySet<string>
  onChange(next: ReadonlySet<string>): void
  without?: ReadonlySet<string>
}) {
  const q = useSignal('')
  const names = new Intl.Collator(lang.value)
  const found = [...desk.roster.contacts.value.values()]
    .filter((c) => !without.has(c.jid) && c.name.toLocaleLowerCase().includes(q.value.trim().toLocaleLowerCase()))
    .sort((a, b) => names.compare(a.name, b.name))
  const toggle = (jid: string, on: boolean): void => {
    const next = new Set(picked)
    if (on) next.add(jid)
    else next.delete(jid)
    onChange(next)
  }
  return (
    <fieldset class="people-pick">
      <legend class="label">
        {label} <span class="opt num">{picked.size > 0 && t('picked', { n: picked.size })}</span>
      </legend>
      <SearchField label={t('find')} value={q.value} onChange={(v) => (q.value = v)} />
      <ul tabIndex={-1}>
        {found.map((c) => (
          <li key={c.jid}>
            <label class="people-pick-row">
              <input class="check" type="checkbox" checked={picked.has(c.jid)} onChange={(e) => toggle(c.jid, e.currentTarget.checked)} />
              <Avatar name={c.name} size="sm" />
              <span class="clip" dir="auto">{c.name}</span>
            </label>
          </li>
        ))}
        {found.length === 0 && <li class="hint">{t('none')}</li>}
      </ul>
    </fieldset>
  )
}
