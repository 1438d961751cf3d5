/**
 * Runs `run` several times, also after a failure, and reports how many runs
 * succeeded and the maximum of what they measured: objects of milliseconds. Throws
 * the first failure.
 */
export async function repeat(t, what, count, run) {
  const measured = []
  const failed = []
  for (let number = 0; number < count; number++) {
    await run(number).then(
      (figures) => measured.push(figures),
      (error) => failed.push(error),
    )
  }
  const maximum = maximumOf(measured)
  const figures = maximum ? `; at most ${maximum}` : ''
  t.diagnostic(`${what}: ${measured.length} of ${count}${figures}`)
  for (const error of failed.slice(1)) t.diagnostic(error.stack)
  if (failed.length > 0) throw failed[0]
}

function maximumOf(measured) {
  const names = new Set(measured.flatMap(Object.keys))
  const maximum = (name) => Math.round(Math.max(...measured.map((figures) => figures[name] ?? 0)))
  return [...names].map((name) => `${name} ${maximum(name)} ms`).join(', ')
}
