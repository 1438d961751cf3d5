// What a server could do to a description to intercept a call.
import { createHmac, randomBytes } from 'node:crypto'

const fingerprint = () => {
  const bytes = randomBytes(32).toString('hex').toUpperCase().match(/../g)
  return `a=fingerprint:sha-256 ${bytes.join(':')}`
}

/** Replaces every fingerprint. */
function swapped(sdp) {
  const own = fingerprint()
  return sdp.replace(/^a=fingerprint:.*$/gm, own)
}

/** Adds a fingerprint to the true ones. */
const added = (sdp) => sdp.replace(/^a=fingerprint:.*$/m, (line) => `${line}\r\n${fingerprint()}`)

const described = (details, change) => ({
  ...details,
  sdp: { ...details.sdp, sdp: change(details.sdp.sdp) },
})

const ownCode = (details) =>
  createHmac('sha256', randomBytes(32)).update(details.sdp.sdp).digest('base64url')

/** Rewrites of a message with a description, by name. `before` is the previous message. */
export const tamperings = {
  'fingerprints swapped': (details) => described(details, swapped),
  'swapped, and the code taken off': (details) => {
    const changed = described(details, swapped)
    delete changed.mac
    return changed
  },
  'swapped, under a code of its own': (details) => ({
    ...described(details, swapped),
    mac: ownCode(details),
  }),
  'swapped, under the code of another description': (details, before) => ({
    ...described(details, swapped),
    mac: before?.mac ?? '',
  }),
  'a fingerprint added': (details) => described(details, added),
  'another line added': (details) => described(details, (sdp) => `${sdp}a=x\r\n`),
  'another name': (details) => ({ ...details, name: 'Mallory' }),
}
