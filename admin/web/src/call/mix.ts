import { audioContext } from './meter'

/** A Mix is one track in which several are heard. */
export interface Mix {
  readonly track: MediaStreamTrack | undefined
  close(): void
}

/** mix puts tracks together; those that are missing are left out. Nothing of it is heard on this computer. */
export function mix(tracks: readonly (MediaStreamTrack | undefined)[]): Mix {
  const context = audioContext()
  const out = context.createMediaStreamDestination()
  const sources = tracks.flatMap((t) => (t ? [context.createMediaStreamSource(new MediaStream([t]))] : []))
  for (const s of sources) s.connect(out)
  return {
    track: out.stream.getAudioTracks()[0],
    close: () => {
      for (const s of sources) s.disconnect()
      out.stream.getTracks().forEach((t) => t.stop())
    },
  }
}

/** silence is a track in which nothing is heard. */
export function silence(): MediaStreamTrack | undefined {
  return mix([]).track
}
