import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { hour } from '../../shared/format'

export interface Line {
  name: string
  values: number[]
  /** Its colour: --chart-1, -2 or -3. */
  colour: 1 | 2 | 3
  say(value: number): string
  /** Drawn against a scale of its own on the right. */
  right?: boolean
}

/** The highest number of a scale of four even steps that holds max. */
export function top(max: number): number {
  if (max <= 4) return 4
  const unit = 10 ** Math.floor(Math.log10(max / 4))
  for (const m of [1, 2, 2.5, 5, 10]) {
    const step = m * unit
    if (Number.isInteger(step) && step * 4 >= max) return step * 4
  }
  return Math.ceil(max / 4) * 4
}

/** The points of a line as a path, spread over width; a scale of top is height high. */
export function trace(values: number[], width: number, height: number, top: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0
  return values.map((v, i) => `${i ? 'L' : 'M'}${round(i * step)} ${round(height - (Math.min(v, top) / top) * height)}`).join('')
}

const round = (n: number): number => Math.round(n * 10) / 10

/** A line without scale: the shape of the last hour beside a number. */
export function Spark({ values }: { values: number[] }) {
  if (values.length < 2) return null
  const max = Math.max(...values)
  const min = Math.min(...values)
  const shifted = values.map((v) => v - min)
  return (
    <svg class="spark" viewBox="0 0 90 26" aria-hidden="true" focusable="false">
      <path d={trace(shifted, 90, 22, Math.max(max - min, 1))} transform="translate(0 2)" />
    </svg>
  )
}

const pad = { left: 36, right: 56, top: 8, bottom: 24 }

/** Lines over time with a value under the pointer or the arrow keys. All lines have the same number of points. */
export function Chart({ lines, from, step, label, now, legend }: { lines: Line[]; from: Date; step: number; label: string; now: string; legend(value: number): string }) {
  const box = useRef<HTMLDivElement>(null)
  const size = useSignal({ width: 600, height: 240 })
  const at = useSignal(-1)
  useEffect(() => {
    const b = box.current!
    const observer = new ResizeObserver(() => (size.value = { width: b.clientWidth, height: b.clientHeight }))
    observer.observe(b)
    return () => observer.disconnect()
  }, [])
  const { width, height } = size.value
  const w = Math.max(10, width - pad.left - pad.right)
  const h = Math.max(10, height - pad.top - pad.bottom)
  const count = lines[0]?.values.length ?? 0
  const scale = (right: boolean): number => top(Math.max(0, ...lines.filter((l) => !!l.right === right).flatMap((l) => l.values)))
  const tops = { left: scale(false), right: scale(true) }
  const x = (i: number): number => (count > 1 ? (i * w) / (count - 1) : w)
  const time = (i: number): Date => new Date(from.getTime() + i * step * 1000)
  const marks = [...new Set([0, 1, 2, 3].map((k) => Math.round((k * (count - 1)) / 3)))] // as many as there are points, at most four
  const rightLine = lines.find((l) => l.right)
  const pointed = at.value >= 0 && at.value < count ? at.value : -1
  const point = (e: PointerEvent): void => {
    const r = box.current!.getBoundingClientRect()
    at.value = Math.max(0, Math.min(count - 1, Math.round(((e.clientX - r.left - pad.left) / w) * (count - 1))))
  }
  const keys = (e: KeyboardEvent): void => {
    const now = pointed < 0 ? count - 1 : pointed
    const to: Record<string, number> = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: count - 1 }
    const next = to[e.key]
    if (e.key === 'Escape') at.value = -1
    else if (next !== undefined) {
      e.preventDefault()
      at.value = Math.max(0, Math.min(count - 1, next))
    }
  }
  return (
    <div class="chart-box" ref={box} tabIndex={0} role="group" aria-label={label} onPointerMove={point} onPointerLeave={() => (at.value = -1)} onKeyDown={keys} onBlur={() => (at.value = -1)}>
      <svg class="chart" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
        {[0, 1, 2, 3, 4].map((k) => {
          const y = pad.top + h - (k * h) / 4
          return (
            <g key={k}>
              <path class="grid" d={`M${pad.left} ${y}H${pad.left + w}`} />
              <text x={pad.left - 8} y={y + 4} text-anchor="end">{legend((tops.left * k) / 4)}</text>
              {rightLine && <text x={pad.left + w + 8} y={y + 4}>{rightLine.say((tops.right * k) / 4)}</text>}
            </g>
          )
        })}
        <g transform={`translate(${pad.left} ${pad.top})`}>
          {lines.map((l) => {
            const path = trace(l.values, w, h, l.right ? tops.right : tops.left)
            return (
              <g key={l.name} class={`line line-${l.colour}`}>
                {!l.right && count > 1 && <path class="area" d={`${path}L${x(count - 1)} ${h}L0 ${h}Z`} />}
                <path class="stroke" d={path} />
              </g>
            )
          })}
          {pointed >= 0 && <path class="cross" d={`M${round(x(pointed))} 0V${h}`} />}
          {lines.map((l) => {
            const i = pointed >= 0 ? pointed : count - 1
            const value = l.values[i]
            if (value === undefined || (l.right && pointed < 0)) return null
            const t = l.right ? tops.right : tops.left
            return <circle key={l.name} class={`dot-${l.colour}`} cx={round(x(i))} cy={round(h - (Math.min(value, t) / t) * h)} r="4" />
          })}
        </g>
        {count > 1 && marks.map((i, k) => (
          <text key={k} x={pad.left + x(i)} y={height - 4} text-anchor={k === 0 ? 'start' : k === marks.length - 1 ? 'end' : 'middle'}>{k === marks.length - 1 ? now : hour(time(i))}</text>
        ))}
      </svg>
      {pointed >= 0 && (
        <div class={'chart-tip' + (x(pointed) > w / 2 ? ' is-left' : '')} style={{ left: pad.left + x(pointed) + 'px' }}>
          <b class="num">{hour(time(pointed))}</b>
          {lines.map((l) => <span key={l.name} class="row"><i class={`dot swatch-${l.colour}`} />{l.name}<b class="num end">{l.say(l.values[pointed] ?? 0)}</b></span>)}
        </div>
      )}
      <p class="sr" role="status">{pointed >= 0 && `${hour(time(pointed))}: ${lines.map((l) => `${l.name} ${l.say(l.values[pointed] ?? 0)}`).join(', ')}`}</p>
    </div>
  )
}
