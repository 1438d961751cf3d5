/**
 * Makes so many rounds, also after one that failed, and says how many of them
 * succeeded, with what each measured: an object of milliseconds, of which the
 * greatest are told. Throws what was the first to fail.
 */
export async function rounds(t, what, count, round) {
  const measured = []
  const failed = []
  for (let number = 0; number < count; number++) {
    await round(number).then(
      (figures) => measured.push(figures),
      (error) => failed.push(error),
    )
  }
  t.diagnostic(`${what}: ${measured.length} of ${count}; at most ${mostOf(measured)}`)
  for (const error of failed.slice(1)) t.diagnostic(error.stack)
  if (failed.length > 0) throw failed[0]
}

function mostOf(measured) {
  const names = new Set(measured.flatMap(Object.keys))
  const most = (name) => Math.round(Math.max(...measured.map((figures) => figures[name] ?? 0)))
  return [...names].map((name) => `${name} ${most(name)} ms`).join(', ')
}
