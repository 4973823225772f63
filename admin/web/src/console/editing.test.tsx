// @vitest-environment jsdom
import { render } from 'preact'
import { useSignal } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLang } from '../shared/i18n'
import { go, place } from '../shared/router'
import { Questions } from '../shared/ui/dialog'
import { useEditing } from './editing'
import { EditingPage } from './editingpage'
import { FormDrawer } from './formdrawer'
import { useForm } from './form'
import { useSaving } from './saving'
import { Problem, put } from '../shared/api'

interface Thing {
  name: string
  size: string
  revision: number
}

let root: HTMLElement
/** What the server is asked for, and what it answers. */
const asked: { method: string; path: string; body?: unknown }[] = []
let answers: (() => Promise<Response> | Response)[] = []
const stored = (name: string, size: string, revision: number): Response => Response.json({ name, size, revision })
const refused = (status: number, more: object = {}): Response => Response.json({ title: 'no', detail: 'it said no', ...more }, { status })

/** Puts a newer version of the thing into the page, as its polling does. */
let newer: (thing: Thing, error?: unknown) => void
const saved: string[] = []

function ThingPage() {
  const loaded = useSignal<{ data: Thing; error: unknown }>({ data: { name: 'lamp', size: '1', revision: 1 }, error: undefined })
  newer = (data, error) => (loaded.value = { data, error })
  const page = useEditing<Thing, { name: string; size: string }>({
    loaded: { ...loaded.value, set: (data) => (loaded.value = { data, error: undefined }) }, at: '/things/1', values: ({ name, size }) => ({ name, size }), saved: (now) => saved.push(now.name),
  })
  return (
    <EditingPage of={page} title={page.stored.name} differences={(theirs) => [{ label: 'Name', yours: page.form.values.name, theirs: theirs.name }]}
      menu={[{ label: 'Delete', act: () => void page.remove({ title: 'Delete?', keep: 'Keep', act: 'Delete it' }, 'gone', '/admin/things') }]}>
      <div ref={page.saving.within}>
        <input name="name" value={page.form.values.name} aria-invalid={page.form.error('name') ? 'true' : 'false'} onInput={(e) => page.form.set('name', e.currentTarget.value)} />
        <input name="size" value={page.form.values.size} onInput={(e) => page.form.set('size', e.currentTarget.value)} />
      </div>
    </EditingPage>
  )
}

