import { useLayoutEffect, useRef } from 'preact/hooks'

/** A moving picture. Its sound, if any, is played elsewhere. */
export function Video({ track, mirror, whole }: { track: MediaStreamTrack; mirror?: boolean; whole?: boolean }) {
  const box = useRef<HTMLVideoElement>(null)
  useLayoutEffect(() => {
    const video = box.current!
    video.srcObject = new MediaStream([track])
    video.play().catch(() => {}) // a browser that does not let it begin does so when the page is next touched
    return () => void (video.srcObject = null)
  }, [track])
  return <video ref={box} class={`call-video${mirror ? ' is-mirrored' : ''}${whole ? ' is-whole' : ''}`} muted autoplay playsInline disablePictureInPicture tabIndex={-1} aria-hidden="true" />
}
