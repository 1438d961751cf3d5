import { describe, expect, it } from 'vitest'
import { fingerprintsOf, isUnambiguous } from './description.ts'

const fingerprint = 'a=fingerprint:sha-256 AA:01:FF'
const sdp = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=audio 9 X 0',
  fingerprint,
  'a=setup:actpass',
  '',
]
const join = (lines: string[], end = '\r\n') => lines.join(end)

describe('a description that every parser reads alike', () => {
  it.each([
    ['as browsers write it', join(sdp)],
    ['with bare line feeds', join(sdp, '\n')],
    ['with two fingerprints', join([...sdp.slice(0, -1), fingerprint, ''])],
    ['without a fingerprint', join(sdp.filter((line) => line !== fingerprint))],
    ['in lower case digits', join(sdp).replace('AA:01:FF', 'aa:01:ff')],
  ])('is unambiguous %s', (_, text) => expect(isUnambiguous(text)).toBe(true))

  // What a parser somewhere reads as a fingerprint, and fingerprintsOf does not.
  const hidden = [
    'a=FINGERPRINT:sha-256 BB:02',
    'a=Fingerprint:sha-256 BB:02',
    'a= fingerprint:sha-256 BB:02',
    'a=\tfingerprint:sha-256 BB:02',
    'a=fingerprint :sha-256 BB:02',
    'a=fingerprint:  sha-256 BB:02',
    'a=fingerprint:sha-256\tBB:02',
    ' a=fingerprint:sha-256 BB:02',
    'A=fingerprint:sha-256 BB:02',
    'a=fingerprint:sha-256 BB:02 ',
    'a=fingerprint:sha-256 BB:02,sha-256 CC:03',
    'a=x\ra=fingerprint:sha-256 BB:02',
    'a=x\u2028a=fingerprint:sha-256 BB:02',
    'a=x\u0000a=fingerprint:sha-256 BB:02',
    'a=x\u000ba=fingerprint:sha-256 BB:02',
    'a=x\u0085a=fingerprint:sha-256 BB:02',
  ]
  it.each(hidden)('is not with %j', (line) => {
    for (let at = 0; at < sdp.length; at++)
      expect(isUnambiguous(join([...sdp.slice(0, at), line, ...sdp.slice(at)]))).toBe(false)
  })

  it('is refused, or has the same fingerprints, however it is changed', () => {
    let seed = 1
    const random = (n: number) => (seed = (seed * 48271) % 0x7fffffff) % n
    const pieces = [
      '\r',
      '\n',
      ' ',
      '\t',
      'a=',
      'A',
      'fingerprint:',
      'FINGERPRINT:',
      '\u2028',
      ':',
      'sha-256 BB:02',
    ]
    for (let round = 0; round < 5000; round++) {
      const text = join(sdp)
      const at = random(text.length)
      const piece = pieces[random(pieces.length)] ?? ''
      const changed = text.slice(0, at) + piece + text.slice(at + random(3))
      if (!isUnambiguous(changed)) continue
      const loose = [...changed.matchAll(/a\s*=\s*fingerprint\s*:\s*([^\r\n\u2028]*)/gi)]
      const values = [...new Set(loose.map(([, value = '']) => value.toLowerCase()))].sort()
      expect(fingerprintsOf(changed)).toBe(values.join(','))
    }
  })
})
