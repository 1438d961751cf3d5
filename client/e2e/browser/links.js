// Links to calls that nobody else is in, as our landing page makes them.
import { randomBytes } from 'node:crypto'

const name = () => randomBytes(16).toString('hex')
const key = () => randomBytes(16).toString('base64url')

/** The path of a call with a key, which the server is not told. */
export const keyedPath = () => `/call/#${name()},${key()}`

/** The path of a call with a key that also has a password. */
export const passwordPath = () => `/call/#pw-${name()},${key()}`
