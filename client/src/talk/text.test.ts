import { describe, expect, it } from 'vitest'
import { MAX_TEXT, partsOf, shownText } from './text.ts'

describe('a text', () => {
  it.each([
    ['stays as it is', 'Hi <b>there</b> & you', 'Hi <b>there</b> & you'],
    ['keeps its lines and tabs', ' a\r\nb\tc\rd ', 'a\nb\tc\nd'],
    ['keeps emoji and other scripts', '👩‍👩‍👧 שלום नमस्ते ❤️', '👩‍👩‍👧 שלום नमस्ते ❤️'],
    ['has no control characters', 'a\0b\x07\x1b[31mc', 'ab[31mc'],
    ['does not turn round', 'a\u202ecba\u2066d\u2069', 'acbad'],
    ['has no unpaired surrogates', 'a\ud800b\udc00', 'ab'],
    ['is empty if nothing is seen', ' \u200b\u2060\ufeff\n', ''],
    ['is empty if it is no text', 5, ''],
    ['has few marks on a letter', `a${'\u0301'.repeat(99)}b`, `a${'\u0301'.repeat(6)}b`],
    ['has no long gaps', 'a\n\n\n\n\n\nb', 'a\n\nb'],
  ])('%s', (_, given, shown) => {
    expect(shownText(given)).toBe(shown)
  })

  it('has 4,000 characters at most, however they are encoded', () => {
    expect([...shownText('👍'.repeat(5000))]).toHaveLength(MAX_TEXT)
    expect(shownText('x'.repeat(100_000))).toHaveLength(MAX_TEXT)
  })

  it('has 100 lines at most', () => {
    expect(shownText('x\n'.repeat(500)).split('\n')).toHaveLength(100)
  })

  it('is the same when it is cleaned again', () => {
    for (const text of ['a\r\r\r\rb', 'x\n'.repeat(500), `a${'\u0301'.repeat(99)}`]) {
      expect(shownText(shownText(text))).toBe(shownText(text))
    }
  })
})

describe('links', () => {
  const linksIn = (text: string) => partsOf(text).flatMap(({ href }) => href ?? [])

  it.each([
    ['See https://example.com.', ['https://example.com/']],
    ['(http://a.example/b?c=d#e)', ['http://a.example/b?c=d#e']],
    ['https://en.example/Set_(math), yes', ['https://en.example/Set_(math)']],
    ['HTTPS://EXAMPLE.COM/x!', ['https://example.com/x']],
    ['https://a.example https://b.example', ['https://a.example/', 'https://b.example/']],
    ['https://bank.example@evil.example/', []],
    ['javascript:alert(1) data:text/html,x ftp://a.example file:///etc', []],
    ['https:// http:/x https://', []],
    ['https://a.example/(b).).', ['https://a.example/(b).)']],
    ['https://a.example/b?!).].', ['https://a.example/b']],
    ['xhttps://a.example', []],
    ['https://münchen.example', ['https://xn--mnchen-3ya.example/']],
  ])('%s', (text, hrefs) => {
    expect(linksIn(text)).toEqual(hrefs)
  })

  it('lose nothing of the text', () => {
    const pieces = [
      'https://',
      'http://a.example',
      ')',
      '(',
      '.',
      ' ',
      '@',
      'x',
      '\n',
      '<',
      '"',
      ']',
    ]
    for (let seed = 1; seed < 500; seed++) {
      let state = seed
      const next = () => (state = (state * 48_271) % 2_147_483_647)
      const text = Array.from({ length: 20 }, () => pieces[next() % pieces.length]).join('')
      const parts = partsOf(text)
      expect(parts.map((part) => part.text).join('')).toBe(text)
      for (const { href } of parts) expect(href ?? 'https:').toMatch(/^https?:/)
    }
  })

  it.each([
    ['(', ')'],
    ['!', ')'],
    [')', '!'],
    ['[', '.'],
  ])('take no long time to find before many %s and %s', (one, other) => {
    const text = 'https://a.example/' + one.repeat(6000) + other.repeat(3000)
    const begin = performance.now()
    const parts = partsOf(text)
    expect(parts.map((part) => part.text).join('')).toBe(text)
    expect(performance.now() - begin).toBeLessThan(10_000) // it took minutes once
  })
})
