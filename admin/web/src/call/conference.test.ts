// @vitest-environment jsdom
import { expect, test } from 'vitest'
import { learn } from './conference'

const conference = (attrs: string, ...people: string[]): Element =>
  new DOMParser().parseFromString(`<conference xmlns='urn:plenum:conference:0' ${attrs}>${people.join('')}</conference>`, 'text/xml').documentElement

const names = (list: readonly { nick: string; audio: string }[]) => list.map((p) => `${p.nick} ${p.audio}`)

test('of many people those are told of whom there is news', () => {
  let known = learn([], conference('', `<participant nick='Anna' audio='on'/>`, `<participant nick='Ben' audio='on'/>`, `<participant nick='Clara' audio='on'/>`), 'Ben')
  known = learn(known, conference(`part='true'`, `<participant nick='Ben' audio='muted'/>`, `<participant nick='Dora' audio='on'/>`, `<participant nick='Anna' state='gone'/>`), 'Ben')
  expect(names(known)).toEqual(['Ben muted', 'Clara on', 'Dora on'])
  expect(known.map((p) => p.self)).toEqual([true, false, false])
  known = learn(known, conference(`part='true'`, `<participant nick='Ben' audio='on'/>`, `<participant nick='Ben' audio='none'/>`), 'Ben')
  expect(names(known)).toEqual(['Ben on', 'Ben none', 'Clara on', 'Dora on'])
  expect(learn(known, conference(`part='true'`), 'Ben')).toEqual(known)
  expect(names(learn(known, conference('', `<participant nick='Eva' audio='on'/>`), 'Ben'))).toEqual(['Eva on'])
})
