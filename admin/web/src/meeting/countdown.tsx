import { useEffect, useState } from 'preact/hooks'

/** The seconds left until a time, in whole ones; 0 when it has come. It is for the eye: readers would hear each second. */
export function useSecondsUntil(time: number): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [time])
  return Math.max(0, Math.ceil((time - now) / 1000))
}
