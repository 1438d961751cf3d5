/** Certificates of fakes: the UTF-8 of a name. */
import { createHash } from 'node:crypto'

/** The names of certificates, by fingerprint. */
const names = new Map<string, string>()

/** The fingerprint line of a connection with this name, as browsers write it. */
export function fingerprintLine(name: string): string {
  const bytes = [...createHash('sha256').update(name).digest()]
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')
  names.set(digits, name)
  return `a=fingerprint:sha-256 ${digits}`
}

/** The same as the client compares it. */
export function fingerprintOf(name: string): string {
  return fingerprintLine(name).slice('a=fingerprint:'.length).toLowerCase()
}

/** The certificate that a description is about. */
export function certificateIn(sdp = ''): ArrayBuffer {
  const [, digits = ''] = /^a=fingerprint:sha-256 (\S+)/m.exec(sdp) ?? []
  return certificateOf(names.get(digits.toUpperCase()) ?? '')
}

export function certificateOf(name: string): ArrayBuffer {
  return new TextEncoder().encode(name).buffer
}
