import { describe, expect, it } from 'vitest'
import type { Finding } from '../check/findings.ts'
import { t } from '../language/text.ts'
import { findingWords, resultText } from './check.ts'

const findings: Finding[] = [
  { check: 'browser', result: 'able' },
  { check: 'camera', result: 'on', width: 1280, height: 720 },
  { check: 'microphone', result: 'silent' },
  { check: 'speaker', result: 'untried' },
  { check: 'websocket', result: 'open', roundTrip: 41.6 },
  { check: 'polling', result: 'failed' },
  { check: 'stun', result: 'answers' },
  { check: 'relay', result: 'silent', transport: 'udp', port: 3478 },
  { check: 'relay', result: 'relays', transport: 'tls', port: 443 },
  { check: 'call', result: 'connected', took: 210.3, picture: true },
]

describe('the words of the test', () => {
  it('make a text that can be passed on', () => {
    expect(resultText(findings, 'A browser', 'vidchat').split('\n')).toEqual([
      'vidchat test',
      'A browser',
      'OK: Browser. It can make calls.',
      'OK: Camera. It works, with 1280 × 720.',
      'Note: Microphone. Say something. If the bar doesn’t move, choose another microphone, or turn it up.',
      'Note: Speaker. Play a sound, or record yourself, and say whether you heard it.',
      'OK: Server. Reached, with a round trip of 42 ms.',
      'Note: Server, by requests. This doesn’t work here. Calls need it only if they can’t use a WebSocket.',
      'OK: Direct connections. The STUN server answers.',
      'Note: Relay over UDP, port 3478, doesn’t work. A firewall, here or at the server, may block it. One relay that works is enough.',
      'OK: Relay over TLS, port 443. It works.',
      'OK: Call with yourself. The picture was there after 210 ms.',
    ])
  })

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
