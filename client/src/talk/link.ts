/**
 * What is said to one member, and heard from them. It outlives their peer connection:
 * a text that was not confirmed is sent again over the next one, and shown once.
 */
import { Rate } from '../files/rate.ts'
import { type Clock, hasDataChannel, isChecked } from 'vidchat-kit'
import type { Member } from './member.ts'
import { readMessage, type Message } from './messages.ts'

/** How long a page may take to say that it can talk, in ms. */
export const HELLO_TIMEOUT = 10_000
/** How long a page may say nothing at all after it connected, in ms: it has no data channel. */
export const SILENCE_TIMEOUT = 5000
/** What is heard before the connection is checked, in messages and UTF-16 units. */
const MAX_HELD = 64
const MAX_HELD_UNITS = 262_144
/** How many texts beyond the rate are remembered. */
const MAX_DROPPED = 1000

export interface LinkEvents {
  /** What we say first: it tells them that our page can talk. */
  hello(): object
  /** They can talk, over a connection that is new or made anew. */
  opened(files: number): void
  /** The connection is gone: for a while, or for good. */
  closed(): void
  /** They, or their page, cannot read along. */
  deaf(): void
  /** They have this text of ours. */
  delivered(key: number): void
  /** A message of theirs, in order, each text once. */
  message(message: Message): void
  /** They send more than is shown. */
  flooded(): void
}

/** A text that they have not confirmed yet. */
interface Unconfirmed {
  key: number
  n: number
  text: string
}

export class Link {
  readonly id: string
  readonly #page: string
  readonly #clock: Clock
  readonly #events: LinkEvents
  #member: Member
  /** The connection that we have said hello on. */
  #rtc: RTCPeerConnection | undefined
  #greeted = false
  /** Whether they can read along; undefined as long as it is not known. */
  #reads: boolean | undefined
  #files = 0
  #n = 0
  #unconfirmed: Unconfirmed[] = []
  /** The last text heard, and from which page. */
  #heard = { page: '', n: 0 }
  /** Texts of that page, by number, which were beyond the rate. */
  readonly #dropped = new Set<number>()
  /** Whether there were more than are remembered. */
  #forgot = false
  #held: string[] = []
  #cancelTimeout: () => void = () => undefined
  #cancelSilence: (() => void) | undefined
  readonly #texts: Rate
  readonly #signals: Rate
  /** Of what asks for an answer; Files bounds what is shown. */
  readonly #requests: Rate

  /** `page` tells our texts from those of this seat before a reload. */
  constructor(
    member: Member,
    page: string,
    clock: Clock,
    events: LinkEvents,
    now: () => number = () => performance.now(),
  ) {
    this.id = member.id
    this.#member = member
    this.#page = page
    this.#clock = clock
    this.#events = events
    this.#texts = new Rate(5, 100, now)
    this.#signals = new Rate(2, 10, now)
    this.#requests = new Rate(20, 200, now)
  }

  /** Whether they can read along; undefined as long as it is not known. */
  get reads(): boolean | undefined {
    return this.#reads
  }

  /** The largest file that they can take, in bytes. */
  get files(): number {
    return this.#files
  }

  get name(): string {
    return this.#member.name
  }

  /** The connection, if we may talk over it. */
  get rtc(): RTCPeerConnection | undefined {
    return this.isOpen ? this.#rtc : undefined
  }

  /** Whether the connection is checked, and leads to a page that can talk. */
  get isOpen(): boolean {
    return this.#greeted && this.#reads === true && this.#member.rtc === this.#rtc && this.#checked
  }

