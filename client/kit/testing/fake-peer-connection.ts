/**
 * An RTCPeerConnection without a network: the signaling state machine,
 * transceivers and tracks as in the standard, and short readable descriptions.
 */
import {
  FakeTrack,
  FakeTransceiver,
  FakeTransport,
  receives,
  sends,
  type Direction,
} from './fake-transceiver.ts'
import { certificateIn, fingerprintLine } from './fingerprint-line.ts'

type Section = { kind: string; mid: string; direction: Direction }

export { FakeTrack, FakeTransport }

export class FakeChannel {
  readyState: RTCDataChannelState = 'connecting'
  readonly sent: string[] = []
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null

  send(text: string): void {
    this.sent.push(text)
  }

  open(): void {
    this.readyState = 'open'
    this.onopen?.()
  }
}

let connections = 0

export class FakePeerConnection extends EventTarget {
  readonly name = `AA:${connections++}`
  signalingState: RTCSignalingState = 'stable'
  connectionState: RTCPeerConnectionState = 'new'
  localDescription: RTCSessionDescriptionInit | null = null
  remoteDescription: RTCSessionDescriptionInit | null = null
  currentRemoteDescription: RTCSessionDescriptionInit | null = null
  channel: FakeChannel | undefined
  readonly transport = new FakeTransport()
  readonly candidates: RTCIceCandidateInit[] = []
  configuration: RTCConfiguration
  bytesReceived = 0
  restarts = 0
  /** Chromium decodes frames but shows none of them. */
  videoFrozen = false
  iceGatheringState: RTCIceGatheringState = 'new'
  onicegatheringstatechange: (() => void) | null = null
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null
  onnegotiationneeded: (() => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  ontrack: ((event: { track: FakeTrack; transceiver: FakeTransceiver }) => void) | null = null
  /** What the browser makes of a remote description. */
  read = (sdp: string): string => sdp
  #transceivers: FakeTransceiver[] = []
  #offers = 0
  /** The ids of all sections of the last description, in order. */
  #mids: string[] = []
  /** Those that only our offer has which waits for an answer. */
  #pendingMids: string[] = []
  #currentLocalDescription: RTCSessionDescriptionInit | null = null

  constructor(iceServers: RTCIceServer[] = []) {
    super()
    this.configuration = { iceServers }
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers
  }

  getReceivers(): FakeTransceiver['receiver'][] {
    return this.#transceivers.map(({ receiver }) => receiver)
  }

  getSenders(): FakeTransceiver['sender'][] {
    return this.#transceivers.map(({ sender }) => sender)
  }

  addTransceiver(what: string | FakeTrack, { direction }: { direction: Direction }): void {
    const [kind, track] = typeof what === 'string' ? [what, null] : [what.kind, what]
    this.#transceivers.push(
      new FakeTransceiver(kind, direction, track, this.transport, this.#onDirection),
    )
    this.#checkNegotiationNeeded()
  }

  addTrack(track: FakeTrack): void {
    this.#transceivers.push(
      new FakeTransceiver(track.kind, 'sendrecv', track, this.transport, this.#onDirection, true),
    )
    this.#checkNegotiationNeeded()
  }

  readonly #onDirection = (): void => this.#checkNegotiationNeeded()

  #checkNegotiationNeeded(): void {
    if (this.signalingState !== 'stable') return
    const isDescribed = ({ mid, direction, described }: FakeTransceiver) =>
      mid !== null && direction === described
    if (this.#transceivers.every(isDescribed)) return
    queueMicrotask(() => this.onnegotiationneeded?.())
  }

  createDataChannel(): FakeChannel {
    return (this.channel = new FakeChannel())
  }

  async setLocalDescription(): Promise<void> {
    const answers = this.signalingState === 'have-remote-offer'
    this.signalingState = answers ? 'stable' : 'have-local-offer'
    if (answers) this.#negotiate(this.remoteDescription)
    else this.#offerSections()
    for (const each of this.#transceivers) if (each.mid !== null) each.described = each.direction
    this.localDescription = { type: answers ? 'answer' : 'offer', sdp: this.#write() }
    if (answers) this.#currentLocalDescription = this.localDescription
    this.#checkNegotiationNeeded()
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve()
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') {
      throw new DOMException('no offer to answer', 'InvalidStateError')
    }
    this.#updateVideoFrozen(description)
    if (description.type === 'offer' && this.signalingState === 'have-local-offer') this.#rollBack()
    this.remoteDescription = { ...description, sdp: this.read(description.sdp ?? '') }
    if (description.type === 'answer') {
      this.signalingState = 'stable'
      this.#pendingMids = []
      this.#currentLocalDescription = this.localDescription
      this.#announceTracks(this.#sectionsIn(description))
      this.#negotiate(description)
      return this.#checkNegotiationNeeded()
    }
    this.signalingState = 'have-remote-offer'
    this.#readOffer(description)
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.remoteDescription) throw new DOMException('no description', 'InvalidStateError')
    this.candidates.push(candidate)
  }

  restartIce(): void {
    this.restarts++
  }

  getConfiguration(): RTCConfiguration {
    return this.configuration
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map([['pair', { type: 'candidate-pair', bytesReceived: this.bytesReceived }]])
  }

  close(): void {
    this.connectionState = 'closed'
    this.signalingState = 'closed'
  }

  /** Changes the state of gathering candidates, as a browser does by itself. */
  gather(state: RTCIceGatheringState): void {
    this.iceGatheringState = state
    this.onicegatheringstatechange?.()
  }

  /** Changes the connection state, as a browser does by itself. */
  enterState(state: RTCPeerConnectionState): void {
    this.connectionState = state
    if (state === 'connected' && this.transport.state === 'new') {
      this.transport.state = 'connected'
      this.transport.certificates = [certificateIn(this.remoteDescription?.sdp)]
    }
    this.onconnectionstatechange?.()
  }

  /** Chromium: after a rollback, video with the same SSRCs stays frozen. */
  #updateVideoFrozen({ type, sdp = '' }: RTCSessionDescriptionInit): void {
    const before = ssrcsIn(this.remoteDescription?.sdp)
    const rollsBack = type === 'offer' && this.signalingState === 'have-local-offer'
    if (ssrcsIn(sdp) !== before) this.videoFrozen = false
    else if (rollsBack && this.currentRemoteDescription) this.videoFrozen = true
  }

