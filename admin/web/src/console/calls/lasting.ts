/** How long a call lasts: 0:07, 12:30, 1:02:03. */
export function lasting(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds))
  const two = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** The dates of a period as the records take them: from the beginning of the first day to the end of the last, in the browser's time. */
export function bounds(from: string, until: string): { from?: string; until?: string } {
  const day = (text: string, plus: number): string | undefined => {
    const [year, month, date] = text.split('-').map(Number)
    if (!/^\d{4}-\d\d-\d\d$/.test(text) || !year) return undefined
    return new Date(year, month! - 1, date! + plus).toISOString()
  }
  const [first, last] = [day(from, 0), day(until, 1)]
  return { ...(first && { from: first }), ...(last && { until: last }) }
}

/** The day so many days ago, as a date field has it. */
export function daysAgo(n: number, now = new Date()): string {
  const d = new Date(now.getFullYear(), now.getMonth(), now.getDate() - n)
  return [d.getFullYear(), String(d.getMonth() + 1).padStart(2, '0'), String(d.getDate()).padStart(2, '0')].join('-')
}
