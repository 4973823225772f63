import type { ComponentChildren } from 'preact'
import type { Devices } from '../call'
import { Icon } from '../shared/icon'
import { cam, camOff, mic, micOff } from '../shared/icons'
import { texts } from '../shared/i18n'
import { Video } from './video'

const t = texts({
  en: {
    preview: 'Your camera', off: 'Camera is off', wait: 'Allow camera and microphone in the browser',
    micOn: 'Microphone on, turn off', micOff: 'Microphone off, turn on', camOn: 'Camera on, turn off', camOff: 'Camera off, turn on',
  },
  de: {
    preview: 'Ihre Kamera', off: 'Kamera ist aus', wait: 'Erlauben Sie Kamera und Mikrofon im Browser',
    micOn: 'Mikrofon an, ausschalten', micOff: 'Mikrofon aus, einschalten', camOn: 'Kamera an, ausschalten', camOff: 'Kamera aus, einschalten',
  },
})

/** One's own picture before others see it, with the two switches. */
export function Preview({ devices, children }: { devices: Devices; children?: ComponentChildren }) {
  const picture = devices.video.value
  return (
    <section class="preview" aria-label={t('preview')}>
      <div class="tile">
        {picture ? (
          <Video track={picture} mirror />
        ) : (
          <span class="tile-center preview-off">
            <Icon of={camOff} size="xl" />
            <span>{t(devices.asking.value ? 'wait' : 'off')}</span>
          </span>
        )}
        {children && <span class="tile-corner">{children}</span>}
        <div class="preview-tools">
          <Round on={devices.audioState.value === 'on'} names={['micOn', 'micOff']} icons={[mic, micOff]}
            press={(on) => (devices.audio.value ? devices.setAudioOn(on) : void devices.again('microphone'))} />
          <Round on={picture !== undefined} names={['camOn', 'camOff']} icons={[cam, camOff]}
            press={(on) => void devices.setVideoOn(on)} />
        </div>
      </div>
    </section>
  )
}

interface RoundProps {
  on: boolean
  names: ['micOn' | 'camOn', 'micOff' | 'camOff']
  icons: [string, string]
  press: (on: boolean) => void
}

function Round({ on, names, icons, press }: RoundProps) {
  const name = t(names[on ? 0 : 1])
  return (
    <button type="button" class={`tool${on ? '' : ' is-off'}`} aria-pressed={on} aria-label={name} title={name} onClick={() => press(!on)}>
      <Icon of={icons[on ? 0 : 1]} />
    </button>
  )
}
