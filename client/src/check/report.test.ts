import { expect, it } from 'vitest'
import type { Finding } from './findings.ts'
import { reportOf } from './report.ts'

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
  { check: 'call', result: 'connected', took: 1210.3, picture: true },
]

const report = [
  'vidchat /call/test',
  'A browser',
  'ok browser: able',
  'ok camera: on, 1280x720',
  'note microphone: silent',
  'note speaker: untried',
  'ok websocket: open, 42 ms',
  'note polling: failed',
  'ok stun: answers',
  'note relay udp 3478: silent',
  'ok relay tls 443: relays',
  'ok call: connected, 1210 ms, picture',
]

const lines = (all: readonly Finding[]) => reportOf(all, 'A browser', 'vidchat').split('\n')

it('has a line for each thing that was tested', () => {
  expect(lines(findings)).toEqual(report)
  expect(
    lines([
      { check: 'camera', result: 'denied' },
      { check: 'websocket', result: 'unreachable' },
      { check: 'relay', result: 'none' },
      { check: 'call', result: 'connected', took: 90, picture: false },
    ]).slice(2),
  ).toEqual([
    'problem camera: denied',
    'problem websocket: unreachable',
    'note relay: none',
    'ok call: connected, 90 ms, no-picture',
  ])
})
