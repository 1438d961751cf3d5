/**
 * An RTCPeerConnection without a network: the signaling state machine,
 * transceivers and tracks as in the standard, and short readable descriptions.
 */
import { certificateIn, fingerprintLine } from './fingerprint-line.ts'

type Direction = RTCRtpTransceiverDirection

export class FakeTrack extends EventTarget {
  readonly kind: string
  readonly label: string
  readonly settings: MediaTrackSettings = {}
  enabled = true
  muted = false
  readyState: MediaStreamTrackState = 'live'
  readonly constraints: MediaTrackConstraints[] = []

  constructor(kind: string, label = '') {
    super()
    this.kind = kind
    this.label = label
  }

  stop(): void {
    this.readyState = 'ended'
  }

  async applyConstraints(constraints: MediaTrackConstraints): Promise<void> {
    this.constraints.push(constraints)
  }

  /** Silences the track, or lets it sound again, as the system does. */
  setMuted(muted: boolean): void {
    this.muted = muted
    this.dispatchEvent(new Event(muted ? 'mute' : 'unmute'))
  }

  /** Ends the track as a browser does when the device is unplugged. */
  end(): void {
    this.readyState = 'ended'
    this.dispatchEvent(new Event('ended'))
  }

  getSettings(): MediaTrackSettings {
    return this.settings
  }
}

class FakeTransceiver {
  mid: string | null = null
  direction: Direction
  currentDirection: Direction | null = null
  readonly receiver: {
    track: FakeTrack
    transport: FakeTransport
    getSynchronizationSources: () => object[]
  }
  /** The level of the received audio, as the browser reports it. */
  audioLevel = 0
  readonly sender = {
    track: null as unknown,
    transport: undefined as unknown,
    parameters: { encodings: [{}] } as RTCRtpSendParameters,
    getParameters: () => this.sender.parameters,
    keyFrames: 0,
    setParameters: async (parameters: RTCRtpSendParameters, options?: object) => {
      this.sender.parameters = parameters
      if (options) this.sender.keyFrames++
    },
    replaceTrack: async (track: unknown) => void (this.sender.track = track),
    setStreams: () => undefined,
  }

  /** `reusable`: added by addTrack, so that a remote offer may use it. */
  constructor(
    kind: string,
    direction: Direction,
    track: unknown,
    transport: FakeTransport,
    readonly reusable = false,
  ) {
    this.receiver = {
      track: new FakeTrack(kind),
      transport,
      getSynchronizationSources: () => [{ audioLevel: this.audioLevel }],
    }
    this.direction = direction
    this.sender.track = track
    this.sender.transport = transport
  }

  stop(): void {
    this.direction = 'stopped'
  }
}

/** The one DTLS transport of a connection. */
export class FakeTransport extends EventTarget {
  state: RTCDtlsTransportState = 'new'
  certificates: ArrayBuffer[] = []

  getRemoteCertificates(): ArrayBuffer[] {
    return this.certificates
  }
}

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
  ontrack: ((event: { track: FakeTrack }) => void) | null = null
  /** What the browser makes of a remote description. */
  read = (sdp: string): string => sdp
  #transceivers: FakeTransceiver[] = []
  #offers = 0
  #mids = 0

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

  addTransceiver(kind: string, init: { direction: Direction }): void {
    this.#transceivers.push(new FakeTransceiver(kind, init.direction, null, this.transport))
    this.#checkNegotiationNeeded()
  }

  addTrack(track: FakeTrack): void {
    this.#transceivers.push(
      new FakeTransceiver(track.kind, 'sendrecv', track, this.transport, true),
    )
    this.#checkNegotiationNeeded()
  }

  /** As in Chromium, one that was stopped before it was part of an offer asks for ever. */
  #checkNegotiationNeeded(): void {
    if (this.signalingState !== 'stable') return
    if (this.#transceivers.every(({ mid }) => mid !== null)) return
    queueMicrotask(() => this.onnegotiationneeded?.())
  }

  createDataChannel(): FakeChannel {
    return (this.channel = new FakeChannel())
  }

  async setLocalDescription(): Promise<void> {
    const answers = this.signalingState === 'have-remote-offer'
    this.signalingState = answers ? 'stable' : 'have-local-offer'
    if (answers) this.currentRemoteDescription = this.remoteDescription
    if (answers) this.#transceivers.forEach((each) => (each.currentDirection = each.direction))
    this.localDescription = { type: answers ? 'answer' : 'offer', sdp: this.#write(answers) }
    this.#checkNegotiationNeeded()
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve()
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') {
      throw new DOMException('no offer to answer', 'InvalidStateError')
    }
    this.#updateVideoFrozen(description)
    this.remoteDescription = { ...description, sdp: this.read(description.sdp ?? '') }
    if (description.type === 'answer') {
      this.signalingState = 'stable'
      this.currentRemoteDescription = description
      this.#transceivers
        .filter(({ direction }) => direction !== 'stopped')
        .forEach((each) => this.#associate(each))
      return this.#checkNegotiationNeeded()
    }
    this.signalingState = 'have-remote-offer'
    this.#readOffer(description.sdp ?? '')
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

  #associate(transceiver: FakeTransceiver): void {
    transceiver.mid ??= String(this.#mids++)
  }

  /** As in the standard, transceivers made by addTransceiver are not reused for a remote offer. */
  #readOffer(sdp: string): void {
    for (const [, kind = '', direction] of sdp.matchAll(/^m=(audio|video) .*\r?\na=(\w+)/gm)) {
      const ofKind = this.#transceivers.filter(({ receiver }) => receiver.track.kind === kind)
      if (ofKind.some(({ mid }) => mid !== null)) continue
      const transceiver =
        ofKind.find(({ reusable }) => reusable) ??
        new FakeTransceiver(kind, 'recvonly', null, this.transport)
      this.#associate(transceiver)
      if (!ofKind.includes(transceiver)) this.#transceivers.push(transceiver)
      if (direction === 'sendrecv') this.ontrack?.({ track: transceiver.receiver.track })
    }
  }

  /** An answer has only the sections of the offer. */
  #write(isAnswer: boolean): string {
    const used = this.#transceivers.filter(
      ({ mid, direction }) => mid !== null || !(isAnswer || direction === 'stopped'),
    )
    const sections = used.map(
      ({ receiver, direction }, index) =>
        `m=${receiver.track.kind} 9 X\na=${direction}\na=ssrc:${index + 1} cname:${this.name}`,
    )
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
export function fakeStream(): MediaStream {
  const tracks: MediaStreamTrack[] = []
  return {
    addTrack: (track: MediaStreamTrack) => tracks.push(track),
    getTracks: () => tracks,
  } as unknown as MediaStream
}
