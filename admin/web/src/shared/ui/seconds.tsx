import { useSignal } from '@preact/signals'

/** A number, of seconds or something else, which holds when the field is left. What is none of least to most, 999 unless it is said, is put back. */
export function Seconds({ label, least, most = 999, disabled, value, onChange }: { label: string; least: number; most?: number; disabled: boolean; value: number; onChange(n: number): void }) {
  const typed = useSignal<string | undefined>(undefined)
  return (
    <input class="input seconds" type="number" inputMode="numeric" min={least} max={most} aria-label={label} disabled={disabled} value={typed.value ?? value}
      onInput={(e) => (typed.value = e.currentTarget.value)}
      onChange={(e) => {
        const n = e.currentTarget.valueAsNumber
        typed.value = undefined
        if (Number.isInteger(n) && n >= least && n <= most) onChange(n)
        else e.currentTarget.value = String(value)
      }} />
  )
}
