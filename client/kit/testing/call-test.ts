/** A call among fakes: its server, its peer connections, its clock. */
import { fingerprintLine } from './fingerprint-line.ts'
import { vi } from 'vitest'
import type { CallLink } from '../src/room/call-link.ts'
import type { CallDeps } from '../src/room/call-deps.ts'
import { Call } from '../src/room/call.ts'
import { PasswordStore } from '../src/room/password-store.ts'
import { IceServers } from '../src/rtc/ice-servers.ts'
import type { Description, DescriptionPayload } from '../src/signaling/protocol.ts'
import { SpareConnection } from '../src/rtc/spare-connection.ts'
import type { Outgoing } from '../src/rtc/transceivers.ts'
import { loadTrust } from '../src/trust/load.ts'
import { FakeClock, settle } from './fake-clock.ts'
import {
  asPeerConnection,
  asTrack,
  FakePeerConnection,
  FakeTrack,
  fakeStream,
} from './fake-peer-connection.ts'
import { FakeSignaling } from './fake-signaling.ts'
import { memory } from './memory.ts'

// Loaded before, as it is by the page, so that a call takes no longer than its promises.
await loadTrust()

export const key = Uint8Array.from({ length: 16 }, (_, index) => index)
export const joinOptions = { name: 'Me', password: '' }
export const talking = {
  name: 'talking',
  signaling: 'connected',
  media: 'connected',
  others: 'online',
}

export const offerOf = (fingerprint: string): Description => ({
  type: 'offer',
  sdp: `${fingerprintLine(fingerprint)}\nm=application 9 X\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`,
})
export const answerOf = (fingerprint: string): Description => ({
  ...offerOf(fingerprint),
  type: 'answer',
})

export class CallTest {
  readonly server = new FakeSignaling()
  readonly clock = new FakeClock()
  /** Every connection, also one that nobody has taken yet. */
  readonly made: FakePeerConnection[] = []
  readonly setVideoProfile = vi.fn()
  readonly stopMedia = vi.fn()
  mediaReady = Promise.resolve()
  /** What outlasts a reload. */
  readonly tab = memory()
  /** The screen that we share. */
  screen: Outgoing | undefined
  /** The time for the age of ICE servers, in ms. */
  now = 0
  call: Call

  constructor(link: CallLink = { room: 'room', password: false }) {
    this.call = this.newCall(link)
  }

  iceResponse = async (): Promise<Response> =>
    Response.json({ iceServers: [{ urls: 'turn:t.example' }] })

  /** What a call is made of. */
  newDeps(): CallDeps {
    const createPeerConnection = (servers: RTCIceServer[]) => {
      const connection = new FakePeerConnection(servers)
      this.made.push(connection)
      return asPeerConnection(connection)
    }
    const iceServers = new IceServers(
      () => this.iceResponse(),
      () => this.now,
    )
    const { clock } = this
    return {
      reactive: (values) => values,
      openSignaling: this.server.open,
      createPeerConnection,
      createStream: fakeStream,
      iceServers,
      spare: new SpareConnection({ createPeerConnection, iceServers, clock }),
      clock,
      passwords: new PasswordStore(this.tab),
      subtle: crypto.subtle,
    }
  }

  newCall(link: CallLink): Call {
    const tracks = {
      audio: asTrack(new FakeTrack('audio')),
      video: asTrack(new FakeTrack('video')),
    }
    return new Call(link, this.newDeps(), {
      stream: fakeStream(),
      ready: () => this.mediaReady,
      tracks: () => tracks,
      sharedScreen: () => this.screen,
      mediaState: () => ({
        muted: false,
        camera: true,
        screen: this.screen !== undefined,
      }),
      setVideoProfile: this.setVideoProfile,
      stop: this.stopMedia,
    })
  }

  /** Those to participants, in the order in which the call created them. */
  get connections(): FakePeerConnection[] {
    return this.made.filter(({ onicecandidate }) => onicecandidate !== null)
  }

  get lastConnection(): FakePeerConnection {
    return this.connections.at(-1) as FakePeerConnection
  }

  /** `more` is what is signed with the description, and the MAC. */
  async receive(
    description: Description,
    from: string,
    more: Partial<DescriptionPayload> = {},
  ): Promise<void> {
    this.server.emit.message({ ...more, sdp: description }, from)
    await vi.waitFor(settle)
    await settle()
  }

  /** Joins a room in which `peers` are already. */
  async join(peers: string[] = []): Promise<void> {
    this.call.join(joinOptions)
    this.server.emit.connected()
    this.server.giveSeat(peers)
    await settle()
  }

  /** Joins a room in which `peers` are already, and connects to each. */
  async talk(...peers: string[]): Promise<void> {
    const before = this.connections.length
    await this.join(peers)
    for (const [index, id] of peers.entries()) {
      await this.receive(answerOf(`OF ${id}`), id)
      this.connections[before + index]?.enterState('connected')
    }
    this.server.sent.length = 0
  }
}
