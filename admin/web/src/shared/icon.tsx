export interface IconProps {
  /** The inside of an svg, from icons.ts; never anything that came over the wire. */
  of: string
  size?: 's' | 'm' | 'l' | 'xl'
  class?: string
}

/** An icon beside text, or in a button that has a name: it says nothing itself. */
export function Icon({ of, size, class: more }: IconProps) {
  const names = ['i', size, more].filter(Boolean).join(' ')
  return <svg class={names} viewBox="0 0 20 20" aria-hidden="true" focusable="false" dangerouslySetInnerHTML={{ __html: of }} />
}

/** The product's mark and name. */
export function Wordmark() {
  return (
    <span class="wordmark">
      <svg class="mark" viewBox="0 0 28 20" aria-hidden="true" focusable="false">
        <g fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round">
          <path d="M2.5 16.5a11.5 11.5 0 0 1 23 0" />
          <path d="M9 16.5a5 5 0 0 1 10 0" />
        </g>
      </svg>
      <span>Plenum</span>
    </span>
  )
}
