import type { ComponentChildren } from 'preact'
import { Icon } from '../shared/icon'

interface Props {
  kind: 'chat' | 'people'
  title: string
  hide: string
  icon: string
  count?: number
  /** Stands in the head. */
  tools?: ComponentChildren
  onClose: () => void
  children: ComponentChildren
}

/** A panel beside the stage, or over it where the page is narrow. Escape closes it. */
export function Side({ kind, title, hide, icon, count, tools, onClose, children }: Props) {
  return (
    <section
      class={`side ${kind}`}
      aria-label={title}
      onKeyDown={(e) => {
        if (e.key === 'Escape' && !e.isComposing) onClose()
      }}
    >
      <div class="side-head">
        <h2>{title}</h2>
        {count !== undefined && <span class="count">{count}</span>}
        <span class="end row">
          {tools}
          <button type="button" class="btn btn--ghost btn--icon" aria-label={hide} title={hide} onClick={onClose}>
            <Icon of={icon} />
          </button>
        </span>
      </div>
      {children}
    </section>
  )
}
