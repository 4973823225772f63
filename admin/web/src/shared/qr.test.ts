import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { qr } from './qr'

const rows = (text: string): string[] => qr(text)!.map((row) => row.map(Number).join(''))
const digest = (text: string): string => createHash('sha256').update(rows(text).join('\n')).digest('hex')

// These codes were read by zxing-cpp, which found the texts in them.
it('draws codes that a reader reads', () => {
  expect(rows('A')).toEqual([
    '111111101001001111111',
    '100000101111101000001',
    '101110100010101011101',
    '101110101101101011101',
    '101110100111001011101',
    '100000100101101000001',
    '111111101010101111111',
    '000000001101100000000',
    '101101110011101001011',
    '010110010101111001000',
    '110011101101000001101',
    '101101000001001111100',
    '100111100100100100100',
    '000000001011001001001',
    '111111101001100101000',
    '100000101100000110110',
    '101110100110111110001',
    '101110101111001111110',
    '101110101010101100000',
    '100000100010010100101',
    '111111101000010010000',
  ])
  expect(['sip:100-k7m2:abcdefghjkmnpqrs@localhost:5061;transport=tls', 'x'.repeat(100), 'sip:äöü'.repeat(15), 'q'.repeat(200)].map((t) => [rows(t).length, digest(t)])).toEqual([
    [33, '43f991c166b9621b5d21863e26886dd58883028639341b530d8045a528160a15'],
    [41, '898a791db8daf87950e6fd89cebf33096e6b40e0b49b39bdd015fdd3c07d3ec9'],
    [49, '0ec25d77e1079d4200caf3a23fefc26cc71a6fb7edb2fe77b077615635a1100e'],
    [57, 'a8bee4f542d57d204dffa615cc7560f7924530086bcdd886096565ab60e88611'],
  ])
})

it('has an end', () => {
  expect(qr('x'.repeat(213))).toHaveLength(57)
  expect(qr('x'.repeat(214))).toBeUndefined()
})
