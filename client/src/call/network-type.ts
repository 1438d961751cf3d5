/** The part of the Network Information API in use; only browsers of phones know the type. */
export interface NetworkInformation extends EventTarget {
  readonly type?: string
  /** Whether the user has the browser save data. */
  readonly saveData?: boolean
}

/**
 * Calls `onChange` when the device moves to another type of network. Chromium
 * fires `change` also for each new estimate of the round-trip time.
 */
export function watchNetworkType(
  connection: NetworkInformation | undefined,
  onChange: () => void,
): void {
  let type = connection?.type
  connection?.addEventListener('change', () => {
    if (connection.type === type) return
    type = connection.type
    onChange()
  })
}