  #find(mid: string): FakeTransceiver | undefined {
    return this.#transceivers.find((each) => each.mid === mid)
  }

  /** Gives each transceiver that has none a section. */
  #offerSections(): void {
    for (const transceiver of this.#transceivers.filter(({ mid }) => mid === null)) {
      transceiver.mid = String(this.#mids.length)
      this.#mids.push(transceiver.mid)
      this.#pendingMids.push(transceiver.mid)
    }
  }

  #rollBack(): void {
    for (const mid of this.#pendingMids) {
      const transceiver = this.#find(mid)
      if (transceiver) transceiver.mid = null
    }
    this.#mids = this.#mids.filter((mid) => !this.#pendingMids.includes(mid))
    this.#pendingMids = []
    this.localDescription = this.#currentLocalDescription
  }

  /** As in the standard, transceivers made by addTransceiver are not reused for a remote offer. */
  #readOffer(offer: RTCSessionDescriptionInit): void {
    const sections = this.#sectionsIn(offer)
    for (const { mid, kind } of sections) {
      if (this.#find(mid)) continue
      const reused = this.#transceivers.find(
        (each) => each.mid === null && each.reusable && each.receiver.track.kind === kind,
      )
      const transceiver =
        reused ?? new FakeTransceiver(kind, 'recvonly', null, this.transport, this.#onDirection)
      transceiver.mid = mid
      this.#mids.push(mid)
      if (!reused) this.#transceivers.push(transceiver)
    }
    this.#announceTracks(sections)
  }

  #announceTracks(sections: Section[]): void {
    for (const { mid, direction } of sections) {
      const transceiver = this.#find(mid)
      if (!transceiver || !sends(direction) || receives(transceiver.currentDirection)) continue
      this.ontrack?.({ track: transceiver.receiver.track, transceiver })
    }
  }

  /** Both sides have described what they want. */
  #negotiate(remote: RTCSessionDescriptionInit | null): void {
    this.currentRemoteDescription = remote
    for (const { mid, direction } of this.#sectionsIn(remote)) this.#find(mid)?.negotiate(direction)
  }

  /** The sections of a description. Where a test leaves the ids out, it is their order that counts. */
  #sectionsIn(description: RTCSessionDescriptionInit | null): Section[] {
    const lines = /^m=(audio|video) .*\r?\na=(\w+)(?:\r?\na=mid:(\w+))?/gm
    return [...(description?.sdp ?? '').matchAll(lines)].map(
      ([, kind = '', direction, mid], at) => ({
        kind,
        direction: direction as Direction,
        mid: mid ?? this.#mids[at] ?? String(at),
      }),
    )
  }

  #write(): string {
    const sections = this.#mids.flatMap((mid, index) => {
      const transceiver = this.#find(mid)
      if (!transceiver) return []
      const { receiver, direction } = transceiver
      const ssrc = `a=ssrc:${index + 1} cname:${this.name}`
      return [`m=${receiver.track.kind} 9 X\na=${direction}\na=mid:${mid}\n${ssrc}`]
    })
    if (this.channel) sections.unshift('m=application 9 X')
    return [`o=- ${this.#offers++}`, fingerprintLine(this.name), ...sections].join('\n')
  }
}

function ssrcsIn(sdp = ''): string {
  return [...sdp.matchAll(/^a=ssrc:(\d+)/gm)].map(([, ssrc]) => ssrc).join()
}

/** The fake under the type of what it replaces. */
export function asPeerConnection(fake: FakePeerConnection): RTCPeerConnection {
  return fake as unknown as RTCPeerConnection
}

export function asTrack(fake: FakeTrack): MediaStreamTrack {
  return fake as unknown as MediaStreamTrack
}

/** A MediaStream that only collects tracks. */
export function fakeStream(tracks: MediaStreamTrack[] = []): MediaStream {
  return {
    addTrack: (track: MediaStreamTrack) => tracks.push(track),
    getTracks: () => tracks,
    getAudioTracks: () => tracks.filter(({ kind }) => kind === 'audio'),
    getVideoTracks: () => tracks.filter(({ kind }) => kind === 'video'),
  } as unknown as MediaStream
}
