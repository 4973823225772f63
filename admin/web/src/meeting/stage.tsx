import { computed, useComputed, useSignal, useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Meeting } from '../call'
import { Icon } from '../shared/icon'
import { share } from '../shared/icons'
import { texts } from '../shared/i18n'
import { arrange, gap, places, type Size } from './layout'
import { TileView } from './tile'
import { heights, onStage, seat, tilesOf, type Tile } from './tiles'

const t = texts({
  en: {
    stage: 'Meeting',
    more: '{n} more',
    moreAloud: '{n} more person, show participants|{n} more people, show participants',
    alone: 'Nobody else is here yet. Whoever comes is seen and heard at once.',
    aloneInChat: 'Nobody else is here yet. The chat is open: whoever comes reads what is written from then on.',
    sharing: 'Everybody sees your screen.',
    stop: 'Stop sharing',
  },
  de: {
    stage: 'Besprechung',
    more: '{n} weitere',
    moreAloud: '{n} weitere Person, Teilnehmende anzeigen|{n} weitere Personen, Teilnehmende anzeigen',
    alone: 'Noch ist niemand sonst hier. Wer kommt, ist sofort zu sehen und zu hören.',
    aloneInChat: 'Noch ist niemand sonst hier. Der Chat ist offen: Wer kommt, liest, was von da an geschrieben wird.',
    sharing: 'Alle sehen Ihren Bildschirm.',
    stop: 'Nicht mehr teilen',
  },
})

const narrow = '(max-width: 700px)'
const viewMs = 250 // between two words to the server about what is shown

interface Props {
  meeting: Meeting
  chatOnly: boolean
  /** Shows the list of all, where tiles do not suffice. */
  onMore: () => void
}

/** The middle of the page: a tile for each person and each shared screen, and one of them large. */
export function Stage({ meeting, chatOnly, onMore }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box)
  const small = useQuery(narrow)
  const shrunk = useSignal<ReadonlySet<string>>(new Set())
  const before = useRef<readonly string[]>([])
  const tiles = useComputed(() => tilesOf(meeting.participants.value, meeting.pictures.value))
  const large = useComputed(() => onStage(tiles.value, { pinned: meeting.pinned.value, shrunk: shrunk.value }))
  const seen = useComputed(() => {
    const rest = tiles.value.filter((tile) => tile.key !== large.value?.key)
    const most = places(small.value, large.value !== undefined)
    const seats = seat(rest, before.current, rest.length > most ? most - 1 : most, meeting.speaking.value)
    before.current = seats.map((tile) => tile.key)
    return { seats, hidden: rest.length - seats.length }
  })
  const layout = useComputed(() => arrange(size.value, seen.value.seats.length + (seen.value.hidden ? 1 : 0), large.value !== undefined, small.value))
  useView(meeting, () => {
    const { stage, tile } = layout.value
    return heights(stage && large.value ? px(stage.height) : 0, px(tile.height), seen.value.seats.filter((one) => !one.of.self).length)
  })
  useEffect(() => () => meeting.pin(undefined), [meeting])

  const enlarge = (tile: Tile): void => {
    shrunk.value = new Set([...shrunk.value].filter((key) => key !== tile.key))
    meeting.pin({ nick: tile.nick, media: tile.media })
  }
  const shrink = (tile: Tile): void => {
    if (tile.media === 'screen') shrunk.value = new Set([...shrunk.value, tile.key])
    meeting.pin(undefined)
  }
  const { stage, tile } = layout.value
  const { seats, hidden } = seen.value
  const alone = !large.value && seats.length === 1 && !hidden && seats[0]!.of.self
  return (
    <main class="stage" aria-label={t('stage')}>
      {meeting.own.screen.value && (
        <div class="stage-sharing">
          <Icon of={share} />
          <span class="grow">{t('sharing')}</span>
          <button type="button" class="btn btn--sm" onClick={() => meeting.unshare()}>
            {t('stop')}
          </button>
        </div>
      )}
      <div class="stage-box" ref={box} style={{ '--gap': `${gap}px`, '--w': `${tile.width}px`, '--h': `${tile.height}px`, '--stage-h': `${stage?.height ?? 0}px` }}>
        {large.value && <TileView key={large.value.key} tile={large.value} speaking={false} large onPress={() => shrink(large.value!)} />}
        <div class="tiles">
          {seats.map((one) => (
            <TileView
              key={one.key}
              tile={one}
              speaking={meeting.speaking.value.has(one.nick)}
              {...(one.of.self ? { own: meeting.own.camera.value } : !chatOnly && { onPress: () => enlarge(one) })}
            />
          ))}
          {hidden > 0 && (
            <button type="button" class="tile" onClick={onMore} aria-label={t('moreAloud', { n: hidden })}>
              <span class="tile-center tile-more num">{t('more', { n: hidden })}</span>
            </button>
          )}
        </div>
      </div>
      {alone && <p class="stage-alone">{t(chatOnly ? 'aloneInChat' : 'alone')}</p>}
    </main>
  )
}

const px = (css: number): number => Math.round(css * devicePixelRatio)

/** The size of an element, always. */
function useSize(box: { current: HTMLElement | null }): Signal<Size> {
  const size = useSignal<Size>({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = box.current!
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element
      if (size.value.width !== width || size.value.height !== height) size.value = { width, height }
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return size
}

function useQuery(query: string): ReadonlySignal<boolean> {
  const matches = useSignal(matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const changed = (): void => void (matches.value = media.matches)
    media.addEventListener('change', changed)
    return () => media.removeEventListener('change', changed)
  }, [])
  return matches
}

/** useView tells the server what is shown, not too often; nothing while the page is in the background. */
function useView(meeting: Meeting, shown: () => number[]): void {
  const visible = useSignal(document.visibilityState === 'visible')
  useEffect(() => {
    const changed = (): void => void (visible.value = document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', changed)
    return () => document.removeEventListener('visibilitychange', changed)
  }, [])
  const told = useRef('')
  const last = useRef(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const now = useRef(computed(() => (visible.value ? shown() : [])))
  useSignalEffect(() => {
    const view = now.current.value
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      last.current = Date.now()
      const words = view.join(' ')
      if (words === told.current) return
      told.current = words
      meeting.view(view)
    }, Math.max(0, last.current + viewMs - Date.now()))
  })
  useEffect(() => () => clearTimeout(timer.current), [])
}
