/**
 * The result of the test as a text for whoever runs the server: the same names in every
 * language of the page. docs/operating.md says what they mean.
 */
import { outcomeOf, type Finding } from './findings.ts'

/** It has no addresses in it. */
export function reportOf(findings: readonly Finding[], browser: string, brand: string): string {
  const lines = findings.map((finding) => {
    const subject = [outcomeOf(finding, findings), nameOf(finding)].join(' ')
    return `${subject}: ${[finding.result, ...figuresOf(finding)].join(', ')}`
  })
  return [`${brand} /call/test`, browser, ...lines].join('\n')
}

/** There is a line for each relay over each transport. */
function nameOf(finding: Finding): string {
  if (finding.check !== 'relay' || !('port' in finding)) return finding.check
  return `relay ${finding.transport} ${finding.port}`
}

function figuresOf(finding: Finding): string[] {
  if (finding.check === 'camera' && finding.result === 'on') {
    return [`${finding.width}x${finding.height}`]
  }
  if (finding.check === 'websocket' && finding.result === 'open') {
    return [milliseconds(finding.roundTrip)]
  }
  if (finding.check === 'call' && finding.result === 'connected') {
    return [milliseconds(finding.took), finding.picture ? 'picture' : 'no-picture']
  }
  return []
}

const milliseconds = (time: number) => `${Math.round(time)} ms`
