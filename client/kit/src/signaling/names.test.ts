import { describe, expect, it } from 'vitest'
import { MAX_NAME, shownName } from './names.ts'

const isolated = (name: string) => `\u2068${name}\u2069`

describe('a name', () => {
  it.each([
    'Ann',
    'Zoë O’Neill-Łukasz',
    'Nguyễn Thị Minh',
    '李小龍',
    'अनुष्का',
    'क्‍ष', // with a joiner
    '👩‍👧 and ❤️',
    '🧑🏽‍🚀',
    'null',
  ])('is shown as it is: %s', (name) => expect(shownName(name)).toBe(name))

  it.each(['דנה', 'محمد', 'می‌خواهم', 'Ann (דנה)'])('keeps its direction to itself: %s', (name) =>
    expect(shownName(name)).toBe(isolated(name)),
  )

  it.each<[string, string, string]>([
    ['an override', '\u202eAnn', 'Ann'],
    [
      'embeddings, isolates and marks',
      '\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061cAnn',
      'Ann',
    ],
    ['zero-width characters', 'A\u200bn\u200d\u200cn\u2060\ufeff', 'Ann'],
    ['controls', 'A\u0000n\u0007\u001b[31mn\u0085', 'An[31mn'],
    ['line ends', 'Ann\r\nis\u2028the\u2029host', 'Ann is the host'],
    ['fillers and tags', '\u3164\u115f\uffa0\u{e0041}Ann\u00ad\u034f', 'Ann'],
    ['a half of a character', 'Ann\ud800', 'Ann'],
    ['many blanks', '  Ann \u3000\u2800\t Lee ', 'Ann Lee'],
    ['many marks', `Z${'\u0300\u0301\u0302\u0303'.repeat(12)}algo`, 'Z\u0300\u0301\u0302algo'],
    ['many joiners', `👩${'\u200d'.repeat(20)}👧`, '👩\u200d👧'],
    ['an override in another direction', '\u202eדנה', isolated('דנה')],
  ])('loses %s', (_, name, shown) => expect(shownName(name)).toBe(shown))

  it.each(['', '  ', '\u200b\u200d', '\u202e', '\u0301\u0302', '\u3164\u2800', undefined, 7, {}])(
    'is none if nothing of it is seen: %j',
    (name) => expect(shownName(name)).toBe(''),
  )

  it('has an end, counted in characters', () => {
    expect(shownName('x'.repeat(100_000))).toBe('x'.repeat(MAX_NAME))
    expect([...shownName('👩'.repeat(100))]).toHaveLength(MAX_NAME)
  })

  it('never has what changes the text around it, whatever is entered', () => {
    let seed = 7
    const random = (n: number) => (seed = (seed * 48271) % 0x7fffffff) % n
    const pieces = ['A', ' ', '\u202e', '\u0301', '👩', '\u200d', 'ש', '\u2069', '\u3164', '\ud83d']
    for (let round = 0; round < 2000; round++) {
      const name = Array.from({ length: random(90) }, () => pieces[random(pieces.length)]).join('')
      const inside = shownName(name).replace(/^\u2068(.*)\u2069$/, '$1')
      expect(inside).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u3164]|\p{Cs}|\p{M}{4}|^ | $/u)
    }
  })
})
