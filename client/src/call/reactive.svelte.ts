/** Keeps each value of an object in a signal of Svelte, so that views of a call follow it. */
export function reactive<Values extends object>(values: Values): Values {
  const properties = Object.entries(values).map(([name, first]) => {
    let value: unknown = $state.raw(first)
    return [name, { get: () => value, set: (next: unknown) => (value = next) }]
  })
  return Object.defineProperties({}, Object.fromEntries(properties)) as Values
}
