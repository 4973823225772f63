import type { FieldProblem } from '../../shared/api'
import type { Permission } from '../../shared/types'
import { partText } from '../errors'

/** Permissions of which some are chosen: who has one of them, is meant. One that was deleted since is left out of what is saved. */
export function Permissions({ list, hint, chosen, error, onChange }: { list: Permission[]; hint: string; chosen: string[]; error: FieldProblem | undefined; onChange(next: string[]): void }) {
  const known = chosen.filter((id) => list.some((p) => p.id === id))
  return (
    <div class="col">
      <p class="hint">{hint}</p>
      <ul class="choices">
        {list.map((p) => (
          <li key={p.id}>
            <label class="choice">
              <input class="check" type="checkbox" checked={known.includes(p.id)} onChange={(e) => onChange((e.currentTarget.checked ? [...known, p.id] : known.filter((c) => c !== p.id)).sort())} />
              <span class="grow"><b>{p.name}</b>{p.description && <small>{p.description}</small>}</span>
            </label>
          </li>
        ))}
      </ul>
      {error && <p class="err" role="alert">{partText(error)}</p>}
    </div>
  )
}
