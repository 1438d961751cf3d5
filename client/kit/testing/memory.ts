/** A storage in memory. */
export function memory(
  entries: [string, string][] = [],
): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const map = new Map(entries)
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  }
}
