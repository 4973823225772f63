import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

export interface DialogProps {
  title: string
  onClose(): void
  children: ComponentChildren
  /** The buttons; the first is the one that has the focus when nothing else asks for it. */
  foot?: ComponentChildren
  class?: string
}

/** A dialog holds the focus until it is closed, by Esc too, and gives it back. */
export function Dialog({ title, onClose, children, foot, class: more }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog class={'dialog ' + (more ?? '')} ref={dialog} aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onPointerDown={(e) => {
        if (dialog.current && e.target === dialog.current && outside(e, dialog.current)) onClose()
      }}>
      <div class="dialog-head"><h2 id={id}>{title}</h2></div>
      <div class="dialog-body">{children}</div>
      {foot && <div class="dialog-foot">{foot}</div>}
    </dialog>
  )
}

function outside(e: PointerEvent, box: Element): boolean {
  const r = box.getBoundingClientRect()
  return e.clientX < r.left || e.clientX > r.right || e.clientY < r.top || e.clientY > r.bottom
}

export interface Question {
  title: string
  body?: ComponentChildren
  /** What stays as it is: the safe answer, which has the focus. */
  keep: string
  act: string
  danger?: boolean
}

const asked = signal<{ question: Question; answer(yes: boolean): void } | null>(null)

/** Asks and waits for the answer. */
export function ask(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    asked.value?.answer(false)
    asked.value = {
      question,
      answer: (yes) => {
        asked.value = null
        resolve(yes)
      },
    }
  })
}

/** The place of the question that is being asked. */
export function Questions() {
  if (!asked.value) return null
  const { question, answer } = asked.value
  return (
    <Dialog key={question.title} title={question.title} onClose={() => answer(false)}
      foot={
        <>
          <button type="button" class="btn" onClick={() => answer(false)}>{question.keep}</button>
          <button type="button" class={question.danger ? 'btn btn--danger' : 'btn btn--primary'} onClick={() => answer(true)}>{question.act}</button>
        </>
      }>
      {question.body}
    </Dialog>
  )
}
