/**
 * How long a test waits for what must come, in milliseconds. It is long, since a
 * busy machine is no fault; where all is well the wait ends at once.
 */
export const timeout = 90_000
