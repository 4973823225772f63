import { Icon } from '../shared/icon'
import { micOff, phone, share, shield } from '../shared/icons'
import { texts } from '../shared/i18n'
import { Avatar } from '../shared/ui/avatar'
import { aloud, Corner, t as signs } from './signs'
import type { Tile } from './tiles'
import { Video } from './video'

const t = texts({
  en: { enlarge: 'enlarge', shrink: 'shrink', screen: '{nick} shares the screen' },
  de: { enlarge: 'vergrößern', shrink: 'verkleinern', screen: '{nick} teilt den Bildschirm' },
})

interface Props {
  tile: Tile
  speaking: boolean
  large?: boolean
  /** One's own picture, which does not come over the network. */
  own?: MediaStreamTrack | undefined
  /** Enlarges it, or makes it small again. Oneself is not enlarged. */
  onPress?: () => void
}

/** One participant, or a screen that one shares. */
export function TileView({ tile, speaking, large, own, onPress }: Props) {
  const { of: person, media, nick } = tile
  const screen = media === 'screen'
  const track = person.self ? own : tile.picture?.track
  const paused = !person.self && tile.picture?.paused === true
  const shown = track && (screen || person.video === 'on') && !paused
  const name = person.self ? signs('you') : nick
  const states = screen ? '' : aloud(person, paused)
  const inside = (
    <>
      {shown && <Video track={track} of={tile.key} mirror={person.self} whole={screen || large === true} />}
      {!shown && (
        <span class="tile-center" aria-hidden="true">
          {screen ? <Icon of={share} size="xl" /> : <Avatar name={nick} size="xl" icon={person.phone ? phone : undefined} />}
        </span>
      )}
      <span class="tile-tag">
        {screen && <Icon of={share} />}
        {!screen && person.audio !== 'on' && <Icon of={micOff} class="off" />}
        {!screen && person.moderator && !person.self && <Icon of={shield} />}
        <span class="clip" dir="auto">
          {screen ? t('screen', { nick: name }) : name}
        </span>
        {states && <span class="sr">{`, ${states}`}</span>}
      </span>
      <Corner of={screen ? undefined : person} paused={paused} large={large === true && onPress !== undefined} />
    </>
  )
  const names = `tile${speaking && !screen ? ' is-speaking' : ''}${large ? ' is-large' : ''}`
  if (!onPress) {
    return (
      <div class={names} data-tile={tile.key}>
        {inside}
      </div>
    )
  }
  return (
    <button type="button" class={names} data-tile={tile.key} onClick={onPress}>
      {inside}
      <span class="sr">{`; ${t(large ? 'shrink' : 'enlarge')}`}</span>
    </button>
  )
}
