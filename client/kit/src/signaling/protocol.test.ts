import { describe, expect, it } from 'vitest'
import { readAnswer, readPayload, readRefusedPage } from './protocol.ts'

describe('a payload', () => {
  it.each([
    [{ sdp: { type: 'offer', sdp: 'v=0' }, room: 'r' }, { sdp: { type: 'offer', sdp: 'v=0' } }],
    [{ sdp: { type: 'answer', sdp: '', more: 1 } }, { sdp: { type: 'answer', sdp: '' } }],
    [
      { sdp: { type: 'offer', sdp: '' }, mac: 'm' },
      { sdp: { type: 'offer', sdp: '' }, mac: 'm' },
    ],
    [
      { sdp: { type: 'answer', sdp: '' }, offer: 3 },
      { sdp: { type: 'answer', sdp: '' }, offer: 3 },
    ],
    [{ sdp: { type: 'answer', sdp: '' }, offer: '3' }, { sdp: { type: 'answer', sdp: '' } }],
    [{ candidate: { candidate: 'c' }, room: 'r' }, { candidate: { candidate: 'c' } }],
    [{ refused: true, room: 'r' }, { refused: true }],
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
    { candidate: {} },
    { candidate: { candidate: 'c\r\na=fingerprint:sha-256 AA' } },
    { refused: 'yes' },
  ])('is ignored if it is invalid: %j', (details) => {
    expect(readPayload(details)).toBeUndefined()
  })
})

describe('the answer to `enter`', () => {
  it('is a seat, with the other participants', () => {
    const peers = [{ id: 'a', name: 'Ann', away: true }, { id: 'b' }, { name: 'nobody' }, null]
    const knocks = [{ id: 'k', name: 'Kim' }, {}]
    const answer = {
      ok: true,
      remembers: true,
      id: 'me',
      seat: 't',
      peers,
      knocks,
      locked: true,
      iceServers: [],
    }
    expect(readAnswer(answer)).toEqual({
      seat: 't',
      entry: {
        id: 'me',
        peers: [
          { id: 'a', name: 'Ann', away: true },
          { id: 'b', name: '', away: false },
        ],
        knocks: [{ id: 'k', name: 'Kim' }],
        locked: true,
        resumed: false,
        remembers: true,
        iceServers: [],
      },
    })
  })

  it.each([
    [
      { ok: false, error: 'full' },
      { reason: 'full', retryAfter: 0 },
    ],
    [
      { ok: false, error: 'denied', retryAfter: 7 },
      { reason: 'denied', retryAfter: 7 },
    ],
    [
      { ok: false, error: 'denied', retryAfter: -1 },
      { reason: 'denied', retryAfter: 0 },
    ],
    [
      { ok: false, error: 'unknown reason' },
      { reason: 'invalid', retryAfter: 0 },
    ],
    [undefined, { reason: 'invalid', retryAfter: 0 }],
    [{ ok: true }, { reason: 'invalid', retryAfter: 0 }],
  ])('is a refusal: %j', (answer, refusal) => {
    expect(readAnswer(answer)).toEqual({ refusal })
  })
})

describe('an error of the connection', () => {
  const failed = (status: number, responseText: string) => ({ context: { status, responseText } })

  it('says that the server refuses the page', () => {
    const said =
      '{"code":4,"message":"Forbidden: the page is of https://a:8443, but the request is for a"}'
    expect(readRefusedPage(failed(403, said))).toMatch(/ a:8443|https:\/\/a:8443/)
  })

  it.each([
    [undefined],
    [new Error('websocket error')],
    [failed(502, '{"message":"no"}')],
    [failed(403, '<h1>403</h1>')],
    [failed(403, '{"message":5}')],
  ])('may have another cause: %j', (details) => {
    expect(readRefusedPage(details)).toBeUndefined()
  })
})
