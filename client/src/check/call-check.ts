/** A call of this page with itself, with the camera and microphone in use. */
import { statsOf } from 'vidchat-kit'
import { connectPair } from './connect-pair.ts'

/** How long it may take, in ms, and how often the picture is looked for. */
const TIMEOUT = 12_000
const INTERVAL = 100

export interface CallCheck {
  /** In ms, until the picture is there, or without one until there is a connection. */
  took: number
  picture: boolean
}

/** Rejects if there is no connection, or no picture although one is sent. */
export async function checkCall(
  servers: RTCIceServer[],
  tracks: readonly MediaStreamTrack[],
): Promise<CallCheck> {
  const began = performance.now()
  const pair = [0, 1].map(() => new RTCPeerConnection({ iceServers: servers }))
  const [one, other] = pair as [RTCPeerConnection, RTCPeerConnection]
  try {
    for (const track of tracks) one.addTrack(track)
    await connectPair(one, other, TIMEOUT)
    const picture = tracks.some(({ kind }) => kind === 'video')
    if (picture) await pictureArrives(other, began + TIMEOUT)
    return { took: performance.now() - began, picture }
  } finally {
    for (const pc of pair) pc.close()
  }
}

async function pictureArrives(pc: RTCPeerConnection, deadline: number): Promise<void> {
  while (((await statsOf(pc))?.frames ?? 0) === 0) {
    if (performance.now() > deadline) throw new Error('no picture')
    await new Promise((resolve) => setTimeout(resolve, INTERVAL))
  }
}
