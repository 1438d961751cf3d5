import { beforeEach, describe, expect, it } from 'vitest'
import type { Limitation } from 'vidchat-kit'
import { FakeClock } from '../../kit/testing/fake-clock.ts'
import { INTERVAL, QualityMonitor, type Watched } from './monitor.svelte.ts'

/** A connection whose browser counts packets, of which a share is lost. */
class FakeConnection {
  asked = 0
  loss = 0
  limitation: Limitation = 'none'
  #received = 0
  #lost = 0

  readonly getTransceivers = () => []
  readonly getStats = async () => {
    this.asked++
    this.#received += 100
    this.#lost += 100 * this.loss
    return new Map<string, object>([
      ['T', { type: 'transport', selectedCandidatePairId: 'P' }],
      [
        'P',
        { type: 'candidate-pair', timestamp: this.asked * INTERVAL, currentRoundTripTime: 0.1 },
      ],
      ['I', { type: 'inbound-rtp', packetsReceived: this.#received, packetsLost: this.#lost }],
      [
        'O',
        {
          type: 'outbound-rtp',
          kind: 'video',
          mediaSourceId: 'S',
          frameWidth: 320,
          frameHeight: 180,
          qualityLimitationReason: this.limitation,
        },
      ],
      ['S', { type: 'media-source', width: 1280, height: 720 }],
    ])
  }
}

let clock: FakeClock
let people: Watched[]
let theirs: Limitation
let told: [string, Limitation][]
let hidden: boolean
let monitor: QualityMonitor
let stop: () => void

function person(id: string, connection: FakeConnection): Watched {
  return { id, connection: 'connected', rtc: connection as unknown as RTCPeerConnection }
}

beforeEach(() => {
  clock = new FakeClock()
  people = []
  theirs = 'none'
  told = []
  hidden = false
  monitor = new QualityMonitor({
    participants: () => people,
    limitationOf: () => theirs,
    tell: (id, limitation) => told.push([id, limitation]),
    clock,
    isHidden: () => hidden,
  })
  stop = monitor.watch()
})

const looks = (count: number) => clock.advance(count * INTERVAL)

describe('the watch over a call', () => {
  it('tells how good a connection is from the second look on', async () => {
    people = [person('ann', new FakeConnection())]
    await looks(1)
    expect(monitor.peers.size).toBe(0)
    await looks(1)
    expect(monitor.peers.get('ann')?.sample).toMatchObject({ roundTrip: 100, lossIn: 0 })
    people = []
    await looks(1)
    expect(monitor.peers.size).toBe(0)
  })

  it('shows a cause once it stays, and no longer once all stays well', async () => {
    const rtc = new FakeConnection()
    people = [person('ann', rtc)]
    rtc.loss = 0.2
    await looks(3)
    expect(monitor.peers.get('ann')?.cause).toBeUndefined()
    await looks(1)
    expect(monitor.peers.get('ann')?.cause).toBe('loss')
    rtc.loss = 0
    await looks(3)
    expect(monitor.peers.get('ann')?.cause).toBe('loss')
    await looks(1)
    expect(monitor.peers.get('ann')?.cause).toBeUndefined()
  })

  it('heeds what the others say of themselves', async () => {
    people = [person('ann', new FakeConnection())]
    theirs = 'cpu'
    await looks(4)
    expect(monitor.peers.get('ann')?.cause).toBe('computer')
  })

  it('tells the others what limits us for as long as it does, and once that it does no longer', async () => {
    const rtc = new FakeConnection()
    people = [person('ann', rtc)]
    rtc.limitation = 'bandwidth'
    await looks(3)
    rtc.limitation = 'none'
    await looks(3)
    expect(told.map(([, limitation]) => limitation)).toEqual(['bandwidth', 'bandwidth', 'none'])
  })

  it('still tells the others while the tab is hidden, which shows nothing', async () => {
    const rtc = new FakeConnection()
    people = [person('ann', rtc)]
    hidden = true
    rtc.limitation = 'cpu'
    await looks(5)
    expect(told).toContainEqual(['ann', 'cpu'])
    expect([monitor.peers.size, monitor.own]).toEqual([0, undefined])
    hidden = false
    await looks(1)
    expect(monitor.peers.size).toBe(1)
  })

  it('begins anew with another connection to the same person', async () => {
    people = [person('ann', new FakeConnection())]
    await looks(3)
    people = [person('ann', new FakeConnection())]
    await looks(1)
    expect(monitor.peers.size).toBe(0)
  })

  it('ends', async () => {
    const rtc = new FakeConnection()
    people = [person('ann', rtc)]
    stop()
    await looks(3)
    expect(rtc.asked).toBe(0)
  })
})
