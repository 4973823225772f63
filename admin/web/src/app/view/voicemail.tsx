import { codeOf } from '../../shared/codes'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { del, get, path, put } from '../../shared/api'
import { lasted } from '../../meeting/view'
import { ago, dateTime } from '../../shared/format'
import { texts } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { more, phone, play, vm, x } from '../../shared/icons'
import { useLoad } from '../../shared/load'
import type { VoicemailList, VoicemailMessage } from '../../shared/types'
import { ask } from '../../shared/ui/dialog'
import { Menu } from '../../shared/ui/menu'
import { Empty, Failure, reason, Waiting } from '../../shared/ui/states'
import { toast } from '../../shared/ui/toast'
import type { Work } from '../model/work'
import { partyName } from './callees'
import { Page, tell } from './page'
import { t as common } from './texts'

const t = texts({
  en: {
    title: 'Voicemail',
    fresh: '{n} new message|{n} new messages',
    none: 'No messages',
    noneLead: 'When you do not answer, callers can leave a message here. You can also listen to it at a telephone: dial {code}.',
    isNew: 'New',
    play: 'Play the message of {name}',
    stop: 'Close the player',
    sound: 'Message of {name}',
    unplayable: 'The sound cannot be played. It may have been deleted.',
    more: 'More for the message of {name}',
    heard: 'Mark as heard',
    unheard: 'Mark as new',
    remove: 'Delete',
    removeTitle: 'Delete the message of {name}?',
    removeLead: 'It cannot be brought back.',
    keep: 'Keep it',
    removed: 'Message deleted',
  },
  de: {
    title: 'Anrufbeantworter',
    fresh: '{n} neue Nachricht|{n} neue Nachrichten',
    none: 'Keine Nachrichten',
    noneLead: 'Wenn Sie nicht annehmen, können Anrufer hier eine Nachricht hinterlassen. Sie hören sie auch am Telefon ab: {code} wählen.',
    isNew: 'Neu',
    play: 'Nachricht von {name} abspielen',
    stop: 'Spieler schließen',
    sound: 'Nachricht von {name}',
    unplayable: 'Der Ton lässt sich nicht abspielen. Vielleicht wurde er gelöscht.',
    more: 'Mehr zur Nachricht von {name}',
    heard: 'Als gehört markieren',
    unheard: 'Als neu markieren',
    remove: 'Löschen',
    removeTitle: 'Nachricht von {name} löschen?',
    removeLead: 'Sie kann nicht zurückgeholt werden.',
    keep: 'Behalten',
    removed: 'Nachricht gelöscht',
  },
})

/** One's own voicemail box. */
export function VoicemailPage({ work }: { work: Work }) {
  const { fresh, old } = work.tel.voicemail.value
  const title = (
    <>
      <h1>{t('title')}</h1>
      {fresh + old > 0 && <small class="muted">{t('fresh', { n: fresh })}</small>}
    </>
  )
  return <Page title={title}><Messages work={work} at="/app/voicemail" counts={`${fresh} ${old}`} none={t('noneLead', { code: codeOf('voicemail') })} /></Page>
}

/** What is in a box, one's own or a team's: it is played, marked, deleted, and its callers are called back. */
export function Messages({ work, at, counts, none }: { work: Work; at: string; counts: string; none: string }) {
  const loaded = useLoad((signal) => get<VoicemailList>(at, {}, signal), [at, counts])
  const open = useSignal('')
  const list = loaded.data?.items
  const set = async (m: VoicemailMessage, heard: boolean): Promise<void> => {
    if (m.heard === heard) return
    try {
      await put<VoicemailMessage>(at + path(m.id), { heard })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    loaded.reload()
  }
  const remove = async (m: VoicemailMessage, name: string): Promise<void> => {
    if (!(await ask({ title: t('removeTitle', { name }), body: t('removeLead'), keep: t('keep'), act: t('remove'), danger: true }))) return
    try {
      await del(at + path(m.id))
      toast({ text: t('removed') })
    } catch (e) {
      toast({ bad: true, text: reason(e) })
    }
    loaded.reload()
  }
  return (
    <>
      {loaded.error !== undefined && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!list && loaded.slow && <Waiting lines={4} />}
      {list?.length === 0 && <Empty icon={vm} title={t('none')}>{none}</Empty>}
      {list && list.length > 0 && (
        <ul class="card entries">
          {list.map((m) => {
            const name = partyName(work, { user: m.caller, name: m.name, number: m.number })
            return (
              <li key={m.id} class={'entry' + (m.heard ? '' : ' is-new')}>
                <div class="entry-line">
                  <button type="button" class="btn btn--icon" aria-label={open.value === m.id ? t('stop') : t('play', { name })} aria-expanded={open.value === m.id} onClick={() => (open.value = open.value === m.id ? '' : m.id)}>
                    <Icon of={open.value === m.id ? x : play} />
                  </button>
                  <span class="grow">
                    <span class="cn"><b class="clip" dir="auto">{name}</b>{!m.heard && <span class="badge badge--accent">{t('isNew')}</span>}</span>
                    <small class="muted clip num" title={dateTime(m.at)}>{[m.number !== name ? m.number : '', ago(m.at), lasted(m.seconds * 1000)].filter(Boolean).join(' · ')}</small>
                  </span>
                  {m.number && (
                    <button type="button" class="btn btn--ghost btn--icon" aria-label={common('call', { name })} title={common('call', { name })} onClick={() => void tell(work.dialler.dial(m.number))}>
                      <Icon of={phone} />
                    </button>
                  )}
                  <Menu class="btn btn--ghost btn--icon" label={t('more', { name })} items={[
                    { label: t(m.heard ? 'unheard' : 'heard'), act: () => void set(m, !m.heard) },
                    { label: t('remove'), bad: true, apart: true, act: () => void remove(m, name) },
                  ]}>
                    <Icon of={more} />
                  </Menu>
                </div>
                {open.value === m.id && <Player src={`/api/v1${at}${path(m.id)}/sound`} name={name} onPlaying={() => void set(m, true)} />}
              </li>
            )
          })}
        </ul>
      )}
    </>
  )
}

/** The browser's own player: keyboard and pace are its. */
function Player({ src, name, onPlaying }: { src: string; name: string; onPlaying(): void }) {
  const failed = useSignal(false)
  const audio = useRef<HTMLAudioElement>(null)
  useEffect(() => {
    audio.current?.play().catch(() => undefined) // then one presses its button
  }, [])
  if (failed.value) return <p class="err entry-player" role="alert">{t('unplayable')}</p>
  return <audio class="entry-player" ref={audio} controls preload="auto" src={src} aria-label={t('sound', { name })} onPlaying={onPlaying} onError={() => (failed.value = true)} />
}