let closed = 0
function ThingForm() {
  const form = useForm({ name: '' })
  const saving = useSaving(form)
  return (
    <FormDrawer title="New thing" of={saving} unsaved={() => form.values.name !== ''} onClose={() => closed++}
      onSave={() => void saving.run(() => put<Thing>('/things/1', form.values)).then((made) => made && go('/admin/things/1'))}>
      <input name="name" value={form.values.name} onInput={(e) => form.set('name', e.currentTarget.value)} />
    </FormDrawer>
  )
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(100)
const show = async (page: typeof ThingPage): Promise<void> => {
  const Tested = page
  render(<><Tested /><Questions /></>, root)
  await settle()
}
const field = (name = 'name'): HTMLInputElement => root.querySelector(`input[name=${name}]`)!
const type = async (text: string, name = 'name'): Promise<void> => {
  field(name).value = text
  field(name).dispatchEvent(new Event('input', { bubbles: true }))
  await settle()
}
const button = (name: string): HTMLButtonElement | undefined => [...root.querySelectorAll('button')].find((b) => (b.getAttribute('aria-label') ?? b.textContent ?? '').startsWith(name))
const click = async (name: string): Promise<void> => {
  button(name)!.click()
  await settle()
}
const alerts = (): string => [...root.querySelectorAll('[role=alert]')].map((a) => a.textContent).join(' ')
const question = (): string | undefined => root.querySelector('dialog h2')?.textContent ?? undefined

beforeEach(() => {
  vi.useFakeTimers()
  setLang('en')
  HTMLDialogElement.prototype.showModal = () => {}
  HTMLElement.prototype.showPopover = () => {}
  HTMLElement.prototype.hidePopover = () => {}
  asked.length = 0
  saved.length = 0
  closed = 0
  answers = []
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    const { pathname } = new URL(url)
    if (!pathname.startsWith('/api/v1/things')) return Promise.resolve(Response.json({}))
    asked.push({ method: init.method!, path: pathname, ...(init.body !== undefined && { body: JSON.parse(init.body as string) as unknown }) })
    const answer = answers.shift()
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no server'))
  })
  history.replaceState({}, '', '/admin/things/1')
  root = document.body.appendChild(document.createElement('div'))
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('a page on which something is edited', () => {
  it('saves what was changed with the revision it began with, and nothing when nothing was', async () => {
    await show(ThingPage)
    await click('Save')
    expect(asked).toEqual([])
    await type('torch')
    expect(root.querySelector('.page-head')!.textContent).toContain('Not saved')
    answers = [() => stored('torch', '1', 2)]
    await click('Save')
    expect(asked).toEqual([{ method: 'PUT', path: '/api/v1/things/1', body: { revision: 1, name: 'torch', size: '1' } }])
    expect(saved).toEqual(['torch'])
    expect(root.querySelector('h1')!.textContent).toBe('torch')
    expect(root.querySelector('.page-head')!.textContent).not.toContain('Not saved')
  })

  it('keeps what is typed while it saves', async () => {
    await show(ThingPage)
    let answer: (r: Response) => void = () => {}
    answers = [() => new Promise((resolve) => (answer = resolve))]
    await type('torch')
    await click('Save')
    await click('Save') // a second one waits for the first, and goes nowhere
    await type('9', 'size')
    answer(stored('torch (one)', '1', 2))
    await settle()
    expect(asked).toHaveLength(1)
    expect([field().value, field('size').value]).toEqual(['torch (one)', '9'])
  })

  it('follows others as long as nothing is edited here, and not when something is', async () => {
    await show(ThingPage)
    newer({ name: 'candle', size: '1', revision: 2 })
    await settle()
    expect(field().value).toBe('candle')
    await type('torch')
    newer({ name: 'sun', size: '7', revision: 3 })
    await settle()
    expect([field().value, field('size').value]).toEqual(['torch', '1'])
    answers = [() => refused(409, { conflict: { by: '', at: '2026-01-01T00:00:00Z', current: 3 } })]
    await click('Save')
    expect(asked[0]!.body).toMatchObject({ revision: 2 })
    expect(alerts()).toContain('changed this')
  })

  it('compares with what somebody else has stored, takes it, or overwrites it', async () => {
    const clash = (): Response => refused(409, { conflict: { by: '', at: '', current: 5 } })
    await show(ThingPage)
    await type('torch')
    answers = [clash, () => stored('sun', '1', 5)]
    await click('Save')
    expect(alerts()).toContain('somebody else changed this')
    await click('Compare')
    expect(root.querySelector('.compare tbody')!.textContent).toBe('Nametorchsun')
    await click('Take theirs')
    expect([field().value, alerts()]).toEqual(['sun', ''])

    await type('moon')
    answers = [clash, () => stored('moon', '1', 6)]
    await click('Save')
    await click('Overwrite')
    expect(asked.at(-1)!.body).toEqual({ revision: 5, name: 'moon', size: '1' })
    expect([field().value, alerts()]).toEqual(['moon', ''])
  })

  it('says why something was not saved, and nothing of what was typed is lost', async () => {
    await show(ThingPage)
    await type('torch')
    await click('Save') // no server answers
    expect(alerts()).toContain('Not saved')
    answers = [() => refused(422, { errors: [{ field: 'name', code: 'taken', text: 'in use' }] })]
    await click('Save')
    expect(alerts()).not.toContain('Not saved')
    expect(document.activeElement).toBe(field())
    answers = [() => refused(404)]
    await click('Save')
    expect(alerts()).toContain('Not saved. Not saved: this was deleted in the meantime.')
    expect(field().value).toBe('torch')
  })

  it('shows what was typed into something that was deleted meanwhile, and that it is gone where nothing was', async () => {
    await show(ThingPage)
    await type('torch')
    newer({ name: 'lamp', size: '1', revision: 1 }, new Problem(404, 'gone', ''))
    await settle()
    expect(field().value).toBe('torch')
    expect(alerts()).toContain('was deleted in the meantime')
    await click('Discard')
    expect(root.querySelector('h1')!.textContent).toBe('There is nothing here')
  })

  it('asks whoever leaves it unsaved, and not once it is deleted', async () => {
    await show(ThingPage)
    await type('torch')
    void go('/admin/others')
    await settle()
    expect(question()).toBe('Leave without saving?')
    await click('Stay here')
    expect(location.pathname).toBe('/admin/things/1')
    await click('More for')
    answers = [() => new Response(null, { status: 204 })]
    root.querySelector<HTMLElement>('[role=menuitem]')!.click()
    await settle()
    await click('Delete it')
    expect(place.value.path).toBe('/admin/things')
    expect(asked.map((a) => a.method)).toEqual(['DELETE'])
  })
})

describe('a form at the side', () => {
  it('asks whoever closes it with something typed, says why it was not saved, and leaves freely once it is', async () => {
    await show(ThingForm)
    await click('Cancel')
    expect([closed, question()]).toEqual([1, undefined])
    await type('torch')
    await click('Cancel')
    expect([closed, question()]).toEqual([1, 'Leave without saving?'])
    await click('Stay here')
    await click('Save')
    expect(alerts()).toContain('Not saved')
    expect(field().value).toBe('torch')
    answers = [() => stored('torch', '1', 1)]
    history.replaceState({}, '', '/admin/things')
    await click('Save')
    expect([place.value.path, question()]).toEqual(['/admin/things/1', undefined])
  })
})
