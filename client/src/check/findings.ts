/** What the page's test finds out, for words to say. */
import type { MediaProblem } from '../media/problem.ts'
import type { RelayAvailability } from 'vidchat-kit'

/** How our packets reach a relay. */
export type Transport = 'udp' | 'tcp' | 'tls'

export type Finding =
  | { check: 'browser'; result: 'able' | 'no-webrtc' | 'insecure' }
  | { check: 'camera'; result: 'asking' | 'off' | MediaProblem }
  | { check: 'camera'; result: 'on'; width: number; height: number }
  | { check: 'microphone'; result: 'asking' | 'off' | 'silent' | 'heard' | MediaProblem }
  | { check: 'speaker'; result: 'untried' | 'heard' | 'not-heard' }
  | { check: 'websocket'; result: 'running' | 'failed' | 'unreachable' }
  | { check: 'websocket'; result: 'open'; roundTrip: number }
  | { check: 'polling'; result: 'running' | 'works' | 'failed' }
  | { check: 'stun'; result: 'running' | 'answers' | 'silent' | 'none' | 'unknown' }
  | { check: 'relay'; result: Exclude<RelayAvailability, 'available'> }
  | {
      check: 'relay'
      result: 'running' | 'relays' | 'silent'
      transport: Transport
      port: number
    }
  | { check: 'call'; result: 'running' | 'failed' }
  | { check: 'call'; result: 'connected'; took: number; picture: boolean }

/** A `note` is no problem, but worth knowing. */
export type Outcome = 'running' | 'ok' | 'note' | 'problem'

const OUTCOMES: Record<string, Outcome> = {
  ...{ running: 'running', asking: 'running' },
  ...{ able: 'ok', on: 'ok', heard: 'ok', open: 'ok', works: 'ok' },
  ...{ answers: 'ok', relays: 'ok', connected: 'ok' },
  ...{ off: 'note', silent: 'note', untried: 'note', none: 'note' },
}

/** How a finding is shown. `all` has those of the same test. */
export function outcomeOf(finding: Finding, all: readonly Finding[]): Outcome {
  if (finding.check === 'relay') return relayOutcome(finding.result, all)
  if (finding.check === 'stun' && finding.result === 'silent') return 'problem'
  // The line about relays says the same, as a problem.
  if (finding.check === 'stun' && finding.result === 'unknown') return 'note'
  // Calls go on without it, as they do with the other way to the server.
  if (finding.check === 'polling' && finding.result === 'failed') return 'note'
  return OUTCOMES[finding.result] ?? 'problem'
}

/** One relay that works is enough. */
function relayOutcome(result: string, all: readonly Finding[]): Outcome {
  const works = all.some((each) => each.check === 'relay' && each.result === 'relays')
  if (result === 'silent') return works ? 'note' : 'problem'
  if (result === 'unknown') return 'problem'
  return OUTCOMES[result] ?? 'problem'
}
