import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../../shared/icon'
import { alert, laptop, phone } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { useSecondsUntil } from '../../meeting/countdown'
import { CameraChoice, MicrophoneChoice, SpeakerChoice } from '../../meeting/devices'
import { Preview } from '../../meeting/preview'
import { nameCharacters } from '../../shared/muc'
import { Avatar } from '../../shared/ui/avatar'
import { CopyButton } from '../../shared/ui/controls'
import { NoticeLine } from './notice'
import type { DialIn, Visit } from './visit'

const t = texts({
  en: {
    invited: 'You are invited to',
    running: 'In progress',
    only: 'Only you can see this',
    noCamera: 'Choose “No camera” to join without video. You can turn it on later.',
    name: 'Your name',
    hint: 'Everyone in the meeting sees this name.',
    empty: 'Say who you are, for example **Sofia Marques**.',
    long: 'Use at most {max} characters.',
    refused: 'The group does not take this name. Try one with letters and digits only, or a shorter one.',
    taken: 'This name belongs to somebody in this group. Enter your own name.',
    audio: 'Sound',
    browser: 'Browser audio',
    phone: 'Phone audio',
    call: 'Call this number',
    pin: 'Enter this PIN',
    copyNumber: 'Copy number',
    copyPIN: 'Copy PIN',
    carries: 'Your telephone carries the sound; this browser carries video, screen and chat.',
    enter: 'Join the meeting',
    entering: 'Joining …',
    waiting: 'The server does not answer. Next attempt in {n} second.|The server does not answer. Next attempt in {n} seconds.',
    stop: 'Cancel',
    form: 'Join',
  },
  de: {
    invited: 'Sie sind eingeladen zu',
    running: 'Läuft gerade',
    only: 'Das sehen nur Sie',
    noCamera: 'Mit „Keine Kamera“ nehmen Sie ohne Bild teil. Sie können sie später einschalten.',
    name: 'Ihr Name',
    hint: 'Alle in der Besprechung sehen diesen Namen.',
    empty: 'Sagen Sie, wer Sie sind, zum Beispiel **Sofia Marques**.',
    long: 'Höchstens {max} Zeichen.',
    refused: 'Die Gruppe nimmt diesen Namen nicht an. Versuchen Sie einen nur mit Buchstaben und Ziffern oder einen kürzeren.',
    taken: 'Dieser Name gehört jemandem in dieser Gruppe. Geben Sie Ihren eigenen Namen ein.',
    audio: 'Ton',
    browser: 'Ton im Browser',
    phone: 'Ton per Telefon',
    call: 'Rufen Sie diese Nummer an',
    pin: 'Geben Sie diese PIN ein',
    copyNumber: 'Nummer kopieren',
    copyPIN: 'PIN kopieren',
    carries: 'Der Ton läuft über Ihr Telefon; Bild, Bildschirm und Chat laufen über diesen Browser.',
    enter: 'An der Besprechung teilnehmen',
    entering: 'Tritt bei …',
    waiting: 'Der Server antwortet nicht. Nächster Versuch in {n} Sekunde.|Der Server antwortet nicht. Nächster Versuch in {n} Sekunden.',
    stop: 'Abbrechen',
    form: 'Teilnehmen',
  },
})

const refreshMs = 20_000 // between two looks at whether the meeting is under way

/** The page before a meeting: which group, what a guest is called in it, and with which devices. */
export function Options({ visit }: { visit: Visit }) {
  const { devices } = visit
  const banned = visit.notice.value?.is === 'banned'
  useEffect(() => {
    void devices.open()
    const timer = setInterval(() => document.visibilityState === 'visible' && void visit.refresh(), refreshMs)
    return () => clearInterval(timer)
  }, [])
  if (banned) {
    return (
      <div class="front-alone">
        <section class="card front-card">
          <Who visit={visit} />
          <NoticeLine notice={visit.notice.value} />
        </section>
      </div>
    )
  }
  return (
    <div class="front-options">
      <div class="front-preview">
        <Preview devices={devices}>
          <span class="preview-word">{t('only')}</span>
        </Preview>
        <CameraChoice devices={devices} hint={t('noCamera')} />
      </div>
      <Form visit={visit} />
    </div>
  )
}

function Who({ visit }: { visit: Visit }) {
  const invited = visit.invited.value
  const group = invited?.group ?? ''
  return (
    <div class="who">
      <Avatar name={group} size="lg" square />
      <div class="grow">
        <span class="eyebrow">{t('invited')}</span>
        <h1 dir="auto">{group}</h1>
      </div>
      {invited?.running && (
        <span class="badge badge--ok who-running">
          <i class="dot dot--ok" />
          {t('running')}
        </span>
      )}
    </div>
  )
}

