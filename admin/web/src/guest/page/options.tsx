import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../../shared/icon'
import { alert } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { Avatar } from '../../shared/ui/avatar'
import { nameCharacters } from '../../shared/muc'
import { useSecondsUntil } from '../../meeting/countdown'
import { NoticeLine } from './notice'
import type { Visit } from './visit'

const t = texts({
  en: {
    invited: 'You are invited to',
    name: 'Your name',
    hint: 'Everyone in the group sees this name.',
    empty: 'Say who you are, for example **Sofia Marques**.',
    long: 'Use at most {max} characters.',
    refused: 'The group does not take this name. Try one with letters and digits only, or a shorter one.',
    enter: 'Enter the chat',
    entering: 'Entering …',
    waiting: 'The server does not answer. Next attempt in {n} second.|The server does not answer. Next attempt in {n} seconds.',
    stop: 'Cancel',
    form: 'Enter',
  },
  de: {
    invited: 'Sie sind eingeladen zu',
    name: 'Ihr Name',
    hint: 'Alle in der Gruppe sehen diesen Namen.',
    empty: 'Sagen Sie, wer Sie sind, zum Beispiel **Sofia Marques**.',
    long: 'Höchstens {max} Zeichen.',
    refused: 'Die Gruppe nimmt diesen Namen nicht an. Versuchen Sie einen nur mit Buchstaben und Ziffern oder einen kürzeren.',
    enter: 'Zum Chat',
    entering: 'Tritt ein …',
    waiting: 'Der Server antwortet nicht. Nächster Versuch in {n} Sekunde.|Der Server antwortet nicht. Nächster Versuch in {n} Sekunden.',
    stop: 'Abbrechen',
    form: 'Eintreten',
  },
})

/** The page before a meeting: which group, and what a guest is called in it. */
export function Options({ visit }: { visit: Visit }) {
  const group = visit.invited.value?.group ?? ''
  const field = useRef<HTMLInputElement>(null)
  const wrong = visit.nameProblem.value
  const banned = visit.notice.value?.is === 'banned'
  useLayoutEffect(() => field.current?.focus(), [])
  useEffect(() => {
    if (wrong === 'refused') field.current?.focus()
  }, [wrong])
  const submit = (e: Event): void => {
    e.preventDefault()
    visit.enter()
    if (visit.nameProblem.value) field.current?.focus()
  }
  return (
    <form class="card front-card" aria-label={t('form')} noValidate onSubmit={submit}>
      <div class="who">
        <Avatar name={group} size="lg" square />
        <div class="grow">
          <span class="eyebrow">{t('invited')}</span>
          <h1 dir="auto">{group}</h1>
        </div>
      </div>
      <NoticeLine notice={visit.notice.value} />
      {!banned && (
        <>
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
          <Go visit={visit} />
        </>
      )}
    </form>
  )
}

function Go({ visit }: { visit: Visit }) {
  const entering = visit.entering.value
  const connection = visit.connection.value
  const until = entering && connection.is === 'waiting' ? connection.until : 0
  const left = useSecondsUntil(until)
  return (
    <>
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
    </>
  )
}

/** strong shows what stands between two pairs of stars in bold. */
function strong(text: string) {
  return text.split('**').map((part, i) => (i % 2 ? <b key={i}>{part}</b> : part))
}
