import { expect, it } from 'vitest'
import { SeatStore } from 'vidchat-kit'
import { FakeClock, settle } from '../../kit/testing/fake-clock.ts'
import { OtherTabs, type TabChannel } from './other-tabs.svelte.ts'

const token = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Tabs of one browser: each hears what the others post. */
function browser() {
  const channels: TabChannel[] = []
  return () => {
    const channel: TabChannel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of channels) {
          if (other !== channel) other.onmessage?.({ data } as MessageEvent)
        }
      },
    }
    channels.push(channel)
    const seats = new SeatStore(undefined)
    const clock = new FakeClock()
    const tabs = new OtherTabs(channel, seats, clock)
    tabs.watch('room')
    return { tabs, seats, clock }
  }
}

it('know which tab is in the call', () => {
  const open = browser()
  const first = open()
  first.tabs.join()
  const second = open()
  expect([first.tabs.isElsewhere, second.tabs.isElsewhere]).toEqual([false, true])
  first.tabs.leave()
  expect(second.tabs.isElsewhere).toBe(false)
})

it('that were open before learn of it, too', () => {
  const open = browser()
  const [first, second] = [open(), open()]
  first.tabs.join()
  expect(second.tabs.isElsewhere).toBe(true)
})

it('with other calls are of no interest', () => {
  const open = browser()
  const [first, second] = [open(), open()]
  second.tabs.watch('another')
  first.tabs.join()
  expect(second.tabs.isElsewhere).toBe(false)
})

it('hand over their seat to the one that joins', async () => {
  const open = browser()
  const [first, second] = [open(), open()]
  first.seats.set('room', { token, seen: 7 })
  first.tabs.join()
  await second.tabs.takeSeat()
  second.tabs.join()
  expect(second.seats.get('room')).toEqual({ token, seen: 7 })
  expect([first.tabs.isElsewhere, second.tabs.isElsewhere]).toEqual([true, false])
})

it('that are frozen keep nobody waiting', async () => {
  const { tabs, clock } = browser()()
  let taken = false
  void tabs.takeSeat().then(() => (taken = true))
  await clock.advance(499)
  expect(taken).toBe(false)
  await clock.advance(1)
  await settle()
  expect(taken).toBe(true)
})
