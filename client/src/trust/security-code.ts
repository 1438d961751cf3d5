/** A short code of both fingerprints, for two people to compare aloud. */
import { fingerprintsOf } from '../rtc/description.ts'
import { utf8 } from './bytes.ts'

/** Six digits, the same for both peers as long as nobody changes their fingerprints. */
export async function securityCode(
  subtle: SubtleCrypto,
  localSdp: string,
  remoteSdp: string,
): Promise<string> {
  const fingerprints = [fingerprintsOf(localSdp), fingerprintsOf(remoteSdp)].sort()
  const text = utf8(['vidchat code', ...fingerprints].join('\n'))
  const digest = new DataView(await subtle.digest('SHA-256', text))
  const bits = digest.getUint32(0) >>> 2 // the first 30
  return String(bits % 1_000_000).padStart(6, '0')
}
