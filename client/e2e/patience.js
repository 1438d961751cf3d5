/**
 * How long a test waits for what must come, in milliseconds: long, since a busy
 * machine is no fault, and nobody waits where all is well.
 */
export const patience = 90_000
