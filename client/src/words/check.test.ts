import { describe, expect, it } from 'vitest'
import { t } from '../language/text.ts'
import { findingWords } from './check.ts'

describe('the words of the test', () => {
  it('are those of the call page for devices that do not work', () => {
    expect(findingWords({ check: 'camera', result: 'denied' }).title).toBe('Your camera is blocked')
    expect(findingWords({ check: 'microphone', result: 'not-found' }).title).toBe(
      'No microphone found',
    )
  })

  it('claim no more than was found', () => {
    expect([0, 1, 3].map((count) => t('check.problems', { count }))).toEqual([
      'No problems found.',
      'There is one problem.',
      'There are 3 problems.',
    ])
  })
})
