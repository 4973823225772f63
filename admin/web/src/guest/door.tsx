import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get, path, Problem } from '../shared/api'
import { lang, texts } from '../shared/i18n'
import { Wordmark } from '../shared/icon'
import { LanguageChoice, ThemeButton } from '../shared/ui/preferences'

const t = texts({
  en: {
    unknownTitle: 'This link leads nowhere',
    unknown: 'It may have been switched off. Ask the person who invited you for a new one.',
    lost: 'No connection to the server.',
  },
  de: {
    unknownTitle: 'Dieser Link führt nirgendwohin',
    unknown: 'Vielleicht wurde er abgeschaltet. Bitten Sie die Person, die Sie eingeladen hat, um einen neuen.',
    lost: 'Keine Verbindung zum Server.',
  },
})

interface Invited {
  group: string
}

/** The first thing a guest sees: the group he was invited to, or why he cannot enter. */
export function Door({ token }: { token: string }) {
  const group = useSignal('')
  const failed = useSignal<'' | 'unknown' | 'lost'>('')
  useEffect(() => {
    get<Invited>('/public/guest' + path(token)).then(
      (invited) => (group.value = invited.group),
      (e: unknown) => (failed.value = e instanceof Problem ? 'unknown' : 'lost'),
    )
  }, [token])
  useEffect(() => {
    document.title = (group.value || t('unknownTitle')) + ' · Plenum'
  }, [group.value, lang.value])
  return (
    <>
      <header class="row">
        <Wordmark />
        <span class="end row">
          <LanguageChoice />
          <ThemeButton class="btn btn--ghost btn--icon btn--lg" />
        </span>
      </header>
      <main>
        {group.value && <h1>{group.value}</h1>}
        {failed.value === 'unknown' && (
          <>
            <h1>{t('unknownTitle')}</h1>
            <p>{t('unknown')}</p>
          </>
        )}
        {failed.value === 'lost' && <p role="alert">{t('lost')}</p>}
      </main>
    </>
  )
}
