// A certificate for loopback, made by openssl, and the authority that signs it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes a certificate that ends in a day, in a folder of its own. */
export function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-certificate-'))
  const make = (name, ...more) => {
    const [key, cert] = [join(folder, `${name}-key.pem`), join(folder, `${name}.pem`)]
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-days', '1', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert, ...more],
      ],
      { stdio: 'pipe' },
    )
    return { key, cert }
  }
  const authority = make('authority')
  const server = make(
    'localhost',
    ...['-CA', authority.cert, '-CAkey', authority.key],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
  )
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { ...server, authority: authority.cert, remove }
}
