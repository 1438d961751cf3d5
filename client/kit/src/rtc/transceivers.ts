/**
 * Our tracks on a peer connection. Of each kind, the first section is for what we capture
 * with a device, and the second one for a screen. Both sides see the sections in the same
 * order, so nothing else has to tell what they are for.
 */

export type MediaKind = 'audio' | 'video'
export type LocalTracks = Record<MediaKind, MediaStreamTrack | null>

/** Tracks that are sent together, and the stream that groups them at the peer. */
export interface Outgoing {
  tracks: LocalTracks
  stream: MediaStream
}

export const MEDIA_KINDS = ['audio', 'video'] as const

/** Where the transceivers of one kind are in `transceiversOf`. */
const DEVICE = 0
const SCREEN = 1

/** Prepares an offer of audio and video, also where we have nothing to send. */
export function addTransceivers(pc: RTCPeerConnection, { tracks, stream }: Outgoing): void {
  for (const kind of MEDIA_KINDS) {
    const track = tracks[kind]
    // Not by addTransceiver: after a rollback, a remote offer reuses only what addTrack added.
    if (track) pc.addTrack(track, stream)
    else pc.addTransceiver(kind, { direction: 'recvonly' })
  }
}

/** Sends these from now on, and nothing else. `screen` is undefined if none is shared. */
export async function attachTracks(
  pc: RTCPeerConnection,
  devices: Outgoing,
  screen: Outgoing | undefined,
): Promise<void> {
  for (const kind of MEDIA_KINDS) {
    const [ofDevice, ofScreen, ...replaced] = transceiversOf(pc, kind)
    const track = devices.tracks[kind]
    const screenTrack = screen?.tracks[kind] ?? null
    if (ofDevice) await attach(ofDevice, track, devices.stream, 'recvonly')
    else if (track) pc.addTrack(track, devices.stream)
    // Otherwise, the screen's section would be the first one.
    else if (screenTrack) pc.addTransceiver(kind, { direction: 'recvonly' })

    // It may be what a rollback left over.
    if (ofScreen) await attach(ofScreen, screenTrack, screen?.stream, 'recvonly')
    else if (screenTrack && screen) {
      // Not by addTrack, which could take the camera's transceiver.
      pc.addTransceiver(screenTrack, { direction: 'sendrecv', streams: [screen.stream] })
    }
    // They are not stopped: Chromium asks for an offer as long as there is one that was
    // stopped before it was part of any.
    for (const transceiver of replaced) await attach(transceiver, null, undefined, 'inactive')
  }
}

/** The transceiver for what a device captures. */
export function findTransceiver(
  pc: RTCPeerConnection,
  kind: MediaKind,
): RTCRtpTransceiver | undefined {
  return transceiversOf(pc, kind)[DEVICE]
}

/** The transceiver for a screen. */
export function findScreenTransceiver(
  pc: RTCPeerConnection,
  kind: MediaKind,
): RTCRtpTransceiver | undefined {
  return transceiversOf(pc, kind)[SCREEN]
}

/** Those of one kind, in the order of their sections, and then those that have none yet. */
function transceiversOf(pc: RTCPeerConnection, kind: MediaKind): RTCRtpTransceiver[] {
  const lines = [pc.remoteDescription, pc.localDescription].flatMap(
    (description) => description?.sdp.split(/\r?\n/) ?? [],
  )
  const places = new Map<RTCRtpTransceiver, number>()
  for (const each of pc.getTransceivers()) {
    const { receiver, direction, currentDirection, mid } = each
    if (receiver.track.kind !== kind) continue
    if (direction === 'stopped' || currentDirection === 'stopped') continue
    const line = lines.indexOf(`a=mid:${mid}`)
    places.set(each, line < 0 ? lines.length : line)
  }
  return [...places].sort(([, a], [, b]) => a - b).map(([each]) => each)
}

async function attach(
  transceiver: RTCRtpTransceiver,
  track: MediaStreamTrack | null,
  stream: MediaStream | undefined,
  idle: RTCRtpTransceiverDirection,
): Promise<void> {
  const { sender } = transceiver
  if (sender.track !== track) {
    await sender.replaceTrack(track)
    if (track && stream) sender.setStreams?.(stream)
  }
  const direction = track ? 'sendrecv' : idle
  if (transceiver.direction !== direction) transceiver.direction = direction
}
