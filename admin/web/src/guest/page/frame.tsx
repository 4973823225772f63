import type { ComponentChildren } from 'preact'
import { Icon, Wordmark } from '../../shared/icon'
import { lock } from '../../shared/icons'
import { texts } from '../../shared/i18n'
import { LanguageChoice, ThemeButton } from '../../shared/ui/preferences'

const t = texts({
  en: { safe: 'Encrypted on the way. Nothing is installed, no account is needed.' },
  de: { safe: 'Verschlüsselt übertragen. Keine Installation, kein Konto nötig.' },
})

/** What stands around all pages but the meeting. */
export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class="front">
      <header class="front-top">
        <Wordmark />
        <span class="end row">
          <LanguageChoice />
          <ThemeButton class="btn btn--ghost btn--icon btn--lg" />
        </span>
      </header>
      <main class="front-main">{children}</main>
      <footer class="front-foot">
        <Icon of={lock} size="s" />
        <span>{t('safe')}</span>
      </footer>
    </div>
  )
}
