import { expect, it } from 'vitest'
import { spots } from './mentions'

it.each([
  ['a name', 'hi @Sofia!', 'Sofia', [3]],
  ['whatever its case', '@SOFIA and @sofia', 'Sofia', [0, 11]],
  ['a name of two words', 'ask @Anna Keller, please', 'Anna Keller', [4]],
  ['no longer name', '@Sofiane', 'Sofia', []],
  ['no part of an address', 'me@sofia.example', 'Sofia', []],
  ['nobody without a name', '@ @', '', []],
])('finds %s', (_, text, name, found) => expect(spots(text, name)).toEqual(found))
