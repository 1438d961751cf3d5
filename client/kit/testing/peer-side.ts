/** One side of a connection among fakes, and how two of them talk. */
import { vi } from 'vitest'
import type { Role } from '../src/rtc/peer-options.ts'
import { Peer } from '../src/rtc/peer.ts'
import type { LocalTracks, Outgoing } from '../src/rtc/transceivers.ts'
import type { Description, Payload } from '../src/signaling/protocol.ts'
import { settle, type FakeClock } from './fake-clock.ts'
import {
  asPeerConnection,
  asTrack,
  FakePeerConnection,
  FakeTrack,
  fakeStream,
} from './fake-peer-connection.ts'

export const both = (): LocalTracks => ({
  audio: asTrack(new FakeTrack('audio')),
  video: asTrack(new FakeTrack('video')),
})
export const none: LocalTracks = { audio: null, video: null }

export class Side {
  readonly pc = new FakePeerConnection()
  readonly sent: Payload[] = []
  readonly mediaState = vi.fn()
  readonly negotiated = vi.fn()
  readonly closed = vi.fn()
  readonly misread = vi.fn()
  readonly message = vi.fn()
  readonly screen = vi.fn()
  readonly peer: Peer
  sharedScreen: Outgoing | undefined
  readonly #remoteStream = fakeStream()
  #offers = 0

  constructor(
    role: Role,
    public tracks: LocalTracks,
    clock: FakeClock,
    polite = role === 'answerer',
  ) {
    this.peer = new Peer({
      role,
      polite,
      open: async () => asPeerConnection(this.pc),
      remoteStream: this.#remoteStream,
      createStream: fakeStream,
      devices: () => ({ tracks: this.tracks, stream: fakeStream() }),
      screen: () => this.sharedScreen,
      nextOffer: () => ++this.#offers,
      clock,
      events: {
        signal: (payload) => this.sent.push(payload),
        negotiated: this.negotiated,
        connectionState: () => undefined,
        track: () => undefined,
        screen: this.screen,
        misread: this.misread,
        mediaState: this.mediaState,
        message: this.message,
        closed: this.closed,
      },
    })
  }

  /** The descriptions sent since the last call. */
  takeDescriptions(): Description[] {
    return this.takeMessages().map(({ sdp }) => sdp)
  }

  /** The same with the numbers of their offers. */
  takeMessages(): { sdp: Description; offer?: number | undefined }[] {
    return this.sent.splice(0).flatMap((payload) => ('sdp' in payload ? [payload] : []))
  }

  receive({ sdp, offer }: { sdp: Description; offer?: number | undefined }): Promise<void> {
    this.peer.receiveDescription(sdp, offer)
    return settle()
  }

  /** Those of the other side's devices. */
  remoteTracks(): MediaStreamTrack[] {
    return this.#remoteStream.getTracks()
  }

  directions(): [string, string][] {
    return this.pc
      .getTransceivers()
      .map(({ receiver, direction }) => [receiver.track.kind, direction])
  }
}

/** Delivers the descriptions of one side to the other. */
export async function exchange(from: Side, to: Side): Promise<void> {
  for (const message of from.takeMessages()) await to.receive(message)
  await settle()
}
