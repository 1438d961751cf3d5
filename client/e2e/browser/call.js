import assert from 'node:assert/strict'
import { newPath } from './links.js'

/**
 * Makes a call between two people, in a room of its own, until each has seen the
 * other move. Returns the milliseconds from opening the second page to the first
 * frame on it.
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
