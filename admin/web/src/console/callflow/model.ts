import type { CallAction, CallChoices, CallCondition, CallLabel, CallLists, CallObject, CallTemplate } from '../../shared/types'

export type ObjectKind = CallObject['kind']
export type ListName = keyof CallLists

/** What is set of an object. */
export type ObjectData = Pick<CallObject, 'name' | 'extension' | 'menu' | 'actions' | 'hours' | 'days' | 'initial' | 'template' | 'label'> & { permissions: string[] }

export const listNames: ListName[] = ['beforeInternal', 'afterInternal', 'beforeExternal', 'afterExternal']
export const actionKinds: CallAction['kind'][] = ['prompt', 'voicemail', 'hangup', 'team', 'ivr', 'router', 'extension', 'number', 'label', 'skill', 'language']
export const conditionKinds: CallCondition['kind'][] = ['', 'period', 'calendar', 'switch', 'label']

/** The statuses that lines after a call can depend on, by whose list it is. */
export const statuses = { user: ['', 'unavailable', 'noanswer', 'busy'], team: ['', 'noanswer', 'full', 'enterempty', 'exitempty'], object: [''] } as const satisfies Record<string, readonly CallAction['status'][]>
export type Owner = keyof typeof statuses

/** The pages, and what is on each. */
export const pages = { ivr: ['ivr'], routers: ['router'], conditions: ['period', 'calendar', 'switch', 'label'], templates: ['template'] } as const satisfies Record<string, readonly ObjectKind[]>
export type PageName = keyof typeof pages
export const pageOf = (kind: ObjectKind): PageName => (kind === 'ivr' ? 'ivr' : kind === 'router' ? 'routers' : kind === 'template' ? 'templates' : 'conditions')
export const dialled = (kind: ObjectKind): boolean => kind === 'ivr' || kind === 'router' || kind === 'switch'

export const always: CallCondition = { kind: '', object: '', label: '', value: '', not: false }

export function newAction(kind: CallAction['kind'], keep: Pick<CallAction, 'status' | 'when'> = { status: '', when: always }): CallAction {
  return { kind, prompt: '', box: '', greeting: '', target: '', label: '', value: '', language: kind === 'language' ? 'de' : '', ...keep }
}

const noLists = (): CallLists => ({ beforeInternal: [], afterInternal: [], beforeExternal: [], afterExternal: [] })

export const newTemplate = (): CallTemplate => ({ for: 'user', slot: 'before', origin: '', position: 'last', auto: false })

/** Whose lines a template has. */
export const ownerOf = (t: CallTemplate): Owner => (t.for === 'ivr' ? 'object' : t.for)

export const newLabel = (): CallLabel => ({ shown: true, value: '', when: always })

export function newObject(kind: ObjectKind): ObjectData {
  return {
    name: '', extension: '', initial: false, permissions: [], actions: [], days: [], hours: kind === 'period' ? [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '17:00' }] : [],
    menu: { prompt: '', answerDelay: 0, keyTimeout: kind === 'ivr' ? 5 : 0, entries: [], ...noLists() },
    ...(kind === 'template' && { template: newTemplate() }),
    ...(kind === 'label' && { label: newLabel() }),
  }
}

export function dataOf(o: CallObject): ObjectData {
  const { name, extension, menu, actions, hours, days, initial, template, label, permissions = [] } = o
  return { name, extension, menu, actions, hours, days, initial, permissions, ...(template && { template }), ...(label && { label }) }
}

export const listsOf = ({ beforeInternal, afterInternal, beforeExternal, afterExternal }: CallLists): CallLists => ({ beforeInternal, afterInternal, beforeExternal, afterExternal })

/** What a line names, in words. */
export function nameOf(a: CallAction, choices: CallChoices): string {
  switch (a.kind) {
    case 'prompt':
      return choices.prompts.find((p) => p.id === a.prompt)?.text || a.prompt
    case 'team':
      return choices.teams.find((o) => o.id === a.target)?.name ?? ''
    case 'ivr':
    case 'router':
      return choices.objects.find((o) => o.id === a.target)?.name ?? ''
    case 'label':
      return a.value ? `${a.label} = ${a.value}` : a.label
    case 'skill':
      return a.value ? `${a.label} ≥ ${a.value}` : a.label
  }
  return a.target || choices.teams.find((o) => o.id === a.box)?.name || a.box || a.language
}
