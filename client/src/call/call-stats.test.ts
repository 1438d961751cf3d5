import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock, settle } from '../../kit/testing/fake-clock.ts'
import { reportCall, type CallReport, type StatsSource } from './call-stats.ts'

let clock: FakeClock
let time: number
let sent: CallReport[]
let people: (StatsSource & { connection: StatsSource['connection']; restarts: number })[]
let stop: () => void

let asked: number

const pair = (type: string, frames: number) =>
  ({
    getTransceivers: () => [],
    getStats: async () => {
      asked++
      return new Map<string, object>([
        ['t', { type: 'transport', selectedCandidatePairId: 'p' }],
        ['p', { type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r' }],
        ['l', { type: 'local-candidate', candidateType: type }],
        ['r', { type: 'remote-candidate', candidateType: 'host' }],
        ['v', { type: 'inbound-rtp', kind: 'video', framesDecoded: frames }],
      ])
    },
  }) as unknown as RTCPeerConnection

const person = (id: string) => ({
  id,
  connection: 'connecting' as StatsSource['connection'],
  restarts: 0,
  rtc: undefined as RTCPeerConnection | undefined,
  wanted: 'full' as const,
  mediaState: undefined,
})

const mediaState = (state: object) => ({ ...SEEN, ...state })
const SEEN = {
  muted: false,
  camera: true,
  screen: false,
  screenBeside: false,
  want: 'full' as const,
}

beforeEach(() => {
  clock = new FakeClock()
  time = 0
  asked = 0
  sent = []
  people = []
  stop = reportCall({
    participants: () => people,
    clock,
    now: () => time,
    send: (report) => sent.push(report),
  })
})

async function pass(ms: number): Promise<void> {
  for (const end = time + ms; time < end;) {
    const step = Math.min(100, end - time)
    time += step
    await clock.advance(step)
    await settle()
  }
}

describe('the report about a call', () => {
  it('tells how long the first picture took, and by which path', async () => {
    const ann = person('ann')
    people = [ann]
    await pass(100)
    ann.connection = 'connected'
    ann.rtc = pair('relay', 0)
    await pass(300)
    ann.rtc = pair('relay', 1)
    await pass(100)
    ann.restarts = 2
    await pass(5000)
    expect(sent).toEqual([])
    stop()
    expect(sent).toEqual([{ result: 'connected', path: 'relayed', firstFrame: 400, restarts: 2 }])
  })

  it.each<[StatsSource['connection'], CallReport['result']]>([
    ['connecting', 'left'],
    ['failing', 'failed'],
    ['rejected', 'rejected'],
  ])('tells why there was no connection: %s', async (connection, result) => {
    people = [{ ...person('ann'), connection }]
    await pass(200)
    people = []
    await pass(100)
    expect(sent).toEqual([{ result, path: 'unknown', firstFrame: 0, restarts: 0 }])
  })

  it('is made once for each participant, also for one who comes back', async () => {
    people = [person('ann'), person('bo')]
    await pass(100)
    people = []
    await pass(100)
    people = [person('ann')]
    await pass(100)
    stop()
    stop()
    expect(sent).toHaveLength(2)
  })

  it('asks the browser ever less often for the picture of one without a camera', async () => {
    people = [person('ann')]
    await pass(100)
    people = [{ ...person('ann'), connection: 'connected', rtc: pair('host', 0) }]
    await pass(1000)
    expect(asked).toBeGreaterThanOrEqual(8)
    await pass(9000)
    expect(asked).toBeLessThan(40)
    await pass(50_000)
    expect(asked).toBeLessThan(60)
    await pass(60_000)
    const before = asked
    await pass(60_000)
    expect(asked).toBe(before)
  })

  it.each([
    ['not wanted at first', { wanted: 'none' as const }],
    ['off at first', { mediaState: mediaState({ camera: false }) }],
  ])('takes no time of a picture that was %s', async (_, unseen) => {
    const ann = { ...person('ann'), connection: 'connected' as const, rtc: pair('host', 0) }
    people = [person('ann')]
    await pass(100)
    people = [{ ...ann, ...unseen }]
    await pass(500)
    const before = asked
    await pass(5000)
    expect(asked).toBe(before)
    people = [{ ...ann, rtc: pair('host', 9) }]
    await pass(5000)
    stop()
    expect(sent).toEqual([{ result: 'connected', path: 'direct', firstFrame: 0, restarts: 0 }])
  })

  it('takes no time of a connection that is older than the first look', async () => {
    people = [{ ...person('ann'), connection: 'connected', rtc: pair('host', 9) }]
    await pass(5000)
    stop()
    expect(sent).toEqual([{ result: 'connected', path: 'direct', firstFrame: 0, restarts: 0 }])
  })

  it('does not forget that there was a connection', async () => {
    people = [{ ...person('ann'), connection: 'connected', rtc: pair('host', 9) }]
    await pass(100)
    people = [{ ...person('ann'), connection: 'failing' }]
    await pass(5000)
    stop()
    expect(sent).toMatchObject([{ result: 'connected', path: 'direct' }])
  })
})