  get #checked(): boolean {
    return this.#rtc !== undefined && isChecked(this.#member.verification)
  }

  /** Looks at the connection again: it may be another one, or checked now. */
  update(member: Member): void {
    this.#member = member
    if (member.rtc !== this.#rtc) this.#reset(member.rtc)
    if (member.connection === 'connected') this.#awaitSound()
    if (this.#greeted || !this.#checked) return
    this.#greeted = true
    if (!hasDataChannel(this.#rtc?.remoteDescription?.sdp ?? '')) return this.#onDeaf()
    member.send(this.#events.hello())
    this.#cancelTimeout = this.#clock.after(HELLO_TIMEOUT, () => this.#onDeaf())
    for (const data of this.#held.splice(0)) this.#read(data)
  }

  /** They said this over the connection that they have now. */
  hear(member: Member, data: string): void {
    this.update(member)
    if (this.#checked) return this.#read(data)
    const units = this.#held.reduce((sum, { length }) => sum + length, data.length)
    if (this.#held.length < MAX_HELD && units <= MAX_HELD_UNITS) this.#held.push(data)
  }

  /** Says something that is only of use now. */
  say(message: object): void {
    if (this.isOpen) this.#member.send(message)
  }

  /** Sends a text, now or as soon as they can read it, until it is confirmed. */
  write(key: number, text: string): void {
    const unconfirmed = { key, n: ++this.#n, text }
    this.#unconfirmed.push(unconfirmed)
    this.#send(unconfirmed)
  }

  end(): void {
    this.#cancelTimeout()
    this.#cancelSilence?.()
  }

  #awaitSound(): void {
    this.#cancelSilence ??= this.#clock.after(SILENCE_TIMEOUT, () => {
      if (this.#reads === undefined && !this.#member.mediaState) this.#onDeaf()
    })
  }

  #reset(rtc: RTCPeerConnection | undefined): void {
    this.end()
    this.#cancelSilence = undefined
    this.#rtc = rtc
    this.#greeted = false
    this.#reads = undefined
    this.#held = []
    this.#events.closed()
  }

  #onDeaf(): void {
    this.#reads = false
    this.#events.deaf()
  }

  #send({ n, text }: Unconfirmed): void {
    this.say({ text, page: this.#page, n })
  }

  #read(data: string): void {
    const message = readMessage(data)
    if (!message) return
    switch (message.kind) {
      case 'hello':
        return this.#onHello(message)
      case 'got':
        return this.#onGot(message.n)
      case 'text':
        return this.#onText(message)
      case 'file':
        return this.#onFile(message)
      default:
        if (this.#signals.take()) this.#events.message(message)
    }
  }

  /** Our answers may not fill the channel. No client asks for so many. */
  #onFile(message: Extract<Message, { kind: 'file' }>): void {
    const { file } = message.message
    if ((file === 'offer' || file === 'accept') && !this.#requests.take()) return
    this.#events.message(message)
  }

  /** Once for each connection. */
  #onHello(hello: Extract<Message, { kind: 'hello' }>): void {
    if (this.#reads) return
    this.#cancelTimeout()
    this.#reads = true
    this.#files = hello.files
    this.#events.message(hello)
    for (const each of this.#unconfirmed) this.#send(each)
    this.#events.opened(hello.files)
  }

  #onGot(number: number): void {
    const got = this.#unconfirmed.filter(({ n }) => n === number)
    this.#unconfirmed = this.#unconfirmed.filter(({ n }) => n !== number)
    for (const { key } of got) this.#events.delivered(key)
  }

  /** A text that is beyond the rate is not confirmed, so its sender is not told that it is read. */
  #onText(message: Extract<Message, { kind: 'text' }>): void {
    const { page, n } = message
    if (page !== this.#heard.page) {
      this.#heard = { page, n: 0 }
      this.#dropped.clear()
      this.#forgot = false
    }
    const isNew = n > this.#heard.n || this.#dropped.has(n)
    if (!isNew && this.#forgot) return // it may be one that was not shown
    if (isNew && !this.#texts.take()) return this.#drop(n)
    this.#dropped.delete(n)
    this.#heard.n = Math.max(this.#heard.n, n)
    if (this.#greeted && this.#checked) this.#member.send({ got: n })
    if (isNew) this.#events.message(message)
  }

  #drop(n: number): void {
    if (this.#dropped.size < MAX_DROPPED) this.#dropped.add(n)
    else this.#forgot = true
    this.#events.flooded()
  }
}
