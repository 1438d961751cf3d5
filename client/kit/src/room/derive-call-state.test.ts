import { describe, expect, it } from 'vitest'
import type { CallState, PeerConnectionStatus, SeatStatus } from './call-state.ts'
import { deriveCallState, type Others } from './derive-call-state.ts'

const withConnections = (...connections: PeerConnectionStatus[]): Others => ({
  participants: connections.map((connection) => ({ connection, seat: 'online' })),
  lastToLeave: undefined,
})
const withSeats = (...seats: SeatStatus[]): Others => ({
  participants: seats.map((seat) => ({ connection: 'connected', seat })),
  lastToLeave: undefined,
})
const entering: CallState = { name: 'entering', signaling: 'connecting' }
const talking: CallState = {
  name: 'talking',
  signaling: 'connected',
  media: 'connected',
  others: 'online',
}

describe('the state of a call', () => {
  it.each([undefined, 'Ann', ''])(
    'is waiting while nobody else is here (left: %j)',
    (lastToLeave) => {
      for (const signaling of ['connected', 'disconnected'] as const) {
        expect(deriveCallState({ participants: [], lastToLeave }, entering, signaling)).toEqual({
          name: 'waiting',
          signaling,
          lastToLeave,
        })
      }
    },
  )

  it.each<[PeerConnectionStatus[], CallState, string, string]>([
    [['none'], entering, 'connecting', 'connecting'],
    [['connecting'], entering, 'connecting', 'connecting'],
    [['failing'], entering, 'connecting', 'failing'],
    [['rejected'], entering, 'connecting', 'rejected'],
    [['rejected', 'connecting'], entering, 'connecting', 'connecting'],
    [['connected'], entering, 'talking', 'connected'],
    [['connecting', 'connected', 'rejected'], entering, 'talking', 'connected'],
    [['reconnecting'], talking, 'talking', 'reconnecting'],
    [['failing'], talking, 'talking', 'failing'],
    [['none'], talking, 'connecting', 'connecting'],
  ])('with connections %j follows the best one', (connections, previous, name, media) => {
    const state = deriveCallState(withConnections(...connections), previous, 'connected')
    expect(state).toMatchObject({ name, media })
  })

  it.each<[SeatStatus[], string]>([
    [['online'], 'online'],
    [['away'], 'away'],
    [['gone'], 'away'],
    [['away', 'online'], 'online'],
  ])('with seats %j has the others %s', (seats, others) => {
    const state = deriveCallState(withSeats(...seats), talking, 'connected')
    expect(state).toMatchObject({ others })
  })
})
