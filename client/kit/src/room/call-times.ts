/** How long a call waits for the server, in ms. */

/** Before entering again after a refusal during a call. */
export const RETRY_DELAY = 3000
/** The same after our knock was declined during a call. */
export const DENIED_RETRY_DELAY = 60_000
/** A restart that takes longer is an outage. */
export const RESTART_TIMEOUT = 60_000
