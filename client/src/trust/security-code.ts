/** A short code of both sides' fingerprints, for two people to read to each other. */
import { fingerprintsOf } from '../rtc/description.ts'
import { utf8 } from './bytes.ts'

/** Six digits, the same on both sides unless somebody sits between them. */
export async function codeOf(subtle: SubtleCrypto, one: string, other: string): Promise<string> {
  const sides = [fingerprintsOf(one), fingerprintsOf(other)].sort()
  const text = utf8(['vidchat code', ...sides].join('\n'))
  const digest = new DataView(await subtle.digest('SHA-256', text))
  const bits = digest.getUint32(0) >>> 2 // the first 30
  return String(bits % 1_000_000).padStart(6, '0')
}
