import { describe, expect, it } from 'vitest'
import { Steady } from './steady.ts'

/** What is shown after each look; `.` is nothing. */
function shown(looks: string): string {
  const steady = new Steady<string>()
  const each = (look: string) => steady.update(look === '.' ? undefined : look) ?? '.'
  return [...looks].map(each).join('')
}

describe('a steady sign', () => {
  it.each([
    ['comes after three looks in a row', 'aaaa', '..aa'],
    ['does not come for a moment', 'aa.aa.', '......'],
    ['goes after four looks in a row', 'aaa....', '..aaaa.'],
    ['stays if all is well for a moment only', 'aaa...a...a', '..aaaaaaaaa'],
    ['changes only to what stays', 'aaabab.bbb', '..aaaaaaab'],
    ['comes for one cause, not for a mixture', 'abababab', '........'],
  ])('%s', (_, looks, expected) => expect(shown(looks)).toBe(expected))
})
