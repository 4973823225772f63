import { audioContext } from './meter'

const notes = [523, 659, 784] // Hz: three of a chord, one after the other
const noteSeconds = 0.25

/** playTone plays a short melody on the given output. It reports false when the browser does not let it. */
export async function playTone(output: string): Promise<boolean> {
  const context = audioContext()
  await context.resume()
  const out = context.createMediaStreamDestination()
  const gain = new GainNode(context, { gain: 0 })
  const tone = new OscillatorNode(context)
  const start = context.currentTime + 0.1
  notes.forEach((hz, i) => {
    const at = start + i * noteSeconds
    tone.frequency.setValueAtTime(hz, at)
    gain.gain.setTargetAtTime(0.3, at, 0.01)
    gain.gain.setTargetAtTime(0, at + noteSeconds * 0.7, 0.03)
  })
  tone.connect(gain).connect(out)
  const element = new Audio()
  element.srcObject = out.stream
  const over = new Promise((resolve) => (tone.onended = resolve))
  tone.start(start)
  tone.stop(start + notes.length * noteSeconds + 0.3)
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
