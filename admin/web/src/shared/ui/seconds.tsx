import { useSignal } from '@preact/signals'

/** A number of seconds, which holds when the field is left. What is none of 0 to 999 is put back. */
export function Seconds({ label, least, disabled, value, onChange }: { label: string; least: number; disabled: boolean; value: number; onChange(n: number): void }) {
  const typed = useSignal<string | undefined>(undefined)
  return (
    <input class="input seconds" type="number" inputMode="numeric" min={least} max={999} aria-label={label} disabled={disabled} value={typed.value ?? value}
      onInput={(e) => (typed.value = e.currentTarget.value)}
      onChange={(e) => {
        const n = e.currentTarget.valueAsNumber
        typed.value = undefined
        if (Number.isInteger(n) && n >= least && n <= 999) onChange(n)
        else e.currentTarget.value = String(value)
      }} />
  )
}
