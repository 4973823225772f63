import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** A moving picture. Its sound, if any, is played elsewhere. */
export function Video({ track, mirror, whole, of = '' }: { track: MediaStreamTrack; mirror?: boolean; whole?: boolean; of?: string }) {
  const box = useRef<HTMLVideoElement>(null)
  const [seen, see] = useState<string>()
  useLayoutEffect(() => {
    // A slot keeps the last frame of whom it showed before: nothing is seen until the first one of whom it shows now.
    const video = box.current!
    if (!('requestVideoFrameCallback' in video)) return see(of)
    const since = performance.now()
    let id = 0
    const wait = (): void => {
      id = video.requestVideoFrameCallback((_, frame) => {
        if (frame.receiveTime === undefined || frame.receiveTime >= since) see(of)
        else wait() // it came before
      })
    }
    wait()
    return () => video.cancelVideoFrameCallback(id)
  }, [track, of])
  useLayoutEffect(() => {
    const video = box.current!
    video.srcObject = new MediaStream([track])
    video.play().catch(() => {}) // a browser that does not let it begin does so when the page is next touched
    return () => void (video.srcObject = null)
  }, [track])
  return <video ref={box} class={`fill${seen === of ? '' : ' is-bare'}${mirror ? ' is-mirrored' : ''}${whole ? ' is-whole' : ''}`} muted autoplay playsInline disablePictureInPicture tabIndex={-1} aria-hidden="true" />
}
