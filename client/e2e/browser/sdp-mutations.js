// Changes of session descriptions that could give a browser another fingerprint than
// the one that was checked: what somebody in the middle would try, and chance.

/** A generator of numbers below `n`; the same seed gives the same numbers. */
export function randomFrom(seed) {
  let state = seed % 2147483647 || 1
  return (n) => (state = (state * 48271) % 2147483647) % n
}

/** Line ends, and what some parser takes for one. */
const ends = ['\r\n', '\n', '\r', '\r\r\n', '\n\r', '\u2028', '\u2029', '\u0085', '\v', '\f', '\0']
const blanks = [' ', '\t', '  ', '\u00a0', '\u3000', '\u200b', '\ufeff', '\0', '\v']
const hashes = [
  'sha-256',
  'SHA-256',
  'sha-1',
  'sha-384',
  'sha-512',
  'md5',
  'sha256',
  'sha-256 sha-256',
]
const names = [
  'fingerprint',
  'FINGERPRINT',
  'Fingerprint',
  'fingerPrint',
  'fingerprınt',
  'ﬁngerprint',
]
const setups = ['active', 'passive', 'actpass', 'holdconn', 'ACTIVE', 'active passive']

/**
 * Changes a description in one or two ways, in favour of the fingerprint of somebody
 * else, `evil` (such as `AB:CD:…`).
 */
export function mutate(sdp, evil, random) {
  const pick = (list) => list[random(list.length)]
  const some = (text) => (random(3) === 0 ? text : '')
  const spelled = () => {
    const digits = random(4) === 0 ? evil.toLowerCase() : evil
    const name = `${some(pick(blanks))}${pick(names)}${some(pick(blanks))}`
    const start = pick(['a=', 'a=', 'a=', 'A=', ' a=', 'a =', 'a', 'b=', 'i=', 'a=a='])
    const gap = pick([' ', ' ', ' ', '\t', '  ', '', ':'])
    return `${start}${name}${pick([':', ':', ':', '=', ' ', '::', '：'])}${some(' ')}${pick(hashes)}${gap}${digits}${some(pick(blanks))}`
  }
  const plain = () => `a=fingerprint:sha-256 ${evil}`
  const insert = (text, at, piece) => text.slice(0, at) + piece + text.slice(at)
  const lineStarts = (text) => [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const good = /a=fingerprint:[^\r\n]*/

  const kinds = [
    // A line of the other's, at any place, well written or not.
    (text) => insert(text, pick(lineStarts(text)), spelled() + pick(ends)),
    (text) => insert(text, pick(lineStarts(text)), plain() + pick(ends)),
    // Inside another line, behind something like a line end.
    (text) => insert(text, random(text.length), pick(ends) + pick([spelled, plain])() + pick(ends)),
    // Instead of a good one, of all of them, or beside it in its line.
    (text) => text.replace(good, spelled()),
    (text) => text.replaceAll(new RegExp(good, 'g'), plain()),
    (text) =>
      text.replace(
        good,
        (line) => `${line}${pick([',', ';', ' ', '\t', '\\r\\n'])}${pick(['', 'sha-256 '])}${evil}`,
      ),
    (text) => text.replace(good, (line) => `${line.replace(/ .*/, '')}${pick(ends)} ${evil}`),
    (text) => text.replace(good, (line) => line.replace(/sha-256/, pick(hashes))),
    (text) => text.replace(good, (line) => (random(2) ? line.toUpperCase() : line.toLowerCase())),
    // Elsewhere: at the session's level, in one section only, or nowhere.
    (text) => text.replace(/(t=0 0\r?\n)/, `$1${pick([spelled, plain])()}\r\n`),
    (text) => text.replace(good, 'a=x'),
    (text) => text.replace(/(m=audio[^]*?)a=fingerprint[^\r\n]*\r\n/, '$1'),
    (text) => text.replace(/(m=video[^\r\n]*\r\n)/, `$1${pick([spelled, plain])()}\r\n`),
    // Other line ends, and other attributes about DTLS.
    (text) => text.replaceAll('\r\n', pick(['\n', '\r', '\r\n'])),
    (text) => insert(text.replace(/\r\n/, pick(ends)), random(text.length), pick(ends)),
    (text) => text.replaceAll(/a=setup:\w+/g, `a=setup:${pick(setups)}`),
    (text) =>
      insert(text, pick(lineStarts(text)), `a=identity:${btoa('{"fingerprint":[]}')}${pick(ends)}`),
    (text) => insert(text, pick(lineStarts(text)), `a=tls-id:${evil.replaceAll(':', '')}\r\n`),
    // Sections with a transport of their own.
    (text) => text.replace(/a=group:BUNDLE[^\r\n]*\r\n/, ''),
    (text) => text.replace(/(a=group:BUNDLE \S+)[^\r\n]*/, '$1'),
    (text) =>
      `${text}m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:evil\r\na=ice-ufrag:evil\r\na=ice-pwd:evilevilevilevilevilevil\r\n${pick([spelled, plain])()}\r\na=setup:actpass\r\na=rtpmap:96 VP8/90000\r\na=recvonly\r\n`,
    (text) => text.replace(/a=mid:1\r\n/, `a=mid:1\r\n${pick([spelled, plain])()}\r\n`),
    // Chance, near a fingerprint and anywhere.
    (text) => {
      const at = Math.max(0, text.search(good)) + random(40)
      return (
        text.slice(0, at) +
        pick([...blanks, ...ends, 'a', ':', '=', evil]) +
        text.slice(at + random(3))
      )
    },
    (text) => {
      const at = random(text.length)
      return (
        text.slice(0, at) + pick([...blanks, ...ends, 'a=', 'm=', ':']) + text.slice(at + random(3))
      )
    },
  ]
  let text = sdp
  for (let count = random(4) === 0 ? 2 : 1; count > 0; count--) text = pick(kinds)(text)
  return text
}
