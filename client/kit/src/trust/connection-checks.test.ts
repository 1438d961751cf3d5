import { beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../testing/fake-clock.ts'
import {
  asPeerConnection,
  FakePeerConnection,
  FakeTransport,
} from '../../testing/fake-peer-connection.ts'
import { certificateOf, fingerprintLine, fingerprintOf } from '../../testing/fingerprint-line.ts'
import { CODE_TIMEOUT, ConnectionChecks } from './connection-checks.ts'
import { DescriptionMac } from './description-mac.ts'
import { Verification, type VerificationStatus } from './verification.ts'

const { subtle } = crypto
const remoteSdp = `${fingerprintLine('BOB')}\r\nm=audio 9 X\r\nm=application 9 X\r\n`

/** One side of a call with Bob. */
class Side {
  readonly pc = new FakePeerConnection()
  readonly clock = new FakeClock()
  readonly sent: object[] = []
  readonly reports: VerificationStatus[] = []
  readonly checks: ConnectionChecks

  constructor(
    readonly verification: Verification,
    fingerprints = { local: fingerprintOf('ANN'), remote: fingerprintOf('BOB') },
  ) {
    this.pc.remoteDescription = { type: 'offer', sdp: remoteSdp }
    this.pc.addTransceiver('audio', { direction: 'sendrecv' })
    const { pc, sent } = this
    const peer = {
      get connection() {
        return pc.connectionState === 'closed' ? undefined : asPeerConnection(pc)
      },
      fingerprints,
      send: (message: object) => sent.push(message),
    }
    const report = (status: VerificationStatus) => this.reports.push(status)
    this.checks = new ConnectionChecks(peer, verification, this.clock, report)
  }

  connect(certificate = 'BOB'): Promise<void> {
    this.pc.enterState('connected')
    this.pc.transport.certificates = [certificateOf(certificate)]
    return this.checks.check()
  }
}

const keyed = () =>
  new Verification(subtle, new DescriptionMac(subtle, 'room', [new Uint8Array(16)]))
const bare = () => new Verification(subtle, undefined)
let ann: Side

describe('a connection with a key', () => {
  beforeEach(() => (ann = new Side(keyed())))

  it('is verified once DTLS has used the certificate', async () => {
    await ann.checks.check()
    expect(ann.reports).toEqual([])
    await ann.connect()
    expect(ann.reports).toEqual([{ name: 'verified' }])
    await ann.checks.check()
    expect(ann.reports).toHaveLength(1)
    expect(ann.sent).toEqual([])
  })

  it.each([true, false])('has failed with another certificate, with a key: %j', async (has) => {
    ann = new Side(has ? keyed() : bare())
    await ann.connect('EVE')
    expect(ann.reports).toEqual([{ name: 'failed' }])
    expect(ann.sent).toEqual([])
  })

  it('has failed if a later negotiation brings another certificate', async () => {
    await ann.connect()
    ann.pc.transport.certificates = [certificateOf('EVE')]
    await ann.checks.check()
    expect(ann.reports).toEqual([{ name: 'verified' }, { name: 'failed' }])
  })

  it('has failed if one of several transports has another certificate', async () => {
    const other = new FakeTransport()
    other.certificates = [certificateOf('EVE')]
    ann.pc.getSenders = () => [{ transport: other } as never]
    await ann.connect()
    expect(ann.reports).toEqual([{ name: 'verified' }]) // the other is still connecting
    other.state = 'connected'
    other.dispatchEvent(new Event('statechange'))
    await ann.checks.check()
    expect(ann.reports[1]).toEqual({ name: 'failed' })
  })

  it('waits for a certificate that comes late', async () => {
    ann.pc.enterState('connected')
    ann.pc.transport.certificates = []
    await ann.checks.check()
    expect(ann.reports).toEqual([])
    ann.pc.transport.certificates = [certificateOf('BOB')]
    ann.pc.transport.dispatchEvent(new Event('statechange'))
    await vi.waitFor(() => expect(ann.reports).toEqual([{ name: 'verified' }]))
  })

  it('looks again if no event says that the certificate has come', async () => {
    ann.pc.enterState('connected')
    ann.pc.transport.certificates = []
    await ann.checks.check()
    expect(ann.reports).toEqual([])
    ann.pc.transport.certificates = [certificateOf('BOB')]
    await ann.clock.advance(500)
    await vi.waitFor(() => expect(ann.reports).toEqual([{ name: 'verified' }]))
  })

  // About once in 250 calls, the state in Chromium is the one before.
  it('is verified though its transport still says that it is connecting', async () => {
    ann.pc.enterState('connected')
    Object.assign(ann.pc.transport, { state: 'connecting', certificates: [] })
    await ann.checks.check()
    expect(ann.reports).toEqual([])
    ann.pc.transport.certificates = [certificateOf('BOB')]
    await ann.clock.advance(500)
    await vi.waitFor(() => expect(ann.reports).toEqual([{ name: 'verified' }]))
    ann.pc.transport.certificates = [certificateOf('EVE')]
    await ann.checks.check()
    expect(ann.reports[1]).toEqual({ name: 'failed' })
  })

  it('relies on the description in a browser that does not tell the certificate', async () => {
    Object.assign(ann.pc.transport, { getRemoteCertificates: undefined })
    await ann.connect()
    expect(ann.reports).toEqual([{ name: 'verified' }])
  })

  it('reports nothing once it is closed', async () => {
    ann.pc.enterState('connected')
    ann.pc.close()
    await ann.checks.check()
    expect(ann.reports).toEqual([])
  })

  it('is not verified if the check itself fails', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    ann.pc.transport.getRemoteCertificates = () => {
      throw new Error('no')
    }
    await ann.connect()
    expect(ann.reports).toEqual([{ name: 'failed' }])
    warn.mockRestore()
  })
})

