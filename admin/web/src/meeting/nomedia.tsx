import type { End, Meeting } from '../call'
import { Icon } from '../shared/icon'
import { refresh, warn } from '../shared/icons'
import { texts } from '../shared/i18n'

const t = texts({
  en: {
    unsupported: 'This browser can carry neither sound nor picture. Open the link in a current Firefox, Chrome, Edge or Safari.',
    failed: 'Sound and picture could not be connected. The chat works all the same.',
    refused: 'The meeting does not let you take part with sound and picture just now. The chat works all the same.',
    again: 'Try again', joining: 'Connecting …',
  },
  de: {
    unsupported: 'Dieser Browser kann weder Ton noch Bild übertragen. Öffnen Sie den Link in einem aktuellen Firefox, Chrome, Edge oder Safari.',
    failed: 'Ton und Bild ließen sich nicht verbinden. Der Chat funktioniert trotzdem.',
    refused: 'Die Besprechung lässt Sie gerade nicht mit Ton und Bild teilnehmen. Der Chat funktioniert trotzdem.',
    again: 'Noch einmal versuchen', joining: 'Verbindet …',
  },
})

/** absent: the server has no conferences, so that there is nothing to say about it. */
const absent = ['item-not-found', 'service-unavailable', 'feature-not-implemented', 'remote-server-not-found']

function said(end: End): 'unsupported' | 'failed' | 'refused' | undefined {
  if (end.why === 'unsupported' || end.why === 'failed') return end.why
  if (end.why !== 'refused') return undefined
  return end.fault.is === 'stanza' && absent.includes(end.fault.condition) ? undefined : 'refused'
}

/** Why there is a chat alone, where one would expect more, and how to go on. */
export function NoMedia({ meeting }: { meeting: Meeting }) {
  const link = meeting.link.value
  const words = link.is === 'ended' ? said(link.why) : undefined
  const joining = link.is === 'joining'
  return (
    <div class="meet-lost" role="status">
      {(words || joining) && (
        <div class="callout callout--warn">
          <Icon of={warn} />
          <span class="grow">{t(words ?? 'joining')}</span>
          {words && words !== 'unsupported' && (
            <button type="button" class="btn" onClick={() => meeting.join()}>
              <Icon of={refresh} />
              {t('again')}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
