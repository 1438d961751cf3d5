/** What is said beside audio and video. Its code is loaded with the call, but after it begins. */
import type { CallEvents, CallState, Clock } from 'vidchat-kit'
import { loadTalk, type Talk } from './load.ts'
import type { Member, Members } from './member.ts'

/** How many messages of one member wait for the code. */
const MAX_EARLY = 64

/** The call, as far as it matters when the code is loaded. */
export interface TalkingMembers extends Members {
  readonly state: Pick<CallState, 'name'>
}

export class LateTalk implements CallEvents {
  readonly #members: TalkingMembers
  readonly #clock: Clock
  #current = $state.raw<Talk | undefined>()
  /** What was said before the code was loaded. */
  #early: { member: Member; rtc: Member['rtc']; data: string }[] = []
  #loading: object | undefined
  /** Whether others were there when we came. */
  #isLate = false

  constructor(members: TalkingMembers, clock: Clock) {
    this.#members = members
    this.#clock = clock
  }

  /** Undefined as long as the code is not loaded. */
  get current(): Talk | undefined {
    return this.#current
  }

  /** Begins to load the code, or tries it again if that failed. */
  load(): void {
    if (this.#current || this.#loading) return
    const loading = (this.#loading = {})
    loadTalk().then(
      ({ Talk }) => loading === this.#loading && this.#begin(new Talk(this.#members, this.#clock)),
      () => loading === this.#loading && (this.#loading = undefined),
    )
  }

  /** A member said something that is not about their media. */
  heard(member: Member, data: string): void {
    this.load()
    if (this.#current) guard(() => this.#current?.heard(member, data))
    else if (this.#early.filter((each) => each.member.id === member.id).length < MAX_EARLY) {
      this.#early.push({ member, rtc: member.rtc, data })
    }
  }

  /** We came into the call. */
  entered(others: number): void {
    this.#isLate = others > 0
  }

  /** Members came or went, or a connection to one changed. */
  changed(): void {
    const { name } = this.#members.state
    // Not while we connect, which is more urgent.
    if (name === 'waiting' || name === 'talking') this.load()
    guard(() => this.#current?.changed())
  }

  /** The call is over: forgets everything. */
  ended(): void {
    this.#current?.end()
    this.#current = this.#loading = undefined
    this.#early = []
  }

  #begin(talk: Talk): void {
    talk.isLate = this.#isLate
    this.#current = talk
    guard(() => talk.changed())
    for (const { member, rtc, data } of this.#early.splice(0)) {
      if (rtc === member.rtc) guard(() => talk.heard(member, data))
    }
  }
}

/** Whatever goes wrong in the chat, the call goes on. */
function guard(run: () => void): void {
  try {
    run()
  } catch (error) {
    console.error('The chat failed.', error)
  }
}
