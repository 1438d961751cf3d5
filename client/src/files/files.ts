/** All files on their way, from us and to us. */
import { IncomingFile } from './incoming.svelte.ts'
import type { FileMessage } from './messages.ts'
import { OutgoingFile } from './outgoing.svelte.ts'
import { Rate } from './rate.ts'
import { maxFileSize } from './sink.ts'
import { channelLabel, type FilePeer } from './transfer.ts'

/** How many files are on their way from one member to another, offers included. */
const MAX_AT_ONCE = 20
/** How many files of one member are remembered. */
const MAX_REMEMBERED = 200

interface FilesOf {
  incoming: Map<string, IncomingFile>
  outgoing: Map<string, OutgoingFile>
  /** Offers that they took back before they were answered. */
  withdrawn: Rate
}

export class Files {
  readonly #members = new Map<string, FilesOf>()
  readonly #listening = new WeakSet<RTCPeerConnection>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Offers a file, or queues it until fewer files are on their way. */
  offer(file: Blob & { readonly name: string }, peer: FilePeer): OutgoingFile {
    const outgoing = new OutgoingFile(file, peer, () => this.#offerNext(peer))
    this.#of(peer.id).outgoing.set(outgoing.id, outgoing)
    this.#offerNext(peer)
    return outgoing
  }

  /** The connection is checked and leads to a page that can talk. */
  onOpen(peer: FilePeer): void {
    const { rtc } = peer
    if (rtc && !this.#listening.has(rtc)) {
      this.#listening.add(rtc)
      rtc.addEventListener('datachannel', ({ channel }) => this.#onChannel(peer, channel))
    }
    for (const file of this.#first(peer)) file.offer(peer)
  }

  /** Handles a message of a member. Returns the file if it is offered for the first time. */
  onMessage(peer: FilePeer, message: FileMessage): IncomingFile | undefined {
    const { incoming, outgoing, withdrawn } = this.#of(peer.id)
    if (message.file === 'offer') return this.#onOffer(peer, message)
    if (message.file === 'cancel') {
      const file = incoming.get(message.id)
      if (file?.state === 'offered') withdrawn.take()
      file?.onCancel(message.reason)
    }
    // It was offered by the page before a reload, or they did not hear that it has ended.
    if (message.file === 'accept' && (outgoing.get(message.id)?.hasEnded ?? true)) {
      peer.say({ file: 'cancel', id: message.id, reason: 'failed' })
    }
    outgoing.get(message.id)?.onMessage(message)
    return undefined
  }

  /** The connection is gone. Browsers do not always say so of its channels. */
  onClosed(id: string): void {
    const { incoming, outgoing } = this.#of(id)
    for (const file of [...incoming.values(), ...outgoing.values()]) file.pause()
  }

  onLeft(id: string): void {
    const { incoming, outgoing } = this.#of(id)
    for (const file of [...incoming.values(), ...outgoing.values()]) file.onLeft()
  }

  /** The call is over. */
  end(): void {
    for (const { incoming, outgoing } of this.#members.values()) {
      for (const file of incoming.values()) file.end()
      for (const file of outgoing.values()) file.onLeft()
    }
    this.#members.clear()
  }

  /** Those that are offered at once: the oldest that have not ended. */
  #first({ id }: FilePeer): OutgoingFile[] {
    const { outgoing } = this.#of(id)
    return [...outgoing.values()].filter(({ hasEnded }) => !hasEnded).slice(0, MAX_AT_ONCE)
  }

  #offerNext(peer: FilePeer): void {
    for (const file of this.#first(peer)) if (!file.isOffered) file.offer(peer)
  }

  /** What is refused is answered, so that its sender does not wait for ever. */
  #onOffer(
    peer: FilePeer,
    offer: Extract<FileMessage, { file: 'offer' }>,
  ): IncomingFile | undefined {
    const { incoming, withdrawn } = this.#of(peer.id)
    const known = incoming.get(offer.id)
    if (known) return void known.onOffer(peer)
    const all = [...incoming.values()]
    const isFull = all.filter(({ hasEnded }) => !hasEnded).length >= MAX_AT_ONCE
    if (offer.size > maxFileSize() || isFull || !withdrawn.has()) {
      peer.say({ file: 'cancel', id: offer.id, reason: 'failed' })
      return undefined
    }
    const ended = all.find(({ hasEnded, url }) => hasEnded && !url)
    if (all.length >= MAX_REMEMBERED && ended) incoming.delete(ended.id)
    const file = new IncomingFile(offer, peer)
    incoming.set(offer.id, file)
    return file
  }

  /** A channel with another label is not for us: a later version may open it. */
  #onChannel(peer: FilePeer, channel: RTCDataChannel): void {
    if (!channel.label.startsWith(channelLabel(''))) return
    const file = this.#of(peer.id).incoming.get(channel.label.slice(channelLabel('').length))
    if (!file?.attach(channel)) channel.close()
  }

  #of(id: string): FilesOf {
    const known = this.#members.get(id)
    if (known) return known
    const withdrawn = new Rate(0.5, MAX_AT_ONCE, this.#now)
    const files = { incoming: new Map(), outgoing: new Map(), withdrawn }
    this.#members.set(id, files)
    return files
  }
}
