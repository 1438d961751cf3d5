/** The texts of the page's test: what was found, and what to do. */
import { outcomeOf, type Finding, type Outcome } from '../check/findings.ts'
import type { MediaProblem } from '../media/problem.ts'
import { mediaWords, testLink, type Words } from './media.ts'

export const checkPageWords = {
  short: 'Test',
  title: testLink.text,
  lead: 'Before an important call, or when calls don’t work: the test takes some seconds, and says what to do. Nobody sees or hears you. The test talks to this server, and to the STUN and TURN servers that calls use.',
  start: 'Start the test',
  again: 'Test again',
  running: 'Testing',
  allWell: 'No problems found.',
  tone: 'Play a sound',
  record: 'Record 3 seconds',
  recording: 'Recording. Say something',
  playing: 'Playing what you said',
  recordFailed: 'The recording didn’t work.',
  heard: 'I heard it',
  notHeard: 'I heard nothing',
  copy: 'Copy the result',
  copied: 'Copied.',
  resultLabel: 'Result, without any address',
  results: 'Results',
}

/** How many things are wrong. */
export function summaryWords(problems: number): string {
  if (problems === 0) return checkPageWords.allWell
  return problems === 1 ? 'There is one problem.' : `There are ${problems} problems.`
}

/** For those who cannot see the sign before a line. */
export const outcomeWords: Record<Outcome, string> = {
  running: 'Testing',
  ok: 'OK',
  note: 'Note',
  problem: 'Problem',
}

export function findingWords(finding: Finding): Words {
  switch (finding.check) {
    case 'browser':
      return BROWSER[finding.result]
    case 'camera':
      return cameraWords(finding)
    case 'microphone':
      return microphoneWords(finding.result)
    case 'speaker':
      return SPEAKER[finding.result]
    case 'websocket':
      return finding.result === 'open'
        ? { title: 'Server', text: `Reached, with a round trip of ${round(finding.roundTrip)} ms.` }
        : WEBSOCKET[finding.result]
    case 'polling':
      return POLLING[finding.result]
    case 'stun':
      return STUN[finding.result]
    case 'relay':
      return 'port' in finding ? relayWords(finding) : NO_RELAY[finding.result]
    case 'call':
      return callWords(finding)
  }
}

/** What can be passed on to whoever runs the server. It has no addresses in it. */
export function resultText(findings: readonly Finding[], browser: string, brand: string): string {
  const lines = findings.map((finding) => {
    const { title, text } = findingWords(finding)
    return `${outcomeWords[outcomeOf(finding, findings)]}: ${title}. ${text}`
  })
  return [`${brand} test`, browser, ...lines].join('\n')
}

const round = (value: number) => Math.round(value)

const BROWSER = {
  able: { title: 'Browser', text: 'It can make calls.' },
  insecure: {
    title: 'This page is not secure',
    text: 'Browsers allow camera and microphone on https pages only. Open it with https:// at the start.',
  },
  'no-webrtc': {
    title: 'This browser can’t make calls',
    text: 'It doesn’t support WebRTC, or WebRTC is turned off. Use a current version of Chrome, Edge, Firefox or Safari.',
  },
}

function cameraWords(finding: Extract<Finding, { check: 'camera' }>): Words {
  if (finding.result === 'on') {
    return { title: 'Camera', text: `It works, with ${finding.width} × ${finding.height}.` }
  }
  if (finding.result === 'asking') return { title: 'Camera', text: 'Allow it if you are asked.' }
  if (finding.result === 'off') return { title: 'Camera', text: 'It is off.' }
  return mediaWords(finding.result, 'camera')
}

function microphoneWords(result: Extract<Finding, { check: 'microphone' }>['result']): Words {
  const own = MICROPHONE[result]
  return own ? { title: 'Microphone', text: own } : mediaWords(result as MediaProblem, 'microphone')
}

const MICROPHONE: Record<string, string> = {
  asking: 'Allow it if you are asked.',
  off: 'It is off.',
  heard: 'It hears you.',
  silent: 'Say something. If the bar doesn’t move, choose another microphone, or turn it up.',
}

const SPEAKER = {
  untried: {
    title: 'Speaker',
    text: 'Play a sound, or record yourself, and say whether you heard it.',
  },
  heard: { title: 'Speaker', text: 'You heard it.' },
  'not-heard': {
    title: 'Speaker',
    text: 'Turn the volume up, or choose another speaker. Headphones may be connected without being worn.',
  },
}

const WEBSOCKET = {
  running: { title: 'Server', text: 'Connecting.' },
  failed: {
    title: 'The server can’t be reached by WebSocket',
    text: 'Something on the way, such as a proxy or a firewall, may forbid it. Calls then use single requests, and are slower to start.',
  },
  unreachable: {
    title: 'Can’t reach the server',
    text: 'Check your internet connection. If other sites work, the server may be down.',
  },
}

const POLLING = {
  running: { title: 'Server, by requests', text: 'Connecting.' },
  works: {
    title: 'Server, by requests',
    text: 'This works, too, for networks that forbid WebSockets.',
  },
  failed: {
    title: 'Server, by requests',
    text: 'This doesn’t work here. Calls need it only if they can’t use a WebSocket.',
  },
}

const STUN = {
  running: { title: 'Direct connections', text: 'Asking the STUN server.' },
  answers: { title: 'Direct connections', text: 'The STUN server answers.' },
  silent: {
    title: 'The STUN server doesn’t answer',
    text: 'This network may block UDP. Calls then need a relay, or another network.',
  },
  none: {
    title: 'Direct connections',
    text: 'This server names no STUN server, so they work in one network only.',
  },
  unknown: {
    title: 'Direct connections',
    text: 'The server didn’t say which STUN servers there are.',
  },
}

const NO_RELAY = {
  none: {
    title: 'No relay',
    text: 'This server has no relay (TURN). About one call in ten needs one.',
  },
  unknown: {
    title: 'Relays are unknown',
    text: 'The server didn’t say which relays there are. Try again.',
  },
}

const TRANSPORTS = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' }

function relayWords({
  result,
  transport,
  port,
}: Extract<Finding, { check: 'relay'; port: number }>): Words {
  const title = `Relay over ${TRANSPORTS[transport]}, port ${port}`
  switch (result) {
    case 'running':
      return { title, text: 'Connecting.' }
    case 'relays':
      return { title, text: 'It works.' }
    case 'silent':
      return {
        title: `${title}, doesn’t work`,
        text: 'A firewall, here or at the server, may block it. One relay that works is enough.',
      }
  }
}

function callWords(finding: Extract<Finding, { check: 'call' }>): Words {
  const title = 'Call with yourself'
  if (finding.result === 'connected') {
    const what = finding.picture ? 'The picture was there' : 'Connected'
    return { title, text: `${what} after ${round(finding.took)} ms.` }
  }
  if (finding.result === 'running') return { title, text: 'Connecting.' }
  return {
    title: 'A call with yourself doesn’t work',
    text: 'An extension, a VPN or a setting of this browser may forbid WebRTC. Try another browser.',
  }
}
