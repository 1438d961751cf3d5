/** The texts of the page's test: what was found, and what to do. */
import type { Finding, Outcome } from '../check/findings.ts'
import type { MediaProblem } from '../media/problem.ts'
import { milliseconds, t } from '../language/text.ts'
import { mediaWords, sizeOfPicture, type Words } from './media.ts'

/** For those who cannot see the sign before a line. */
export const outcomeWords = (outcome: Outcome) => t(`check.outcome.${outcome}`)

export function findingWords(finding: Finding): Words {
  switch (finding.check) {
    case 'browser':
      return browserWords(finding.result)
    case 'camera':
      return cameraWords(finding)
    case 'microphone':
      return microphoneWords(finding.result)
    case 'speaker':
      return { title: t('devices.speaker'), text: t(`check.speaker.${finding.result}`) }
    case 'websocket':
      return webSocketWords(finding)
    case 'polling':
      return {
        title: t('check.polling.title'),
        text: finding.result === 'running' ? connecting() : t(`check.polling.${finding.result}`),
      }
    case 'stun':
      return stunWords(finding.result)
    case 'relay':
      return 'port' in finding ? relayWords(finding) : noRelayWords(finding.result)
    case 'call':
      return callWords(finding)
  }
}

const connecting = () => t('check.connecting')

function browserWords(result: 'able' | 'insecure' | 'no-webrtc'): Words {
  if (result === 'able') return { title: t('check.browser.title'), text: t('check.browser.able') }
  return { title: t(`check.browser.${result}.title`), text: t(`check.browser.${result}.text`) }
}

function cameraWords(finding: Extract<Finding, { check: 'camera' }>): Words {
  const title = t('devices.camera')
  if (finding.result === 'on') {
    const { width, height } = finding
    return { title, text: t('check.camera.on', { size: sizeOfPicture(width, height) }) }
  }
  if (finding.result === 'asking' || finding.result === 'off') {
    return { title, text: t(`check.device.${finding.result}`) }
  }
  return mediaWords(finding.result, 'camera')
}

function microphoneWords(result: Extract<Finding, { check: 'microphone' }>['result']): Words {
  const title = t('devices.microphone')
  switch (result) {
    case 'asking':
    case 'off':
      return { title, text: t(`check.device.${result}`) }
    case 'heard':
    case 'silent':
      return { title, text: t(`check.microphone.${result}`) }
    default:
      return mediaWords(result satisfies MediaProblem, 'microphone')
  }
}

function webSocketWords(finding: Extract<Finding, { check: 'websocket' }>): Words {
  const title = t('check.websocket.title')
  switch (finding.result) {
    case 'open':
      return { title, text: t('check.websocket.open', { time: milliseconds(finding.roundTrip) }) }
    case 'running':
      return { title, text: connecting() }
    case 'failed':
    case 'unreachable':
      return {
        title: t(`check.websocket.${finding.result}.title`),
        text: t(`check.websocket.${finding.result}.text`),
      }
  }
}

function stunWords(result: Extract<Finding, { check: 'stun' }>['result']): Words {
  if (result === 'silent') {
    return { title: t('check.stun.silent.title'), text: t('check.stun.silent.text') }
  }
  return { title: t('check.stun.title'), text: t(`check.stun.${result}`) }
}

const noRelayWords = (result: 'none' | 'unknown'): Words => ({
  title: t(`check.relay.${result}.title`),
  text: t(`check.relay.${result}.text`),
})

function relayWords({
  result,
  transport,
  port,
}: Extract<Finding, { check: 'relay'; port: number }>): Words {
  const relay = { transport: transport.toUpperCase(), port: String(port) }
  if (result === 'silent') {
    return { title: t('check.relay.silent.title', relay), text: t('check.relay.silent.text') }
  }
  const text = result === 'running' ? connecting() : t('check.relay.works')
  return { title: t('check.relay.title', relay), text }
}

function callWords(finding: Extract<Finding, { check: 'call' }>): Words {
  const title = t('check.call.title')
  switch (finding.result) {
    case 'connected': {
      const which = finding.picture ? 'picture' : 'connected'
      return { title, text: t(`check.call.${which}`, { time: milliseconds(finding.took) }) }
    }
    case 'running':
      return { title, text: connecting() }
    case 'failed':
      return { title: t('check.call.failed.title'), text: t('check.call.failed.text') }
  }
}
