import { describe, expect, it } from 'vitest'
import { outcomeOf, type Finding, type Outcome } from './findings.ts'

const udp = { check: 'relay', transport: 'udp', port: 3478 } as const
const tls = { check: 'relay', transport: 'tls', port: 5349 } as const

describe('what is found', () => {
  it.each<[Finding, Outcome]>([
    [{ check: 'browser', result: 'no-webrtc' }, 'problem'],
    [{ check: 'browser', result: 'insecure' }, 'problem'],
    [{ check: 'camera', result: 'asking' }, 'running'],
    [{ check: 'camera', result: 'off' }, 'note'],
    [{ check: 'camera', result: 'unknown' }, 'problem'],
    [{ check: 'microphone', result: 'silent' }, 'note'],
    [{ check: 'speaker', result: 'untried' }, 'note'],
    [{ check: 'speaker', result: 'not-heard' }, 'problem'],
    [{ check: 'websocket', result: 'failed' }, 'problem'],
    [{ check: 'websocket', result: 'unreachable' }, 'problem'],
    [{ check: 'polling', result: 'failed' }, 'note'],
    [{ check: 'stun', result: 'silent' }, 'problem'],
    [{ check: 'stun', result: 'none' }, 'note'],
    [{ check: 'stun', result: 'unknown' }, 'note'],
    [{ check: 'relay', result: 'none' }, 'note'],
    [{ check: 'relay', result: 'unknown' }, 'problem'],
    [{ check: 'call', result: 'failed' }, 'problem'],
  ])('%j', (finding, outcome) => expect(outcomeOf(finding, [finding])).toBe(outcome))

  it('is no problem of a relay if another one works', () => {
    const silent: Finding = { ...udp, result: 'silent' }
    expect(outcomeOf(silent, [silent, { ...tls, result: 'silent' }])).toBe('problem')
    expect(outcomeOf(silent, [silent, { ...tls, result: 'relays' }])).toBe('note')
  })
})
