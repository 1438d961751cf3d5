/** Our tracks on a peer connection: one transceiver per kind that we send with. */

export type MediaKind = 'audio' | 'video'
export type LocalTracks = Record<MediaKind, MediaStreamTrack | null>

const KINDS = ['audio', 'video'] as const

/** Prepares an offer of audio and video, also where we have nothing to send. */
export function addTransceivers(
  pc: RTCPeerConnection,
  tracks: LocalTracks,
  stream: MediaStream,
): void {
  for (const kind of KINDS) {
    const track = tracks[kind]
    // Not by addTransceiver: after a rollback, a remote offer reuses only what addTrack added.
    if (track) pc.addTrack(track, stream)
    else pc.addTransceiver(kind, { direction: 'recvonly' })
  }
}

/** Attaches our tracks to the sections of a remote offer. */
export async function attachTracks(
  pc: RTCPeerConnection,
  tracks: LocalTracks,
  stream: MediaStream,
): Promise<void> {
  retireReplaced(pc.getTransceivers())
  for (const kind of KINDS) await replaceTrack(pc, kind, tracks[kind], stream)
}

/** Sends `track`, or nothing, from now on. */
export async function replaceTrack(
  pc: RTCPeerConnection,
  kind: MediaKind,
  track: MediaStreamTrack | null,
  stream: MediaStream,
): Promise<void> {
  const transceiver = findTransceiver(pc, kind)
  if (!transceiver) {
    if (track) pc.addTrack(track, stream)
    return
  }
  await transceiver.sender.replaceTrack(track)
  if (track) transceiver.sender.setStreams?.(stream)
  const direction = track ? 'sendrecv' : 'recvonly'
  if (transceiver.direction !== direction) transceiver.direction = direction
}

/** The transceiver that we use for this kind. */
export function findTransceiver(
  pc: RTCPeerConnection,
  kind: MediaKind,
): RTCRtpTransceiver | undefined {
  return pc
    .getTransceivers()
    .find(
      ({ receiver, currentDirection, direction }) =>
        receiver.track.kind === kind &&
        direction !== 'inactive' &&
        direction !== 'stopped' &&
        currentDirection !== 'stopped',
    )
}

/**
 * Retires the transceivers of an offer that was rolled back if those of the
 * accepted offer replace them. They are not stopped: Chromium asks for an offer
 * as long as there is one that was stopped before it was part of any.
 */
function retireReplaced(transceivers: RTCRtpTransceiver[]): void {
  const kindOf = ({ receiver }: RTCRtpTransceiver) => receiver.track.kind
  const replaced = transceivers.filter(
    (old) =>
      old.mid === null && transceivers.some((each) => each.mid && kindOf(each) === kindOf(old)),
  )
  for (const transceiver of replaced) transceiver.direction = 'inactive'
}
