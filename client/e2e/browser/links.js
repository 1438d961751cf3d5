// Links to calls that are still empty.
import { randomBytes, randomUUID } from 'node:crypto'

const name = () => randomBytes(16).toString('hex')
const key = () => randomBytes(16).toString('base64url')

/** The path of a call by a bare link, as the original's are: for two. */
export const newPath = () => `/call/#${randomUUID()}`

/** The path of a call with a key, which the server is not told: for up to eight. */
export const keyedPath = () => `/call/#${name()},${key()}`

/** The path of a call with a key that also has a password. */
export const passwordPath = () => `/call/#pw-${name()},${key()}`
