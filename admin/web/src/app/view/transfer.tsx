import { lang, texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { xfer } from '../../shared/icons'
import { Dialog } from '../../shared/ui/dialog'
import { Finder } from '../../shared/ui/picker'
import { toast } from '../../shared/ui/toast'
import { otherIn } from '../model/dialler'
import type { Call } from '../model/snapshot'
import type { Work } from '../model/work'
import { callees, partyName } from './callees'
import { tell } from './page'
import { t as common } from './texts'

const t = texts({
  en: {
    title: 'Connect {name} with …',
    lead: 'Connects at once. You are out of the call then.',
    find: 'Name or number',
    join: 'With {name}, whom I talk to',
    done: '{name} is connected with {to}',
  },
  de: {
    title: '{name} verbinden mit …',
    lead: 'Verbindet sofort. Sie sind dann nicht mehr im Gespräch.',
    find: 'Name oder Nummer',
    join: 'Mit {name} aus meinem anderen Gespräch',
    done: '{name} ist mit {to} verbunden',
  },
})

/** The other of a call is connected with somebody else: with a number at once, or with whom one talks to in another call. */
export function Transfer({ work, call, onClose }: { work: Work; call: Call; onClose(): void }) {
  const { tel } = work
  void lang.value
  const name = partyName(work, otherIn(call))
  const others = [...tel.calls.value.values()].filter((c) => c.id !== call.id && c.parties.some((p) => p.own && p.doing === 'talking'))
  const done = async (outcome: ReturnType<typeof tel.transfer>, to: string): Promise<void> => {
    onClose()
    if (await tell(outcome)) toast({ text: t('done', { name, to }) })
  }
  return (
    <Dialog title={t('title', { name })} onClose={onClose} foot={<button type="button" class="btn" onClick={onClose}>{common('cancel')}</button>}>
      <div class="form">
        {others.map((c) => {
          const to = partyName(work, otherIn(c))
          return (
            <button type="button" key={c.id} class="btn btn--primary" onClick={() => void done(tel.join(call.id, c.id), to)}>
              <Icon of={xfer} />
              {t('join', { name: to })}
            </button>
          )
        })}
        <p class="hint">{t('lead')}</p>
        <Finder label={t('find')} find={(q) => callees(work, q)} onPick={(choice) => void done(tel.transfer(call.id, choice.id), choice.label)} />
      </div>
    </Dialog>
  )
}
