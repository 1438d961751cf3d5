import { describe, expect, it } from 'vitest'
import { fingerprintsOf } from '../rtc/description.ts'
import { canonical } from './canonical.ts'

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
    ['with both', join(sdp).replace('\r', '')],
    ['without the last line end', join(sdp.slice(0, -1))],
    ['in lower case digits', join(sdp).replace('AA:01:FF', 'aa:01:ff')],
    ['with the hash in upper case', join(sdp).replace('sha-256', 'SHA-256')],
    ['with an identity', join(['a=identity:eyJpZHAi', ...sdp])],
  ])('is the one that browsers write if it comes %s', (_, text) =>
    expect(canonical(text)).toBe(join(sdp)),
  )

  it.each([
    ['no fingerprint', join(sdp.filter((line) => line !== fingerprint))],
    ['two certificates', join([...sdp.slice(0, -1), 'a=fingerprint:sha-256 BB:02', ''])],
    ['two hashes', join([...sdp.slice(0, -1), 'a=fingerprint:sha-512 AA:01:FF', ''])],
    ['a weak hash', join(sdp).replace('sha-256', 'sha-1')],
    ['nothing', ''],
  ])('does not exist with %s', (_, text) => expect(canonical(text)).toBeUndefined())

  it('may have the same fingerprint twice', () => {
    const twice = join([...sdp.slice(0, -1), fingerprint, ''])
    expect(canonical(twice)).toBe(twice)
  })

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
    'a= setup:active',
    'a=x\ud800',
    '',
  ]
  it.each(hidden)('is not with %j', (line) => {
    for (let at = 0; at < sdp.length - 1; at++)
      expect(canonical(join([...sdp.slice(0, at), line, ...sdp.slice(at)]))).toBeUndefined()
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
      const rebuilt = canonical(changed)
      if (rebuilt === undefined) continue
      const loose = [...changed.matchAll(/a\s*=\s*fingerprint\s*:\s*([^\r\n\u2028]*)/gi)]
      const values = [...new Set(loose.map(([, value = '']) => value.toLowerCase()))].sort()
      expect(fingerprintsOf(rebuilt)).toBe(values.join(','))
      expect(canonical(rebuilt)).toBe(rebuilt)
    }
  })
})
