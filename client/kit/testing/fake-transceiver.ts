/** Tracks, and the transceivers that send and receive them. */

export type Direction = RTCRtpTransceiverDirection

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

export class FakeTransceiver {
  mid: string | null = null
  /** What the last description of ours wants. */
  described: Direction | null = null
  currentDirection: Direction | null = null
  #direction: Direction
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
    private readonly onDirection: () => void,
    readonly reusable = false,
  ) {
    this.receiver = {
      track: new FakeTrack(kind),
      transport,
      getSynchronizationSources: () => [{ audioLevel: this.audioLevel }],
    }
    this.#direction = direction
    this.sender.track = track
    this.sender.transport = transport
  }

  get direction(): Direction {
    return this.#direction
  }

  set direction(direction: Direction) {
    this.#direction = direction
    this.onDirection()
  }

  /** Both sides have described what they want. */
  negotiate(remote: Direction): void {
    this.currentDirection = directionOf(
      sends(this.direction) && receives(remote),
      receives(this.direction) && sends(remote),
    )
  }
}

export const sends = (direction: Direction | null) =>
  direction === 'sendrecv' || direction === 'sendonly'
export const receives = (direction: Direction | null) =>
  direction === 'sendrecv' || direction === 'recvonly'

function directionOf(sends: boolean, receives: boolean): Direction {
  if (sends) return receives ? 'sendrecv' : 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}

/** The one DTLS transport of a connection. */
export class FakeTransport extends EventTarget {
  state: RTCDtlsTransportState = 'new'
  certificates: ArrayBuffer[] = []

  getRemoteCertificates(): ArrayBuffer[] {
    return this.certificates
  }
}
