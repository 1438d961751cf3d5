// People in one call, each with a name and a page: `{ name, person }`.
import assert from 'node:assert/strict'

/** Waits until each of these people sees all the others. */
export async function seeEachOther(people) {
  await Promise.all(people.map(({ person, name }) => person.keepsSeeingAll(others(people, name))))
}

/** The ICE sessions by which one of these people sees the others. */
async function sessionsOf({ person, name }, people) {
  const all = await person.iceSessions()
  return others(people, name).map((other) => [name, other, all[other]])
}

const others = (people, name) => people.filter((each) => each.name !== name).map(({ name }) => name)

/**
 * Asserts that those who stay see each other throughout: over the same connections, with
 * no interruption, and with no freeze above the limits: in ms, or relative to the
 * baseline. Returns the longest freeze.
 */
export async function continues(baseline, { milliseconds, times }, people, action) {
  const sessions = () => Promise.all(people.map((each) => sessionsOf(each, people)))
  const before = await sessions()
  await baseline.watch()
  await Promise.all(people.map(({ person }) => person.watchFreezes()))
  await Promise.all(people.map(({ person }) => person.watchInterruptions()))
  await action()
  await seeEachOther(people)
  const freezes = (await Promise.all(people.map((each) => freezesOf(each, people)))).flat()
  const usual = await baseline.longest()

  assert.deepEqual(await sessions(), before, 'a connection between those who stay was replaced')
  const interruptions = people.map((each) => interruptionsOf(each, people))
  assert.deepEqual((await Promise.all(interruptions)).flat(), [])
  const figures = `${JSON.stringify(freezes)}, baseline ${usual} ms`
  assert.equal(freezes.length, people.length * (people.length - 1), figures)
  const limit = Math.max(milliseconds, times * usual)
  for (const { longest, unseen } of freezes) assert.ok(longest - unseen <= limit, figures)
  return Math.max(...freezes.map(({ longest }) => longest))
}

/** The freezes that one of these people saw in the pictures of the others. */
async function freezesOf({ person, name }, people) {
  const freezes = await person.freezes()
  return freezes.filter(({ label }) => others(people, name).includes(label))
}

/** The interruptions on the page of one of these people, of the others' pictures. */
async function interruptionsOf({ person, name }, people) {
  const found = await person.interruptions()
  return found.filter(({ label }) => others(people, name).includes(label))
}
