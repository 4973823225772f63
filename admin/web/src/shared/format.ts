import { locale, number } from './i18n'

// How dates, spans and sizes are written in the language of the page.

export function dateTime(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}

export function date(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(new Date(iso))
}

/** The time of day, with seconds. */
export function clock(at: Date): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'medium' }).format(at)
}

/** Hours and minutes: what stands under a chart. */
export function hour(at: Date): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit' }).format(at)
}

const spans: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
]

/** "3 minutes ago", "in 2 days". */
export function ago(iso: string, now: number = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' })
  for (const [unit, length] of spans) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit)
  }
  return format.format(0, 'second')
}

/** "3 days", "2 hours", "5 minutes": the largest unit that fits. */
export function span(seconds: number): string {
  for (const [unit, length] of spans) {
    if (seconds >= length) return unitText(Math.trunc(seconds / length), unit)
  }
  return unitText(Math.max(0, Math.trunc(seconds)), 'second')
}

function unitText(n: number, unit: string): string {
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(n)
}

/** Bytes in the largest unit that keeps the number above one. */
export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  if (n === 0) return '0'
  let i = 0
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000
    i++
  }
  return new Intl.NumberFormat(locale(), { style: 'unit', unit: units[i]!, maximumFractionDigits: n < 10 && i > 0 ? 1 : 0 }).format(n)
}

/** A PIN in groups of three digits. */
export function pinText(pin: string): string {
  return pin.replace(/(\d{3})(?=\d)/g, '$1 ')
}

/** "1–50 of 214" has its numbers from here. */
export function range(offset: number, shown: number): string {
  return shown ? `${number(offset + 1)}–${number(offset + shown)}` : '0'
}
