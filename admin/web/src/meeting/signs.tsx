import { Icon } from '../shared/icon'
import { alert, hand, shrink } from '../shared/icons'
import { texts } from '../shared/i18n'
import type { Grade, Participant } from '../call'

export const t = texts({
  en: {
    moderator: 'Moderator', you: 'You', caller: 'Caller', byPhone: 'Sound by telephone',
    micOn: 'microphone on', micOff: 'microphone off', noMic: 'no microphone', camOn: 'camera on', camOff: 'camera off', hand: 'hand raised', shares: 'shares the screen',
    fair: 'weak connection', poor: 'bad connection', paused: 'no picture: connection too weak',
  },
  de: {
    moderator: 'Moderation', you: 'Sie', caller: 'Anruf', byPhone: 'Ton per Telefon',
    micOn: 'Mikrofon an', micOff: 'Mikrofon aus', noMic: 'kein Mikrofon', camOn: 'Kamera an', camOff: 'Kamera aus', hand: 'Hand gehoben', shares: 'teilt den Bildschirm',
    fair: 'schwache Verbindung', poor: 'schlechte Verbindung', paused: 'kein Bild: Verbindung zu schwach',
  },
})

/** How good a connection is, in three bars. It stands beside words that say the same. */
export function Bars({ grade }: { grade: Grade | 'none' }) {
  return (
    <span class={`quality${grade === 'good' ? '' : ` ${grade}`}`} aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  )
}

/** aloud are the states of somebody, for those who do not see the signs. */
export function aloud(p: Participant, paused = false): string {
  const said = [
    p.audio === 'on' ? '' : t(p.audio === 'muted' ? 'micOff' : 'noMic'),
    p.hand ? t('hand') : '',
    p.quality === 'good' ? '' : t(p.quality),
    paused ? t('paused') : '',
  ]
  return said.filter(Boolean).join(', ')
}

/** The signs at the corner of a tile: a raised hand, a connection that is weak, and that a click makes it small again. */
export function Corner({ of: p, paused, large }: { of: Participant | undefined; paused: boolean; large: boolean }) {
  const weak = p && p.quality !== 'good'
  if (!p?.hand && !weak && !paused && !large) return null
  return (
    <span class="tile-corner" aria-hidden="true">
      {paused && (
        <span>
          <Icon of={alert} />
        </span>
      )}
      {weak && (
        <span>
          <Bars grade={p.quality} />
        </span>
      )}
      {p && p.hand > 0 && (
        <span class="hand">
          <Icon of={hand} />
        </span>
      )}
      {large && (
        <span>
          <Icon of={shrink} />
        </span>
      )}
    </span>
  )
}
