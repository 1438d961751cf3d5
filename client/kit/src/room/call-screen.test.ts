import { beforeEach, describe, expect, it } from 'vitest'
import type { Description } from '../signaling/protocol.ts'
import { answerOf, CallTest, offerOf } from '../../testing/call-test.ts'
import { settle } from '../../testing/fake-clock.ts'
import { asTrack, FakeTrack, fakeStream } from '../../testing/fake-peer-connection.ts'

let t: CallTest

beforeEach(async () => {
  t = new CallTest()
  await t.talk('them')
})

/** With sections for a screen, which they send. */
const withScreen = ({ type, sdp }: Description): Description => ({
  type,
  sdp: `${sdp}\nm=audio 9 X\na=sendonly\nm=video 9 X\na=sendonly`,
})

const participant = () => t.call.participants[0]
const screenKinds = () =>
  participant()
    ?.screenStream?.getTracks()
    .map(({ kind }) => kind)

function tell(state: object): void {
  const data = JSON.stringify({ muted: false, camera: true, ...state })
  t.lastConnection.channel?.onmessage?.({ data })
}

function share(): void {
  const tracks = { audio: null, video: asTrack(new FakeTrack('video')) }
  t.screen = { tracks, stream: fakeStream() }
  t.call.updateTracks()
  t.call.sendMediaState()
}

describe('the screen of a participant', () => {
  const arrives = () => t.receive(withScreen(offerOf('OF them')), 'them', { offer: 2 })
  const isTold = async () => tell({ screen: true, screenBeside: true })

  it.each([
    ['after it is told', [isTold, arrives]],
    ['before it is told', [arrives, isTold]],
  ])('is there once it arrived and is told: it arrives %s', async (_, [first, second]) => {
    await first?.()
    expect(screenKinds()).toBeUndefined()
    await second?.()
    expect(screenKinds()).toEqual(['audio', 'video'])
    expect(participant()?.mediaState).toMatchObject({ screen: true, camera: true })
    expect(participant()?.screenReplacesCamera).toBe(false)
    tell({ screen: false, screenBeside: true })
    expect(screenKinds()).toBeUndefined()
  })

  it('is gone with the connection, and there with the next one', async () => {
    await isTold()
    await arrives()
    await t.receive(offerOf('RELOADED'), 'them', { offer: 1 })
    expect(screenKinds()).toBeUndefined()
    expect(participant()?.mediaState).toBeUndefined()
    await isTold()
    await t.receive(withScreen(offerOf('RELOADED')), 'them', { offer: 2 })
    expect(screenKinds()).toEqual(['audio', 'video'])
  })

  it('replaces the camera on an earlier page', () => {
    tell({ screen: true })
    expect(participant()?.screenReplacesCamera).toBe(true)
    expect(screenKinds()).toBeUndefined()
  })
})

describe('our screen', () => {
  it('is offered to those whose page takes it, and told to all', async () => {
    tell({ screen: false, screenBeside: true })
    const { channel } = t.lastConnection
    channel?.open()
    share()
    await settle()
    expect(t.server.descriptions).toEqual(['offer them'])
    const told = channel?.sent.map((data) => JSON.parse(data)).filter((each) => 'camera' in each)
    expect(told?.at(-1)).toMatchObject({ camera: true, screen: true })
    await t.receive(withScreen(answerOf('OF them')), 'them')
    expect(t.lastConnection.getSenders().at(-1)?.track).toBe(t.screen?.tracks.video)
  })

  it('is sent to whoever comes later as well', async () => {
    share()
    t.server.emit.join('late', '')
    await t.receive(offerOf('OF late'), 'late', { offer: 1 })
    tell({ screen: false, screenBeside: true })
    await settle()
    expect(t.lastConnection.getSenders().at(-1)?.track).toBe(t.screen?.tracks.video)
    expect(t.server.descriptions).toEqual(['answer late', 'offer late'])
  })
})
