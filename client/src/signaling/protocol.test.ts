import { describe, expect, it } from 'vitest'
import { readPayload } from './protocol.ts'

describe('a payload', () => {
  it.each([
    [{ sdp: { type: 'offer', sdp: 'v=0' }, room: 'r' }, { sdp: { type: 'offer', sdp: 'v=0' } }],
    [{ sdp: { type: 'answer', sdp: '', more: 1 } }, { sdp: { type: 'answer', sdp: '' } }],
    [{ candidate: { candidate: 'c' }, room: 'r' }, { candidate: { candidate: 'c' } }],
  ])('is read: %j', (details, payload) => {
    expect(readPayload(details)).toEqual(payload)
  })

  it.each([
    undefined,
    null,
    'offer',
    [],
    {},
    { sdp: null },
    { sdp: 'v=0' },
    { sdp: { type: 'rollback', sdp: '' } },
    { sdp: { type: 'offer' } },
    { candidate: null },
    { candidate: 'c' },
  ])('makes no sense: %j', (details) => {
    expect(readPayload(details)).toBeUndefined()
  })
})
