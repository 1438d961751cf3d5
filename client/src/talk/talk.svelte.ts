/** What the members of a call say beside audio and video. Loaded with the call. */
import { base64url, type Clock, type Limitation } from 'vidchat-kit'
import { Files } from '../files/files.ts'
import { fileName } from '../files/names.ts'
import { maxFileSize } from '../files/sink.ts'
import type { TextEntry } from './entries.ts'
import { Limitations } from './limitations.ts'
import { Link } from './link.ts'
import { Log } from './log.svelte.ts'
import type { Member, Members } from './member.ts'
import { VERSION, type Message, type Reaction } from './messages.ts'
import { Signals } from './signals.svelte.ts'
import { shownText } from './text.ts'

export class Talk {
  readonly log = new Log()
  readonly signals: Signals
  /** What limits the video of the others, as they say. */
  readonly limitations: Limitations
  readonly #members: Members
  readonly #clock: Clock
  readonly #files: Files
  readonly #links = new Map<string, Link>()
  readonly #page = base64url(crypto.getRandomValues(new Uint8Array(16)))
  /** Those who cannot read along. */
  #deaf = $state.raw<ReadonlySet<string>>(new Set())
  /** Those who send more than is shown. */
  #flooding = $state.raw<ReadonlySet<string>>(new Set())
  /** The largest file that all who can talk take, in bytes; 0 if nobody can. */
  #takes = $state(0)
  /** Read so that views follow who is here. */
  #memberCount = $state(0)
  /** Our own hand; our id may change. */
  #hand = $state(0)
  #ownId = ''
  /** Others were there before us, and may have written something that we do not see. */
  isLate = false

  constructor(members: Members, clock: Clock) {
    this.#members = members
    this.#clock = clock
    this.signals = new Signals(clock)
    this.limitations = new Limitations(clock)
    this.#files = new Files()
    this.changed()
  }

  /** The ids of those who cannot read along. */
  get deaf(): ReadonlySet<string> {
    return this.#deaf
  }

  /** The ids of those who send more than is shown. */
  get flooding(): ReadonlySet<string> {
    return this.#flooding
  }

  /** The largest file that somebody here takes, in bytes; 0 as long as nobody can. */
  get takes(): number {
    return this.#takes
  }

  /** Whether somebody is here. */
  get hasMembers(): boolean {
    return this.#memberCount > 0
  }

  get isHandRaised(): boolean {
    return this.#hand > 0
  }

