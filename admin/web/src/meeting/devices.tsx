import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { none, system, type Device, type Devices, type Problem } from '../call'
import { Icon } from '../shared/icon'
import { cam, mic, play, refresh, speaker, warn } from '../shared/icons'
import { texts } from '../shared/i18n'

const t = texts({
  en: {
    microphone: 'Microphone', camera: 'Camera', speaker: 'Speaker',
    noMicrophone: 'No microphone', noCamera: 'No camera', system: 'As the system has it', systemIs: 'System: {label}',
    nth: '{kind} {n}', wait: 'Allow it in the browser …', unknown: 'Not available',
    level: 'Level', levelOf: 'Level of the microphone', test: 'Test', testing: 'You hear three notes.', silent: 'The browser has not played the sound. Try again.',
    again: 'Try again',
    theMicrophone: 'the microphone', theCamera: 'the camera', aMicrophone: 'microphone', aCamera: 'camera',
    dismissed: 'The browser has asked about {it} and got no answer. Try again and choose **Allow**.',
    blocked: 'The browser blocks {it}. Click the camera sign in the address bar, allow it, then try again.',
    isSystem: 'This computer does not let the browser use {it}. Allow it in the privacy settings of the system, then try again.',
    missing: 'No {name} was found. Plug one in: it is used at once.',
    busy: 'Another program uses {it}, or it does not work. Close that program, then try again.',
    insecure: 'Browsers give {it} to secure pages alone. Open the link with https:// in front.',
    failed: 'It was not possible to start {it}. Choose another one, or try again.',
  },
  de: {
    microphone: 'Mikrofon', camera: 'Kamera', speaker: 'Lautsprecher',
    noMicrophone: 'Kein Mikrofon', noCamera: 'Keine Kamera', system: 'Wie im System eingestellt', systemIs: 'System: {label}',
    nth: '{kind} {n}', wait: 'Im Browser erlauben …', unknown: 'Nicht verfügbar',
    level: 'Pegel', levelOf: 'Pegel des Mikrofons', test: 'Testen', testing: 'Sie hören drei Töne.', silent: 'Der Browser hat den Ton nicht abgespielt. Versuchen Sie es noch einmal.',
    again: 'Noch einmal versuchen',
    theMicrophone: 'das Mikrofon', theCamera: 'die Kamera', aMicrophone: 'Mikrofon', aCamera: 'Kamera',
    dismissed: 'Der Browser hat nach {it} gefragt und keine Antwort bekommen. Versuchen Sie es noch einmal und wählen Sie **Zulassen**.',
    blocked: 'Der Browser sperrt {it}. Klicken Sie auf das Kamerazeichen in der Adresszeile, erlauben Sie den Zugriff und versuchen Sie es noch einmal.',
    isSystem: 'Dieser Computer gibt {it} nicht für den Browser frei. Erlauben Sie es in den Datenschutzeinstellungen des Systems und versuchen Sie es noch einmal.',
    missing: 'Kein Gerät gefunden ({name}). Schließen Sie eines an: Es wird sofort verwendet.',
    busy: 'Ein anderes Programm verwendet {it}, oder das Gerät arbeitet nicht. Schließen Sie das Programm und versuchen Sie es noch einmal.',
    insecure: 'Browser geben {it} nur für sichere Seiten frei. Öffnen Sie den Link mit https:// davor.',
    failed: '{it} ließ sich nicht starten. Wählen Sie ein anderes Gerät oder versuchen Sie es noch einmal.',
  },
})

type Input = 'microphone' | 'camera'

/** The cameras, and none. */
export function CameraChoice({ devices, hint }: { devices: Devices; hint?: string }) {
  return <InputChoice devices={devices} kind="camera" icon={cam} hint={hint} />
}

/** The microphones, and none, with how loud the chosen one is. */
export function MicrophoneChoice({ devices }: { devices: Devices }) {
  return (
    <div class="device">
      <InputChoice devices={devices} kind="microphone" icon={mic} />
      {devices.audio.value && <Level devices={devices} />}
    </div>
  )
}

