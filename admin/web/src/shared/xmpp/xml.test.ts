// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { child, el, parse, text } from './xml'

describe('el', () => {
  it('escapes whatever people write, in text and attributes', () => {
    const m = el('body', { to: `a'"<&>` }, `<img src=x onerror="alert('1')">&amp;`)
    expect(m.text).toBe(
      "<body to='a&apos;&quot;&lt;&amp;&gt;'>&lt;img src=x onerror=&quot;alert(&apos;1&apos;)&quot;&gt;&amp;amp;</body>",
    )
    expect(parse(m.text)?.textContent).toBe(`<img src=x onerror="alert('1')">&amp;`)
  })

  it('drops what XML has no place for, and keeps emoji and line breaks', () => {
    expect(el('body', {}, 'a\u0000\u0008b\ud800c\udc00\ufffe\n👋🏽').text).toBe('<body>abc\n👋🏽</body>')
  })

  it('leaves out what is undefined', () => {
    expect(el('iq', { to: undefined, id: '1' }, undefined).text).toBe("<iq id='1'/>")
  })
})

describe('parse', () => {
  it('takes exactly one element', () => {
    expect(parse("<message xmlns='jabber:client'><body>hi</body></message>")?.localName).toBe('message')
    expect(parse("<open xmlns='a'/><open xmlns='a'/>")).toBeNull()
    expect(parse('hello')).toBeNull()
    expect(parse('')).toBeNull()
  })

  it('takes no DTD and no processing instruction', () => {
    expect(parse('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')).toBeNull()
    expect(parse('<?xml version="1.0"?><x/>')).toBeNull()
  })

  it("is not fooled by an element that looks like the browser's sign of an error", () => {
    const e = parse("<message xmlns='jabber:client'><parsererror xmlns='http://www.w3.org/1999/xhtml'/><body>hi</body></message>")
    expect(text(e!, 'jabber:client', 'body')).toBe('hi')
  })
})

describe('child', () => {
  it('looks at direct children of that namespace only', () => {
    const e = parse("<message xmlns='jabber:client'><x xmlns='other'><body xmlns='jabber:client'>in</body></x><body>out</body></message>")
    expect(child(e!, 'jabber:client', 'body')?.textContent).toBe('out')
    expect(child(e!, 'nowhere', 'body')).toBeUndefined()
  })
})
