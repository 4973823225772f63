// @vitest-environment jsdom
import { render } from 'preact'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLang } from '../shared/i18n'
import { useLoad } from '../shared/load'
import { place, setQuery } from '../shared/router'
import { useView } from '../shared/ui/view'
import { ListPage } from './list'

interface Row {
  id: string
  open?: boolean
}

let root: HTMLElement
const asked: object[] = []
let answer: () => Promise<{ items: Row[]; total?: number }>

/** A list as the pages of the console are. */
function Things({ own = false }: { own?: boolean }) {
  const view = useView({ sort: 'name', own })
  const page = useLoad(() => {
    asked.push({ ...view.query })
    return answer()
  }, [view.key])
  return (
    <ListPage title="Things" find="Find things" view={view} page={page} id={(r: Row) => r.id} empty={<p>Nothing at all</p>} tools={<i>tools</i>} more={<i>more</i>}
      opened={(r) => r.open && <b>inside {r.id}</b>}
      columns={[
        { head: 'Name', by: 'name', class: 'first', cells: 'second', title: (r) => 'title of ' + r.id, cell: (r, i) => `${i} ${r.id}` },
        { head: 'Size', by: 'size', cell: () => 7 },
        { head: 'Actions', mute: true, cell: () => <button>go</button> },
      ]} />
  )
}

beforeEach(() => {
  vi.useFakeTimers()
  setLang('en')
  asked.length = 0
  answer = () => Promise.resolve({ items: [{ id: 'a' }, { id: 'b', open: true }], total: 120 })
  history.replaceState({}, '', '/admin/things')
  setQuery({ q: '', sort: '', desc: '', offset: '' })
  localStorage.clear()
  root = document.body.appendChild(document.createElement('div'))
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.useRealTimers()
})

const settle = (milliseconds = 200): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds)
const show = async (own = false): Promise<void> => {
  render(<Things own={own} />, root)
  await settle()
}
const button = (name: string): HTMLButtonElement => [...root.querySelectorAll('button')].find((b) => (b.getAttribute('aria-label') ?? b.textContent) === name)!
const click = async (name: string): Promise<void> => {
  button(name).click()
  await settle()
}
const rows = (): (string | null)[] => [...root.querySelectorAll('tbody tr:not([aria-hidden])')].map((r) => r.textContent)
const field = (): HTMLInputElement => root.querySelector('input[type=search]')!
const type = async (text: string): Promise<void> => {
  field().value = text
  field().dispatchEvent(new Event('input', { bubbles: true }))
  await settle(400)
}

describe('a page that is a list', () => {
  it('has rows, what is open under them, the number of all, and the part that is shown', async () => {
    await show()
    expect(rows()).toEqual(['0 a7go', '1 b7go', 'inside b'])
    expect(root.querySelector('td')!.className).toBe('first second')
    expect(root.querySelector('td')!.title).toBe('title of a')
    expect(root.querySelector('.opened td')!.getAttribute('colspan')).toBe('3')
    expect(root.querySelector('.page-head .count')!.textContent).toBe('120')
    expect(root.querySelector('.pager [role=status]')!.textContent).toBe('1–2 of 120')
    expect(asked).toEqual([{ q: '', sort: 'name', desc: undefined, offset: undefined, limit: 50 }])
  })

  it('sorts by a head, and the other way by the same one again; the address has it', async () => {
    await show()
    const sorted = (): (string | null)[] => [...root.querySelectorAll('th')].map((h) => h.getAttribute('aria-sort'))
    expect(sorted()).toEqual(['ascending', null, null])
    await click('Size')
    expect(sorted()).toEqual([null, 'ascending', null])
    await click('Size')
    expect(sorted()).toEqual([null, 'descending', null])
    expect(asked.at(-1)).toMatchObject({ sort: 'size', desc: true })
    expect(location.search).toBe('?sort=size&desc=true')
  })

  it('turns pages, and begins anew when the search, the order or the number of rows changes', async () => {
    await show()
    expect(button('Previous page').disabled).toBe(true)
    await click('Next page')
    expect(asked.at(-1)).toMatchObject({ offset: 50 })
    await click('Next page')
    expect(location.search).toBe('?offset=100')
    await click('Previous page')
    await type('x ')
    expect(asked.at(-1)).toMatchObject({ q: 'x', offset: undefined })
    await click('Next page')
    await click('Size')
    expect(asked.at(-1)).toMatchObject({ q: 'x', sort: 'size', offset: undefined })
    await click('Next page')
    const select = root.querySelector('select')!
    select.value = '100'
    select.dispatchEvent(new Event('change', { bubbles: true }))
    await settle()
    expect(asked.at(-1)).toMatchObject({ limit: 100, offset: undefined })
    render(null, root)
    await show()
    expect(asked.at(-1)).toMatchObject({ q: 'x', limit: 100 }) // from the address, and what the browser keeps
  })

  it('goes to the last part when the one that is shown is gone', async () => {
    history.replaceState({}, '', '/admin/things')
    setQuery({ offset: '150' })
    answer = () => Promise.resolve({ items: asked.length > 1 ? [{ id: 'z' }] : [], total: 101 })
    await show()
    await settle()
    expect(asked.at(-1)).toMatchObject({ offset: 100 })
    expect(rows()).toEqual(['0 z7go'])
  })

  it('says that nothing is found, and that there is nothing', async () => {
    answer = () => Promise.resolve({ items: [], total: 0 })
    await show()
    expect(root.querySelector('table')).toBeNull()
    expect(root.querySelector('.scroll')!.textContent).toBe('Nothing at allmore')
    expect(root.querySelector('.pager')).toBeNull()
    await type('zz')
    expect(root.querySelector('.scroll')!.textContent).toContain('Nothing called “zz”')
    await click('Clear search')
    await settle(400)
    expect(field().value).toBe('')
    expect(root.querySelector('.scroll')!.textContent).toContain('Nothing at all')
  })

  it('shows that it loads once it takes longer than one notices, and what went wrong, with the way to try again', async () => {
    let fail: (e: Error) => void = () => {}
    answer = () => new Promise((_, reject) => (fail = reject))
    render(<Things />, root)
    await settle(100)
    expect(root.querySelectorAll('.skel').length).toBe(0)
    await settle(200)
    expect(root.querySelector('table')!.getAttribute('aria-busy')).toBe('true')
    expect(root.querySelectorAll('.skel').length).toBe(8 * 3)
    fail(new Error('out of order'))
    await settle()
    expect(root.querySelector('[role=alert]')!.textContent).toContain('out of order')
    answer = () => Promise.resolve({ items: [{ id: 'a' }] })
    await click('Try again')
    expect(rows()).toEqual(['0 a7go'])
    expect(root.querySelector('[role=alert], .pager, .page-head .count')).toBeNull() // how many there are is not known
  })

  it('is searched from the keyboard, and follows the address', async () => {
    await show()
    document.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }))
    expect(document.activeElement).toBe(field())
    setQuery({ q: 'elsewhere' })
    await settle(400)
    expect(field().value).toBe('elsewhere')
    expect(asked.at(-1)).toMatchObject({ q: 'elsewhere' })
    setQuery({ q: '' })
    await settle(400)
    expect(field().value).toBe('')
    expect(asked.at(-1)).toMatchObject({ q: '' })
  })

  it('leaves the address alone when it is a part of a page', async () => {
    await show(true)
    await type('x')
    await click('Next page')
    expect(asked.at(-1)).toMatchObject({ q: 'x', offset: 50 })
    expect(place.value.query.toString()).toBe('')
  })
})
