import { describe, expect, it } from 'vitest'
import { pieces } from './links'

const links = (text: string) => pieces(text).flatMap((p) => (p.href === undefined ? [] : [`${p.text} → ${p.href}`]))

describe('pieces', () => {
  it.each<[string, string, string[]]>([
    ['finds web addresses', 'see https://example.org/a?b=c#d and http://x.de', ['https://example.org/a?b=c#d → https://example.org/a?b=c#d', 'http://x.de → http://x.de/']],
    ['takes www for https', 'www.example.org', ['www.example.org → https://www.example.org/']],
    ['leaves the punctuation of the sentence', 'Is it https://example.org/a? Yes (https://example.org/b).', ['https://example.org/a → https://example.org/a', 'https://example.org/b → https://example.org/b']],
    ['keeps brackets of the address', 'https://de.wikipedia.org/wiki/Plenum_(Recht)', ['https://de.wikipedia.org/wiki/Plenum_(Recht) → https://de.wikipedia.org/wiki/Plenum_(Recht)']],
    ['shows letters that look like others as they are written, and leads to the real host', 'https://pаypal.com', ['https://pаypal.com → https://xn--pypal-4ve.com/']],
    ['lets nothing run', 'javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd', []],
    ['takes no name and password in front of a host', 'https://bank.example@evil.example/', []],
    ['ends at markup and quotes', '<a href="https://example.org/x">', ['https://example.org/x → https://example.org/x']],
    ['ends at what turns the text around', 'https://example.org/\u202egpj.exe', ['https://example.org/ → https://example.org/']],
    ['takes no address without a host', 'https:// www. http://?', []],
  ])('%s', (_, text, expected) => expect(links(text)).toEqual(expected))

  it('loses nothing of the text', () => {
    const text = 'a https://example.org, b (www.example.org) https:// c'
    expect(pieces(text).map((p) => p.text).join('')).toBe(text)
  })
})
