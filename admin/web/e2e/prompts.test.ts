import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Prompt, PromptList } from '../src/shared/types'
import { Api, forgive, open, settled } from './harness'

let api: Api
beforeAll(async () => {
  api = await Api.open()
})
afterAll(() => api.close())

/** A second of a tone at 8 kHz, as a WAV file. */
function tone(): Buffer {
  const samples = 8000
  const file = Buffer.alloc(44 + 2 * samples)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + 2 * samples, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(8000, 24)
  file.writeUInt32LE(16_000, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(2 * samples, 40)
  for (let i = 0; i < samples; i++) file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / 8000)), 44 + 2 * i)
  return file
}

it('a prompt is heard, replaced by a recording, and taken back', async () => {
  const first = (await api.call<PromptList>('GET', '/prompts')).items.find((p) => p.language === 'en')!
  const stored = async (): Promise<Prompt> => (await api.call<PromptList>('GET', '/prompts')).items.find((p) => p.language === 'en' && p.id === first.id)!
  const page = await open('/admin/prompts?language=en&q=' + encodeURIComponent(first.id))
  await settled(page)
  const asked = page.waitForResponse((r) => r.url().includes(`/prompts/en/${first.id}`))
  await page.getByRole('button', { name: `Listen: ${first.text}` }).first().click()
  const sound = await asked
  expect(sound.headers()['content-type']).toBe('audio/wav')
  const choose = async (name: string, buffer: Buffer): Promise<void> => {
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: `More for ${first.text}` }).first().click()
    await page.getByRole('menuitem', { name: 'Replace' }).click()
    await (await chooser).setFiles({ name, mimeType: 'audio/wav', buffer })
  }
  await choose('none.wav', Buffer.from('this is no sound'))
  await page.locator('.toast .lead-bad').waitFor()
  forgive()
  await choose('tone.wav', tone())
  await page.getByText('Own recording').first().waitFor()
  expect(await stored()).toMatchObject({ own: true, seconds: 1 })
  await page.getByRole('button', { name: `More for ${first.text}` }).first().click()
  await page.getByRole('menuitem', { name: 'Take the built-in sound again' }).click()
  await page.getByRole('button', { name: 'Delete recording' }).click()
  await page.getByText('The built-in sound is back').waitFor()
  expect(await stored()).toMatchObject({ own: false, seconds: first.seconds })
  await page.getByRole('button', { name: `More for ${first.text}` }).first().click()
  await page.getByRole('menuitem', { name: 'Let it be recorded by telephone' }).click()
  await expect.poll(async () => (await stored()).number).toMatch(/^\d{6}$/)
  await page.getByText(`Dial *50 and ${(await stored()).number} to hear or record it`).first().waitFor()
  await page.getByRole('row', { name: first.text }).getByText((await stored()).number).waitFor()
  await page.getByRole('button', { name: `More for ${first.text}` }).first().click()
  await page.getByRole('menuitem', { name: 'Take the number back' }).click()
  await expect.poll(async () => (await stored()).number).toBe('')
})
