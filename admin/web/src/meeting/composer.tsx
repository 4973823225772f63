import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../shared/icon'
import { send } from '../shared/icons'
import { texts } from '../shared/i18n'
import type { Talk } from './talk'

const t = texts({
  en: {
    label: 'Message to everyone',
    send: 'Send',
    hint: 'Enter sends, Shift and Enter begin a new line.',
    count: '{n} of {max} characters',
    long: 'Shorten it by {n} character.|Shorten it by {n} characters.',
    silent: 'You can read along. A moderator can let you write.',
    editing: 'Changing your last message. Enter saves, Esc keeps it as it was.',
    editHint: 'The arrow up changes your last message.',
  },
  de: {
    label: 'Nachricht an alle',
    send: 'Senden',
    hint: 'Die Eingabetaste sendet, mit der Umschalttaste beginnt sie eine neue Zeile.',
    count: '{n} von {max} Zeichen',
    long: 'Kürzen Sie um {n} Zeichen.',
    silent: 'Sie können mitlesen. Die Moderation kann Sie schreiben lassen.',
    editing: 'Sie ändern Ihre letzte Nachricht. Die Eingabetaste speichert, Esc lässt sie, wie sie war.',
    editHint: 'Die Pfeiltaste nach oben ändert Ihre letzte Nachricht.',
  },
})

/** How long a guest's message may be, in characters. */
export const messageCharacters = 1500
const countFrom = 1200 // characters, from which on the count is shown
const idleMs = 5_000 // without a key after which one is not writing any more
const lines = 6 // that the field grows to

/** How one's own messages can be changed. */
export interface Editing {
  /** last is one's own last message; undefined when there is none. */
  last(): { key: string; body: string } | undefined
  save(key: string, body: string): void
}

export interface ComposerProps {
  talk: Talk
  /** What the field is called, and what stands in it. */
  label?: string
  /** How long a message may be, in characters. */
  max?: number
  editing?: Editing
  /** Whether one is about to write: it takes the focus. */
  focus?: boolean
}

export function Composer({ talk, label = t('label'), max = messageCharacters, editing, focus = true }: ComposerProps) {
  const [text, setText] = useState('')
  const [edited, setEdited] = useState('') // key of the message that is being changed
  const [refused, setRefused] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined)
  const silent = !talk.voice.value
  const length = [...text.trim()].length
  const over = length - max
  useLayoutEffect(() => {
    if (focus && matchMedia('(hover: hover)').matches) field.current?.focus()
  }, [])
  useEffect(() => () => clearTimeout(idle.current), [])
  useLayoutEffect(() => grow(field.current!), [text])

  const input = (value: string): void => {
    setText(value)
    setRefused(false)
    clearTimeout(idle.current)
    talk.writes(value.trim() !== '')
    idle.current = setTimeout(() => talk.writes(false), idleMs)
  }
  const submit = (): void => {
    field.current?.focus()
    if (silent || length === 0) return
    if (over > 0) return setRefused(true)
    clearTimeout(idle.current)
    if (edited) editing?.save(edited, text.trim())
    else talk.say(text.trim())
    done()
  }
  const done = (): void => {
    setText('')
    setEdited('')
  }
  const key = (e: KeyboardEvent): void => {
    if (e.key === 'ArrowUp' && text === '' && editing) {
      const last = editing.last()
      if (!last) return
      e.preventDefault()
      setText(last.body)
      setEdited(last.key)
      return
    }
    if (e.key === 'Escape' && edited) {
      e.preventDefault()
      e.stopPropagation()
      done()
      return
    }
    // Where there is no Shift key to hold, Enter begins a new line and the button sends.
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing || !matchMedia('(hover: hover)').matches) return
    e.preventDefault()
    submit()
  }
  return (
    <form
      class="say"
      onSubmit={(e) => {
        e.preventDefault()
        submit()
      }}
    >
      {edited && <p class="say-edit hint" role="status">{t('editing')}</p>}
      <div class={`composer${over > 0 ? ' is-bad' : ''}`}>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={silent ? t('silent') : label}
          disabled={silent}
          aria-label={label}
          aria-invalid={over > 0}
          aria-describedby="say-hint"
          onInput={(e) => input(e.currentTarget.value)}
          onKeyDown={key}
        />
        <button class="btn btn--primary btn--icon" aria-label={t('send')} title={t('send')} disabled={silent}>
          <Icon of={send} />
        </button>
      </div>
      <span class="sr" id="say-hint">
        {t('hint')} {editing && t('editHint')}
      </span>
      {length > max - (messageCharacters - countFrom) && (
        <span class={`say-count num ${over > 0 ? 'bad' : 'muted'}`}>
          {t('count', { n: length, max })}
          {over > 0 && ` · ${t('long', { n: over })}`}
        </span>
      )}
      <span class="sr" role="alert">
        {refused && over > 0 && t('long', { n: over })}
      </span>
    </form>
  )
}

/** grow fits the field to its text, up to some lines. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto'
  const line = parseFloat(getComputedStyle(field).lineHeight)
  field.style.height = `${Math.min(field.scrollHeight, line * lines + 8)}px`
}
