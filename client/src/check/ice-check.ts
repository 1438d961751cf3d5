/** Whether the STUN and TURN servers are reached, each by itself. */
import { connectPair } from './connect-pair.ts'
import type { Transport } from './findings.ts'

/** How long a server may take, in ms. Browsers ask one that is silent for some 10 s. */
const TIMEOUT = 12_000

/** One URL of a TURN server. */
export interface Relay {
  server: RTCIceServer
  transport: Transport
  port: number
}

type Connect = (configuration: RTCConfiguration) => RTCPeerConnection

const connect: Connect = (configuration) => new RTCPeerConnection(configuration)

/** The servers with one URL each. */
function single(servers: readonly RTCIceServer[]): (RTCIceServer & { urls: string })[] {
  return servers.flatMap((server) => [server.urls].flat().map((urls) => ({ ...server, urls })))
}

export function stunServers(servers: readonly RTCIceServer[]): RTCIceServer[] {
  return single(servers).filter(({ urls }) => urls.startsWith('stun'))
}

export function relaysOf(servers: readonly RTCIceServer[]): Relay[] {
  return single(servers)
    .filter(({ urls }) => urls.startsWith('turn'))
    .map((server) => ({ server, transport: transportOf(server.urls), port: portOf(server.urls) }))
}

function transportOf(url: string): Transport {
  if (url.startsWith('turns:')) return 'tls'
  return /[?&]transport=tcp\b/.test(url) ? 'tcp' : 'udp'
}

function portOf(url: string): number {
  const port = /:(\d+)(?:\?|$)/.exec(url)?.[1]
  return port ? Number(port) : url.startsWith('turns:') ? 5349 : 3478
}

/**
 * Reports whether one of these STUN servers answers. A device with a public address has no
 * other one to learn from it, so without an error, no candidate is fine, too.
 */
export async function checkStun(servers: RTCIceServer[], open = connect): Promise<boolean> {
  const pc = opened({ iceServers: servers }, open)
  if (!pc) return false
  try {
    return await new Promise<boolean>((resolve) => {
      const reportsErrors = 'onicecandidateerror' in pc
      let failed = false
      pc.onicecandidateerror = () => (failed = true)
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.type === 'srflx') resolve(true)
        else if (!candidate) resolve(reportsErrors && !failed)
      }
      setTimeout(() => resolve(false), TIMEOUT)
      pc.createDataChannel('test')
      void pc.setLocalDescription()
    })
  } finally {
    pc.close()
  }
}

/** Undefined if the browser rejects a server, such as one whose port is no number. */
function opened(configuration: RTCConfiguration, open: Connect): RTCPeerConnection | undefined {
  try {
    return open(configuration)
  } catch {
    return undefined
  }
}

/** Reports whether two connections reach each other, both by way of this relay alone. */
export async function checkRelay({ server }: Relay, open = connect): Promise<boolean> {
  const configuration: RTCConfiguration = { iceServers: [server], iceTransportPolicy: 'relay' }
  const [one, other] = [opened(configuration, open), opened(configuration, open)]
  if (!one || !other) return false
  try {
    await connectPair(one, other, TIMEOUT)
    return true
  } catch {
    return false
  } finally {
    for (const pc of [one, other]) pc.close()
  }
}