  /** Sends a text to all who are there. Reports whether there is something to send. */
  write(value: string): boolean {
    const text = shownText(value)
    const links = [...this.#links.values()]
    if (text === '' || links.length === 0) return false
    const to = new Map(
      links.map(({ id, name, reads }) => {
        const delivery = reads === false ? ('deaf' as const) : ('sending' as const)
        return [id, { name, delivery }]
      }),
    )
    const { key } = this.log.add({ kind: 'text', author: OURSELVES, text, to })
    for (const link of links) link.write(key, text)
    return true
  }

  /** Sends a text again, to those who are there and do not have it. */
  writeAgain(key: number): void {
    const entry = this.log.find(key)
    if (entry?.kind !== 'text') return
    const missing = this.#missing(entry)
    if (missing.length === 0) return
    // Who came back has another id now.
    for (const [id, { delivery }] of entry.to)
      if (delivery === 'left') this.log.forgetDelivery(key, id)
    for (const link of missing) {
      this.log.setDelivery(key, link.id, link.name, 'sending')
      link.write(key, entry.text)
    }
  }

  /** Reports whether somebody left before this text reached them, and somebody is here without it. */
  canWriteAgain(entry: TextEntry): boolean {
    const lost = [...entry.to.values()].some(({ delivery }) => delivery === 'left')
    return lost && this.#memberCount > 0 && this.#missing(entry).length > 0
  }

  /** Offers files to all who are there and can take them. */
  offer(files: readonly File[]): void {
    for (const file of files) {
      const links = [...this.#links.values()].filter(({ reads }) => reads !== false)
      if (links.length === 0) return
      const able = links.filter((link) => !link.isOpen || file.size <= link.files)
      const tooLarge = links
        .filter((link) => !able.includes(link))
        .map(({ id, name }) => ({ id, name }))
      const transfers = able.map((link) => this.#files.offer(file, link))
      const name = fileName(file.name)
      this.log.add({
        kind: 'outgoing',
        author: OURSELVES,
        name,
        size: file.size,
        transfers,
        tooLarge,
      })
    }
  }

  setHand(raised: boolean): void {
    this.#hand = raised ? this.signals.nextPlace : 0
    this.signals.setHand(this.#ownId, this.#hand)
    this.#say({ hand: this.#hand })
  }

  react(reaction: Reaction): void {
    this.signals.react(this.#ownId, reaction)
    this.#say({ reaction })
  }

  /** Tells one member what limits the video that we send them. */
  tellLimitation(id: string, limitation: Limitation): void {
    this.#links.get(id)?.say({ quality: limitation })
  }

  /** A member said something over their connection. */
  heard(member: Member, data: string): void {
    this.#linkTo(member).hear(member, data)
  }

  /** Members came or went, or a connection to one changed. */
  changed(): void {
    const { participants, ownId } = this.#members
    this.#followOwnId(ownId)
    for (const member of participants) this.#linkTo(member).update(member)
    for (const link of this.#links.values()) {
      if (participants.some(({ id }) => id === link.id)) continue
      link.end()
      this.#links.delete(link.id)
      this.#onLeft(link.id)
    }
    this.#updateTakes()
    this.#memberCount = participants.length
  }

  /** The call is over. */
  end(): void {
    for (const link of this.#links.values()) link.end()
    this.#links.clear()
    this.#files.end()
    this.signals.end()
    this.limitations.end()
  }

  #linkTo(member: Member): Link {
    const known = this.#links.get(member.id)
    if (known) return known
    const link: Link = new Link(member, this.#page, this.#clock, {
      hello: () => ({ talk: VERSION, files: maxFileSize(), hand: this.#hand }),
      opened: () => {
        this.#setDeaf(link.id, false)
        this.#files.onOpen(link)
        this.#updateTakes()
      },
      closed: () => {
        this.#files.onClosed(link.id)
        this.limitations.forget(link.id)
      },
      deaf: () => {
        this.#setDeaf(link.id, true)
        this.log.endDelivery(link.id, 'deaf')
      },
      delivered: (key) => this.log.setDelivery(key, link.id, link.name, 'delivered'),
      message: (message) => this.#onMessage(link, message),
      flooded: () => (this.#flooding = new Set(this.#flooding).add(link.id)),
    })
    this.#links.set(link.id, link)
    return link
  }

  #onMessage(link: Link, message: Message): void {
    const { id, name } = link
    const author = { id, name }
    switch (message.kind) {
      case 'text':
        return void this.log.add({ kind: 'text', author, text: message.text, to: new Map() })
      case 'hello':
        return this.signals.setHand(id, message.hand)
      case 'hand':
        return this.signals.setHand(id, message.place)
      case 'reaction':
        return this.signals.react(id, message.reaction)
      case 'quality':
        return this.limitations.set(id, message.limitation)
      case 'file': {
        const file = this.#files.onMessage(link, message.message)
        if (file) this.log.add({ kind: 'incoming', author, file })
      }
    }
  }

  #missing({ to }: TextEntry): Link[] {
    return [...this.#links.values()].filter(({ id, reads }) => {
      const delivery = to.get(id)?.delivery
      return reads !== false && (delivery === undefined || delivery === 'left')
    })
  }

  #say(message: object): void {
    for (const link of this.#links.values()) link.say(message)
  }

  #onLeft(id: string): void {
    this.log.endDelivery(id, 'left')
    this.signals.forget(id)
    this.limitations.forget(id)
    this.#setDeaf(id, false)
    this.#files.onLeft(id)
  }

  #setDeaf(id: string, isDeaf: boolean): void {
    if (this.#deaf.has(id) === isDeaf) return
    const deaf = new Set(this.#deaf)
    if (isDeaf) deaf.add(id)
    else deaf.delete(id)
    this.#deaf = deaf
  }

  #updateTakes(): void {
    const open = [...this.#links.values()].filter(({ isOpen }) => isOpen)
    this.#takes = open.length > 0 ? Math.max(...open.map(({ files }) => files)) : 0
  }

  #followOwnId(ownId: string): void {
    if (ownId === this.#ownId) return
    this.signals.forget(this.#ownId)
    this.#ownId = ownId
    this.signals.setHand(ownId, this.#hand)
  }
}

const OURSELVES = { id: undefined, name: '' }
