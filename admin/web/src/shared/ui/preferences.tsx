import { moon, sun } from '../icons'
import { Icon } from '../icon'
import { lang, langs, setLang, texts, type Lang } from '../i18n'
import { isDark, toggleTheme } from '../theme'

const t = texts({
  en: { language: 'Language', dark: 'Switch to dark', light: 'Switch to light' },
  de: { language: 'Sprache', dark: 'Auf dunkel umschalten', light: 'Auf hell umschalten' },
})

export function ThemeButton({ class: more = 'btn btn--ghost btn--icon btn--sm' }: { class?: string }) {
  const name = isDark() ? t('light') : t('dark')
  return (
    <button type="button" class={more} onClick={toggleTheme} aria-label={name} title={name}>
      <Icon of={isDark() ? sun : moon} />
    </button>
  )
}

export function LanguageChoice() {
  return (
    <span class="seg" role="group" aria-label={t('language')}>
      {(Object.keys(langs) as Lang[]).map((l) => (
        <button type="button" key={l} lang={l} aria-pressed={lang.value === l} onClick={() => setLang(l)}>
          {langs[l]}
        </button>
      ))}
    </span>
  )
}
