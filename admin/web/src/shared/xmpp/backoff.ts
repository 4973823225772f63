const first = 500 // milliseconds; a lost Wi-Fi is often back by then
const most = 30_000

/** backoff is how long to wait before the given attempt (0, 1, …): longer each time, and not for all guests the same. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(most, first * 2 ** Math.min(attempt, 10))
  return Math.round(full * (0.5 + random() / 2))
}
