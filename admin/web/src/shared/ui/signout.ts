import { del, Problem } from '../api'
import { reason } from './states'
import { toast } from './toast'

/** endSession ends the browser's session on the server; false: it may go on, and the user has been told why. */
export async function endSession(path: string): Promise<boolean> {
  try {
    await del(path)
  } catch (e) {
    // One that is over already needs no ending; without an answer it may go on, and whoever leaves must know.
    if (!(e instanceof Problem && e.status === 401)) {
      toast({ bad: true, text: reason(e) })
      return false
    }
  }
  return true
}
