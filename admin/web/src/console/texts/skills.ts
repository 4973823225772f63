import { texts } from '../../shared/i18n'

export const t = texts({
  en: {
    tab: 'Skills',
    title: 'What {name} can',
    hint: 'An action or a call router may say that a call needs a skill, at a level at least. Teams then ring members alone who have it. It is saved at once.',
    none: 'No skills yet.',
    skill: 'Skill',
    level: 'Level',
    levelOf: 'Level of {name}',
    remove: 'Remove {name}',
    add: 'Add',
    saved: 'saved',
    levels: 'Levels are 1 to 100, 100 is the best.',
  },
  de: {
    tab: 'Fähigkeiten',
    title: 'Was {name} kann',
    hint: 'Eine Aktion oder eine Anrufweiche kann verlangen, dass ein Anruf eine Fähigkeit braucht, mit einer Mindeststufe. Teams rufen dann nur Mitglieder an, die sie haben. Es wird sofort gespeichert.',
    none: 'Noch keine Fähigkeiten.',
    skill: 'Fähigkeit',
    level: 'Stufe',
    levelOf: 'Stufe von {name}',
    remove: '{name} entfernen',
    add: 'Hinzufügen',
    saved: 'gespeichert',
    levels: 'Stufen sind 1 bis 100, 100 ist die beste.',
  },
})
