import { expect, it } from 'vitest'
import { problemOf } from './problem.ts'

it.each([
  ['NotAllowedError', 'Permission denied', 'denied'],
  ['NotAllowedError', 'The request is not allowed by the user agent', 'denied'],
  ['NotAllowedError', 'Permission dismissed', 'dismissed'],
  ['NotAllowedError', 'Permission denied by system', 'system'],
  ['NotAllowedError', 'Permissions policy forbids this', 'policy'],
  ['SecurityError', '', 'policy'],
  ['NotFoundError', 'Requested device not found', 'not-found'],
  ['NotReadableError', 'Could not start video source', 'in-use'],
  ['AbortError', '', 'in-use'],
  ['OverconstrainedError', '', 'overconstrained'],
  ['TypeError', '', 'unknown'],
])('%s “%s” means %s', (name, message, problem) => {
  expect(problemOf(new DOMException(message, name))).toBe(problem)
})

it('accepts anything that is thrown', () => {
  expect([problemOf(undefined), problemOf('no'), problemOf({})]).toEqual(Array(3).fill('unknown'))
})
