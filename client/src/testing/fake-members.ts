/** People whose pages talk to each other without a network. */
import type { Member } from '../talk/member.ts'
import { Talk } from '../talk/talk.svelte.ts'
import type { VerificationStatus } from 'vidchat-kit'
import type { FakeClock } from '../../kit/testing/fake-clock.ts'
import { asRtc, rtcPair, type FakeRtc } from './fake-channels.ts'

/** Somebody as another page sees them. */
export class FakeMember implements Member {
  readonly id: string
  readonly name: string
  verification: VerificationStatus = { name: 'verified' }
  connection = 'connected'
  mediaState: object | undefined = {}
  rtc: RTCPeerConnection | undefined
  /** What this page sent them, as text. */
  readonly sent: string[] = []
  /** Takes what is sent to them. */
  receive: (data: string) => void = () => undefined

  constructor(id: string, rtc?: FakeRtc) {
    this.id = id
    this.name = id.toUpperCase()
    this.rtc = rtc && asRtc(rtc)
  }

  send(message: object): void {
    const data = JSON.stringify(message)
    this.sent.push(data)
    this.receive(data)
  }
}

/** One person's page. */
export class FakePage {
  readonly ownId: string
  participants: FakeMember[] = []
  readonly talk: Talk

  constructor(ownId: string, clock: FakeClock) {
    this.ownId = ownId
    this.talk = new Talk(this, clock)
  }

  /** This page as it sees the member with this id. */
  of(id: string): FakeMember {
    const member = this.participants.find((each) => each.id === id)
    if (!member) throw new Error(`${id} is not there`)
    return member
  }

  texts(): string[] {
    return this.talk.log.entries.flatMap((entry) => (entry.kind === 'text' ? entry.text : []))
  }
}

/** Connects two pages, for the first time or again. Returns the ends of the connection. */
export function connect(one: FakePage, other: FakePage): [FakeRtc, FakeRtc] {
  const ends = rtcPair()
  const pages = [one, other] as const
  pages.forEach((page, index) => {
    const peer = pages[1 - index] as FakePage
    const known = page.participants.find(({ id }) => id === peer.ownId)
    const member = known ?? new FakeMember(peer.ownId)
    const rtc = asRtc(ends[index] as FakeRtc)
    member.rtc = rtc
    member.receive = (data) => {
      const sender = peer.participants.find(({ id }) => id === page.ownId)
      if (member.rtc === rtc && sender) peer.talk.heard(sender, data)
    }
    if (!known) page.participants = [...page.participants, member]
  })
  for (const page of pages) page.talk.changed()
  return ends
}

/** The connection between them is gone. */
export function disconnect(one: FakePage, other: FakePage): void {
  one.of(other.ownId).rtc = undefined
  other.of(one.ownId).rtc = undefined
  for (const page of [one, other]) page.talk.changed()
}
