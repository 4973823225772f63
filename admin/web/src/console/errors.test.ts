import { describe, expect, it } from 'vitest'
import { plainLogin } from './errors'

describe('plainLogin', () => {
  it.each([
    ['Maria.Huber', 'maria.huber'],
    ['Jürgen Groß', 'juergen.gross'],
    ["Mara O'Connor", 'mara.o.connor'],
    ['Émile Zola', 'emile.zola'],
    ['Emre Yıldız', 'emre.yildiz'],
    ['123abc', 'abc'],
    ['<b>x</b>', 'bxb'],
    ['???', ''],
  ])('makes of %s what signs in: %s', (text, login) => {
    expect(plainLogin(text)).toBe(login)
  })
})