describe('a connection without a key', () => {
  beforeEach(() => (ann = new Side(bare())))

  it('has a code, also if the other side is faster', async () => {
    const bob = new Side(bare(), { local: fingerprintOf('BOB'), remote: fingerprintOf('ANN') })
    await bob.connect('ANN')
    const pass = (from: Side, to: Side) => {
      for (const message of from.sent.splice(0)) to.checks.receive(JSON.stringify(message))
    }
    await vi.waitFor(() => expect(bob.sent).toHaveLength(1))
    pass(bob, ann)
    await ann.connect()
    await vi.waitFor(() => {
      pass(bob, ann)
      pass(ann, bob)
      expect([ann.reports.length, bob.reports.length]).toEqual([1, 1])
    })
    expect(ann.reports).toEqual([{ name: 'code', code: expect.stringMatching(/^\d{6}$/) }])
    expect(bob.reports).toEqual(ann.reports)
    await ann.clock.advance(CODE_TIMEOUT)
    expect(ann.reports).toHaveLength(1)
  })

  it('has failed if the other side cheats', async () => {
    await ann.connect()
    for (const message of [{ commit: 'x' }, { reveal: 'AAAA' }]) {
      ann.checks.receive(JSON.stringify(message))
    }
    await vi.waitFor(() => expect(ann.reports).toEqual([{ name: 'failed' }]))
    await ann.clock.advance(CODE_TIMEOUT)
    expect(ann.reports).toHaveLength(1)
  })

  it.each(['', '{', '[]', 'null', '{"commit":1}'])('ignores %j', async (data) => {
    ann.checks.receive(data)
    await ann.connect()
    ann.checks.receive(data)
    await vi.waitFor(() => expect(ann.sent).toHaveLength(1))
    expect(ann.reports).toEqual([])
  })

  const none = { name: 'unavailable', reason: 'no-code' }

  it('has no code if the other side takes no part', async () => {
    await ann.connect()
    await ann.clock.advance(CODE_TIMEOUT)
    expect(ann.reports).toEqual([none])
  })

  it('has no code with an old client, which has no data channel', async () => {
    ann.pc.remoteDescription = { type: 'offer', sdp: fingerprintLine('BOB') }
    await ann.connect()
    expect([ann.reports, ann.sent]).toEqual([[none], []])
  })

  it('has no code after too many exchanges were broken off', async () => {
    ann.verification.codes.left = 0
    await ann.connect()
    expect([ann.reports, ann.sent]).toEqual([[none], []])
  })

  it('has none on an insecure page', async () => {
    ann = new Side(new Verification(undefined, undefined))
    await ann.connect()
    expect(ann.reports).toEqual([{ name: 'unavailable', reason: 'insecure' }])
  })
})
