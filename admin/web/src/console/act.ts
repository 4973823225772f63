import { ask, type Question } from '../shared/ui/dialog'
import { reason } from '../shared/ui/states'
import { toast } from '../shared/ui/toast'

/** Does something, and tells what was done or why it was not. False when it was not. */
export async function act(doIt: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await doIt()
    toast({ text: done })
    return true
  } catch (e) {
    toast({ bad: true, text: reason(e) })
    return false
  }
}

/** act, for what takes something away: whoever asks for it is asked back. False also when he keeps it. */
export async function askAndAct(question: Omit<Question, 'danger'>, doIt: () => Promise<unknown>, done: string): Promise<boolean> {
  return (await ask({ ...question, danger: true })) && act(doIt, done)
}
