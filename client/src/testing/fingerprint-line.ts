/** The fingerprint line of a connection with this name, as browsers write it. */
export function fingerprintLine(name: string): string {
  const bytes = [...new TextEncoder().encode(name)]
  return `a=fingerprint:sha-256 ${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
}
