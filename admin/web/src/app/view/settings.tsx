import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { CameraChoice, MicrophoneChoice, SpeakerChoice } from '../../meeting/devices'
import { Video } from '../../meeting/video'
import { lang, langs, setLang, texts, type Lang } from '../../shared/i18n'
import { Icon } from '../../shared/icon'
import { bell, cam, door, left } from '../../shared/icons'
import { address } from '../../shared/router'
import { setTheme, theme, type Theme } from '../../shared/theme'
import { Segments } from '../../shared/ui/controls'
import { Field } from '../../shared/ui/field'
import type { Calls } from '../model/calls'
import type { Desk } from '../model/desk'
import { signOut } from '../session'
import { shows } from './me'
import { t as common } from './texts'

const t = texts({
  en: {
    status: 'How others see you',
    show: 'Show as',
    text: 'Status text',
    textHint: 'For example where you are, or until when you are away.',
    look: 'Look and language',
    language: 'Language',
    theme: 'Theme',
    light: 'Light',
    dark: 'Dark',
    system: 'As the system',
    devices: 'Camera, microphone, speaker',
    devicesHint: 'What is chosen here is used in calls and conferences of this browser.',
    devicesOpen: 'Try and choose',
    calls: 'Who calls',
    notifyHint: 'While this window is not in front, the system shows who calls.',
    notify: 'Show calls on the screen',
    notifyOn: 'While this window is not in front, the system shows who calls. That is switched off in the settings of the browser.',
    notifyOff: 'The browser does not let this page show who calls while its window is not in front. Allow notifications for this page in the address bar.',
    signOut: 'Sign out',
    signedIn: 'Signed in as {name}',
  },
  de: {
    status: 'Wie andere Sie sehen',
    show: 'Anzeigen als',
    text: 'Statustext',
    textHint: 'Zum Beispiel wo Sie sind oder bis wann Sie weg sind.',
    look: 'Aussehen und Sprache',
    language: 'Sprache',
    theme: 'Farben',
    light: 'Hell',
    dark: 'Dunkel',
    system: 'Wie das System',
    devices: 'Kamera, Mikrofon, Lautsprecher',
    devicesHint: 'Was hier gewählt ist, gilt für Anrufe und Konferenzen in diesem Browser.',
    devicesOpen: 'Ausprobieren und wählen',
    calls: 'Wer anruft',
    notifyHint: 'Solange dieses Fenster nicht vorn ist, zeigt das System, wer anruft.',
    notify: 'Anrufe auf dem Bildschirm zeigen',
    notifyOn: 'Solange dieses Fenster nicht vorn ist, zeigt das System, wer anruft. Ausgeschaltet wird das in den Einstellungen des Browsers.',
    notifyOff: 'Der Browser lässt diese Seite nicht zeigen, wer anruft, solange ihr Fenster nicht vorn ist. Erlauben Sie Benachrichtigungen für diese Seite in der Adresszeile.',
    signOut: 'Abmelden',
    signedIn: 'Angemeldet als {name}',
  },
})

const statusCharacters = 120

/** One's own settings. */
export function Settings({ desk, calls }: { desk: Desk; calls: Calls }) {
  const text = useSignal(desk.status.value)
  const save = (): void => {
    if (text.value.trim() !== desk.status.value) desk.setShow(desk.show.value, text.value)
  }
  return (
    <div class="settings">
      <header class="talk-head">
        <a class="btn btn--ghost btn--icon talk-back" href={address()} aria-label={common('back')}><Icon of={left} /></a>
        <h1>{common('settings')}</h1>
      </header>
      <div class="settings-body">
        <section class="card">
          <div class="card-head"><h2>{t('status')}</h2></div>
          <div class="card-body form">
            <div class="field">
              <span class="label" id="show-label">{t('show')}</span>
              <Segments labelledby="show-label" of={shows.map((value) => ({ value, label: common(value) }))} value={desk.show.value === 'offline' ? 'available' : desk.show.value}
                onChange={(s) => desk.setShow(s)} />
            </div>
            <form class="form" onSubmit={(e) => {
              e.preventDefault()
              save()
            }}>
              <Field name="status" label={t('text')} optional hint={t('textHint')}>
                {(aria) => (
                  <input class="input" {...aria} dir="auto" maxLength={statusCharacters} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} onBlur={save} />
                )}
              </Field>
            </form>
          </div>
        </section>
        <section class="card">
          <div class="card-head"><h2>{t('look')}</h2></div>
          <div class="card-body form">
            <div class="field">
              <span class="label" id="language-label">{t('language')}</span>
              <Segments<Lang> labelledby="language-label" of={(Object.keys(langs) as Lang[]).map((value) => ({ value, label: langs[value] }))} value={lang.value} onChange={setLang} />
            </div>
            <div class="field">
              <span class="label" id="theme-label">{t('theme')}</span>
              <Segments<Theme> labelledby="theme-label" value={theme.value} onChange={setTheme}
                of={[{ value: '', label: t('system') }, { value: 'light', label: t('light') }, { value: 'dark', label: t('dark') }]} />
            </div>
          </div>
        </section>
        <DeviceSettings calls={calls} />
        <Notifications />
        <section class="settings-out">
          <span class="muted">{t('signedIn', { name: desk.me.jid })}</span>
          <button type="button" class="btn" onClick={() => void signOut()}>
            <Icon of={door} />
            {t('signOut')}
          </button>
        </section>
      </div>
    </div>
  )
}

/** Whether the system may show who calls. Browsers ask once, and when one has pressed something. */
function Notifications() {
  const may = useSignal('Notification' in window ? Notification.permission : undefined)
  if (!may.value) return null
  return (
    <section class="card">
      <div class="card-head"><h2>{t('calls')}</h2></div>
      <div class="card-body settings-devices">
        <p class="hint" role="status">{t(may.value === 'granted' ? 'notifyOn' : may.value === 'denied' ? 'notifyOff' : 'notifyHint')}</p>
        {may.value === 'default' && (
          <span>
            <button type="button" class="btn" onClick={() => void Notification.requestPermission().then((p) => (may.value = p))}>
              <Icon of={bell} />
              {t('notify')}
            </button>
          </span>
        )}
      </div>
    </section>
  )
}

/** Camera, microphone and speaker for calls. They are opened only when one asks for it: browsers show that they are on. */
function DeviceSettings({ calls }: { calls: Calls }) {
  const { devices } = calls
  const open = useSignal(calls.busy)
  useEffect(() => () => {
    if (!calls.busy) devices.close()
  }, [])
  const start = (): void => {
    open.value = true
    void devices.open()
  }
  return (
    <section class="card">
      <div class="card-head"><h2>{t('devices')}</h2></div>
      <div class="card-body settings-devices">
        {!open.value && (
          <>
            <p class="hint">{t('devicesHint')}</p>
            <span>
              <button type="button" class="btn" onClick={start}>
                <Icon of={cam} />
                {t('devicesOpen')}
              </button>
            </span>
          </>
        )}
        {open.value && (
          <>
            {devices.video.value && <div class="settings-picture"><Video track={devices.video.value} /></div>}
            <CameraChoice devices={devices} />
            <MicrophoneChoice devices={devices} />
            <SpeakerChoice devices={devices} />
          </>
        )}
      </div>
    </section>
  )
}
