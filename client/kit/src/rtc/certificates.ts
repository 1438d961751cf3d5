/** The certificates that DTLS really used, whatever a parser read in a description. */

/** Finding of a check. */
export type CertificateCheck =
  /** Every transport in use has the certificate. */
  | 'same'
  | 'different'
  /** There is none yet. */
  | 'connecting'
  /** The browser does not tell. */
  | 'unknown'

/** Compares the certificates of all transports in use with a fingerprint, as `sha-256 ab:cd…`. */
export async function checkCertificates(
  pc: RTCPeerConnection,
  fingerprint: string,
  subtle: SubtleCrypto,
): Promise<CertificateCheck> {
  // Another one carries nothing yet; it is checked when it connects.
  const connected = transportsOf(pc).filter((each) => isConnected(each, pc))
  const telling = connected.filter(tells)
  for (const transport of telling) {
    const [certificate] = transport.getRemoteCertificates()
    if (!certificate) return 'connecting'
    if ((await fingerprintOf(certificate, fingerprint, subtle)) !== fingerprint) return 'different'
  }
  if (connected.length === 0) return 'connecting'
  return telling.length === connected.length ? 'same' : 'unknown'
}

const tells = (transport: RTCDtlsTransport) => typeof transport.getRemoteCertificates === 'function'

/**
 * Chromium can leave the state of a transport at `connecting` for good, if the page gets to know
 * the transport while it connects. The connection's own state and the certificate are right.
 */
function isConnected(transport: RTCDtlsTransport, { connectionState }: RTCPeerConnection): boolean {
  if (transport.state === 'connected') return true
  const isLate = transport.state === 'connecting' && connectionState === 'connected'
  return isLate && tells(transport) && transport.getRemoteCertificates().length > 0
}

/** Every DTLS transport of a connection; with BUNDLE all of them are one. */
export function transportsOf(pc: RTCPeerConnection): RTCDtlsTransport[] {
  const all = [...pc.getSenders(), ...pc.getReceivers(), ...(pc.sctp ? [pc.sctp] : [])]
  return [...new Set(all.flatMap(({ transport }) => transport ?? []))]
}

/** The fingerprint of a certificate, with the hash of another one. */
async function fingerprintOf(
  certificate: ArrayBuffer,
  other: string,
  subtle: SubtleCrypto,
): Promise<string> {
  const [hash = ''] = other.split(' ')
  const digest = new Uint8Array(await subtle.digest(hash.toUpperCase(), certificate))
  const bytes = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0'))
  return `${hash} ${bytes.join(':')}`
}