function InputChoice({ devices, kind, icon, hint }: { devices: Devices; kind: Input; icon: string; hint?: string | undefined }) {
  const id = useId()
  const [list, chosen, track, wrong] =
    kind === 'camera'
      ? [devices.cameras.value, devices.camera.value, devices.video.value, devices.videoProblem.value]
      : [devices.microphones.value, devices.microphone.value, devices.audio.value, devices.audioProblem.value]
  const used = track?.getSettings().deviceId ?? ''
  const value = chosen === none ? none : list.some((d) => d.id === used) ? used : list.some((d) => d.id === chosen) ? chosen : system
  const label = track?.label.replace(/^[^-]+ - /, '') // Chromium puts "Default - " in front
  const rest = devices.asking.value ? t('wait') : wrong ? t('unknown') : label ? t('systemIs', { label }) : t('system')
  return (
    <div class="field">
      <label class="label" for={id}>
        {t(kind)}
      </label>
      <span class="with-icon">
        <Icon of={icon} />
        <select class="select" id={id} value={value} data-device={kind} aria-describedby={`${id}-more`} onChange={(e) => void devices.choose(kind, e.currentTarget.value)}>
          {(value === system || kind === 'microphone') && <option value={system}>{value === system ? rest : t('system')}</option>}
          <Options of={list} kind={kind} />
          <option value={none}>{t(kind === 'camera' ? 'noCamera' : 'noMicrophone')}</option>
        </select>
      </span>
      <div id={`${id}-more`}>
        {wrong ? <DeviceHelp devices={devices} kind={kind} wrong={wrong} /> : hint && <span class="hint">{hint}</span>}
      </div>
    </div>
  )
}

function Options({ of: list, kind }: { of: readonly Device[]; kind: 'microphone' | 'camera' | 'speaker' }) {
  return (
    <>
      {list.map((d, i) => (
        <option key={d.id} value={d.id}>
          {d.label || t('nth', { kind: t(kind), n: i + 1 })}
        </option>
      ))}
    </>
  )
}

const again: readonly Problem[] = ['dismissed', 'blocked', 'system', 'busy', 'failed']

/** What is wrong with a device, and how to go on. */
export function DeviceHelp({ devices, kind, wrong }: { devices: Devices; kind: Input; wrong: Problem }) {
  const it = t(kind === 'camera' ? 'theCamera' : 'theMicrophone')
  const words = t(wrong === 'system' ? 'isSystem' : wrong, { it, name: t(kind === 'camera' ? 'aCamera' : 'aMicrophone') })
  return (
    <div class="callout callout--warn device-help" role="status">
      <Icon of={warn} />
      <span class="grow">
        {words
          .charAt(0)
          .toUpperCase()
          .concat(words.slice(1))
          .split('**')
          .map((part, i) => (i % 2 ? <b key={i}>{part}</b> : part))}
      </span>
      {again.includes(wrong) && (
        <button type="button" class="btn btn--sm" onClick={() => void devices.again(kind)}>
          <Icon of={refresh} />
          {t('again')}
        </button>
      )}
    </div>
  )
}

const segments = 26

function Level({ devices }: { devices: Devices }) {
  const level = devices.audioOn.value ? devices.level.value : 0
  const on = Math.round(level * segments)
  return (
    <div class="level">
      <span aria-hidden="true">{t('level')}</span>
      <span class="meter" role="meter" aria-label={t('levelOf')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)}>
        {Array.from({ length: segments }, (_, i) => (
          <i key={i} class={i < on ? 'on' : ''} />
        ))}
      </span>
    </div>
  )
}

/** Where sound goes, and a test of it. Browsers that do not let pages choose have the test alone. */
export function SpeakerChoice({ devices }: { devices: Devices }) {
  const id = useId()
  const state = useSignal<'' | 'testing' | 'silent'>('')
  const test = async (): Promise<void> => {
    if (state.value === 'testing') return
    state.value = 'testing'
    state.value = (await devices.tone()) ? '' : 'silent'
  }
  return (
    <div class="field">
      <label class="label" for={id}>
        {t('speaker')}
      </label>
      <div class="row">
        <span class="with-icon grow">
          <Icon of={speaker} />
          <select class="select" id={id} value={devices.output.value} data-device="speaker" disabled={!devices.choosesSpeaker} onChange={(e) => void devices.choose('speaker', e.currentTarget.value)}>
            <option value={system}>{t('system')}</option>
            {devices.choosesSpeaker && <Options of={devices.speakers.value} kind="speaker" />}
          </select>
        </span>
        <button type="button" class="btn btn--lg device-test" aria-disabled={state.value === 'testing'} onClick={() => void test()}>
          <Icon of={play} />
          {t('test')}
        </button>
      </div>
      <span class={state.value === 'silent' ? 'err' : 'sr'} role="status">
        {state.value && t(state.value)}
      </span>
    </div>
  )
}
