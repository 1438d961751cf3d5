import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'

/** The path of a call that nobody else is in. */
export const newPath = () => `/call/#${randomUUID()}`

/** The same with a key, as our own links have: for up to eight. */
export const newKeyedPath = () =>
  `/call/#${randomBytes(16).toString('hex')},${randomBytes(16).toString('base64url')}`

/**
 * Brings two people together in a room of their own, until each has seen the
 * other move. Answers the milliseconds from opening the second page to the
 * first frame of the first person on it.
 */
export async function call(arriveFirst, arriveSecond) {
  const path = newPath()
  const people = []
  try {
    const first = await arriveFirst()
    people.push(first)
    await first.enter(path)
    await first.inRoom()
    const second = await arriveSecond()
    people.push(second)
    await second.enter(path)
    const [, time] = await Promise.all([first.sees(), second.sees()])
    await Promise.all([first.keepsSeeing(), second.keepsSeeing()])
    for (const person of people) assert.deepEqual(person.faults, [])
    return time
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
}
