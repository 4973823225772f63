import { describe, expect, it } from 'vitest'
import { nickname, problem, tidy } from './names'

describe('tidy', () => {
  it.each([
    ['takes spaces away at both ends and doubles between', '  Sofia \t\n  Marques\u00a0', 'Sofia Marques'],
    ['takes marks away that turn the text around', '\u202eairegaM\u202c \u2066x\u2069\u200f', 'airegaM x'],
    ['takes away what nobody sees', 'So\u200bfi\u00ada\ufeff\u{e0041}', 'Sofia'],
    ['takes controls away', 'a\u0000b\u0007c\u007f', 'abc'],
    ['leaves markup as the characters it is made of', '<b onclick="x()">Bob</b>', '<b onclick="x()">Bob</b>'],
    ['leaves emoji, without what joins them', '👩🏽 Ada ❤️', '👩🏽 Ada ❤'],
    ['leaves other scripts', '  Łukasz Жанна 山田太郎 עברית', 'Łukasz Жанна 山田太郎 עברית'],
    ['gives composed letters one form', 'Mu\u0308ller', 'Müller'],
    ['lets few marks stand on one letter', 'Z\u0316\u0317\u0318\u0319\u031c\u031d\u031e', 'Z\u0316\u0317\u0318\u0319'],
    ['takes half an emoji away', 'a\ud83d', 'a'],
  ])('%s', (_, raw, name) => expect(tidy(raw)).toBe(name))
})

describe('problem', () => {
  it.each([
    ['nothing', '', 'empty'],
    ['punctuation alone', '...', 'empty'],
    ['what is blank but no space', tidy('\u2800\u3164\u200f'), 'empty'],
    ['one letter', 'S', undefined],
    ['an emoji', '👋', undefined],
    ['60 characters', 'x'.repeat(60), undefined],
    ['61 characters', 'x'.repeat(61), 'long'],
    ['60 characters of four bytes', '👋'.repeat(60), 'long'],
    ['10 kB', 'x'.repeat(10_000), 'long'],
  ])('%s', (_, name, expected) => expect(problem(name)).toBe(expected))
})

it('numbers those who are called the same, at random when there are many', () => {
  expect([1, 2, 3, 4].map((n) => nickname('Sofia', n))).toEqual(['Sofia', 'Sofia 2', 'Sofia 3', 'Sofia 4'])
  expect([nickname('Sofia', 5, () => 0), nickname('Sofia', 8, () => 0.9999)]).toEqual(['Sofia 5', 'Sofia 999'])
})
