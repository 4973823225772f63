import { audioContext } from './meter'

/** A Beep is one or two tones at once, for a time; a pause where there is none. */
export interface Beep {
  readonly hz: readonly number[]
  readonly seconds: number
}

/** melody is what rings: three notes of a chord, one after the other. */
export const melody: readonly Beep[] = [523, 659, 784].map((hz) => ({ hz: [hz], seconds: 0.25 }))

/** knock tells who talks that somebody else calls: twice the tone of the German network (ITU-T E.180), softly. */
export const knock: readonly Beep[] = [{ hz: [425], seconds: 0.2 }, { hz: [], seconds: 0.2 }, { hz: [425], seconds: 0.2 }]

const rows = [697, 770, 852, 941]
const columns = [1209, 1336, 1477, 1633]

/** keyTones are the two of a key (ITU-T Q.23). */
export function keyTones(key: string): Beep {
  const at = '123A456B789C*0#D'.indexOf(key.toUpperCase())
  return { hz: at < 0 ? [] : [rows[Math.floor(at / 4)]!, columns[at % 4]!], seconds: 0.12 }
}

/** play plays beeps on the given output. It reports false when the browser does not let it. */
export async function play(beeps: readonly Beep[], output: string, loudness: number): Promise<boolean> {
  const context = audioContext()
  await context.resume()
  const out = context.createMediaStreamDestination()
  const start = context.currentTime + 0.1
  let at = start
  const tones = beeps.flatMap(({ hz, seconds }) => {
    const from = at
    at += seconds
    return hz.map((frequency) => {
      const gain = new GainNode(context, { gain: 0 })
      const tone = new OscillatorNode(context, { frequency })
      gain.gain.setTargetAtTime(loudness / hz.length, from, 0.01)
      gain.gain.setTargetAtTime(0, from + seconds * 0.7, 0.03)
      tone.connect(gain).connect(out)
      tone.start(from)
      tone.stop(from + seconds + 0.3)
      return tone
    })
  })
  const last = tones.at(-1)
  if (!last) return true
  const element = new Audio()
  element.srcObject = out.stream
  const over = new Promise((resolve) => (last.onended = resolve))
  try {
    if (output && 'setSinkId' in element) await element.setSinkId(output)
    await element.play()
    await over
    return true
  } catch {
    return false
  } finally {
    element.srcObject = null
  }
}