function Form({ visit }: { visit: Visit }) {
  const field = useRef<HTMLInputElement>(null)
  const wrong = visit.nameProblem.value
  const dialIn = visit.invited.value?.dialIn
  useLayoutEffect(() => field.current?.focus(), [])
  useEffect(() => {
    if (wrong === 'refused' || wrong === 'taken') field.current?.focus()
  }, [wrong])
  const submit = (e: Event): void => {
    e.preventDefault()
    visit.enter()
    if (visit.nameProblem.value) field.current?.focus()
  }
  return (
    <form class="card front-card" aria-label={t('form')} noValidate onSubmit={submit}>
      <Who visit={visit} />
      <NoticeLine notice={visit.notice.value} />
      <div class={`field${wrong ? ' is-bad' : ''}`}>
        <label class="label" for="name">
          {t('name')}
        </label>
        <input
          ref={field}
          class="input"
          id="name"
          autocomplete="name"
          dir="auto"
          value={visit.name.value}
          readOnly={visit.entering.value}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong ? 'name-wrong' : 'name-hint'}
          onInput={(e) => {
            visit.name.value = e.currentTarget.value
            if (wrong) visit.nameProblem.value = undefined
          }}
          onBlur={() => visit.name.value.trim() && visit.checkName()}
        />
        {wrong ? (
          <span class="err" id="name-wrong" role="alert">
            <Icon of={alert} />
            <span>{strong(t(wrong, { max: nameCharacters }))}</span>
          </span>
        ) : (
          <span class="hint" id="name-hint">
            {t('hint')}
          </span>
        )}
      </div>
      {dialIn ? <Sound visit={visit} dialIn={dialIn} /> : <BrowserSound visit={visit} />}
      <Go visit={visit} />
    </form>
  )
}

function BrowserSound({ visit }: { visit: Visit }) {
  return (
    <>
      <MicrophoneChoice devices={visit.devices} />
      <SpeakerChoice devices={visit.devices} />
    </>
  )
}

/** By what the sound comes and goes, where there is a number to call. */
function Sound({ visit, dialIn }: { visit: Visit; dialIn: DialIn }) {
  const by = useSignal<'browser' | 'phone'>('browser')
  const choice = (which: 'browser' | 'phone', icon: string) => (
    <label class={by.value === which ? 'on' : ''}>
      <input type="radio" name="audio" class="sr" checked={by.value === which} onChange={() => {
        by.value = which
        visit.byPhone(which === 'phone')
      }} />
      <Icon of={icon} />
      {t(which)}
    </label>
  )
  return (
    <>
      <div class="audio-tabs" role="radiogroup" aria-label={t('audio')}>
        {choice('browser', laptop)}
        {choice('phone', phone)}
      </div>
      {by.value === 'browser' ? (
        <BrowserSound visit={visit} />
      ) : (
        <>
          <div class="dial">
            <Step n={1} word={t('call')} value={dialIn.number} copy={t('copyNumber')} />
            <Step n={2} word={t('pin')} value={dialIn.pin.replace(/(\d{3})(?=\d)/g, '$1 ')} copy={t('copyPIN')} />
          </div>
          <p class="hint">{t('carries')}</p>
        </>
      )}
    </>
  )
}

function Step({ n, word, value, copy }: { n: number; word: string; value: string; copy: string }) {
  return (
    <div>
      <span class="n" aria-hidden="true">
        {n}
      </span>
      <span>
        <small>{word}</small>
        <span class="big">{value}</span>
      </span>
      <CopyButton text={value.replaceAll(' ', '')} label={copy} class="btn btn--ghost btn--icon btn--lg" />
    </div>
  )
}

function Go({ visit }: { visit: Visit }) {
  const entering = visit.entering.value
  const connection = visit.connection.value
  const until = entering && connection.is === 'waiting' ? connection.until : 0
  const left = useSecondsUntil(until)
  return (
    <div class="cta">
      <button class="btn btn--primary btn--xl btn--block" aria-busy={entering} aria-disabled={entering}>
        {entering && <span class="spin" aria-hidden="true" />}
        {t(entering ? 'entering' : 'enter')}
      </button>
      {until > 0 && (
        <div class="front-wait">
          <span class="hint num">{t('waiting', { n: left })}</span>
          <button type="button" class="btn btn--ghost end" onClick={() => visit.leave()}>
            {t('stop')}
          </button>
        </div>
      )}
    </div>
  )
}

/** strong shows what stands between two pairs of stars in bold. */
function strong(text: string) {
  return text.split('**').map((part, i) => (i % 2 ? <b key={i}>{part}</b> : part))
}
