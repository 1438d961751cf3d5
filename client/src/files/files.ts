/** All files on their way, from us and to us. */
import { IncomingFile } from './incoming.svelte.ts'
import type { FileMessage } from './messages.ts'
import { OutgoingFile } from './outgoing.svelte.ts'
import { maxFileSize } from './sink.ts'
import { channelLabel, type FilePeer } from './transfer.ts'

/** How many files one member may have on their way to us, offers included. */
const MAX_AT_ONCE = 20
/** How many files of one member are remembered. */
const MAX_REMEMBERED = 200

interface FilesOf {
  incoming: Map<string, IncomingFile>
  outgoing: Map<string, OutgoingFile>
}

export class Files {
  readonly #members = new Map<string, FilesOf>()
  readonly #listening = new WeakSet<RTCPeerConnection>()

  offer(file: Blob & { readonly name: string }, peer: FilePeer): OutgoingFile {
    const outgoing = new OutgoingFile(file, peer)
    this.#of(peer.id).outgoing.set(outgoing.id, outgoing)
    return outgoing
  }

  /** The connection is checked and leads to a page that can talk. */
  onOpen(peer: FilePeer): void {
    const { rtc } = peer
    if (rtc && !this.#listening.has(rtc)) {
      this.#listening.add(rtc)
      rtc.addEventListener('datachannel', ({ channel }) => this.#onChannel(peer, channel))
    }
    for (const file of this.#of(peer.id).outgoing.values()) file.offer(peer)
  }

  /** Handles a message of a member. Returns the file if it is offered for the first time. */
  onMessage(peer: FilePeer, message: FileMessage): IncomingFile | undefined {
    const { incoming, outgoing } = this.#of(peer.id)
    if (message.file === 'offer') return this.#onOffer(peer, message)
    outgoing.get(message.id)?.onMessage(message)
    if (message.file === 'cancel') incoming.get(message.id)?.onCancel(message.reason)
    // It was offered by the page before a reload.
    if (message.file === 'accept' && !outgoing.has(message.id)) {
      peer.say({ file: 'cancel', id: message.id, reason: 'failed' })
    }
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

  #onOffer(
    peer: FilePeer,
    offer: Extract<FileMessage, { file: 'offer' }>,
  ): IncomingFile | undefined {
    const { incoming } = this.#of(peer.id)
    const known = incoming.get(offer.id)
    if (known) return void known.onOffer(peer)
    if (offer.size > maxFileSize()) {
      peer.say({ file: 'cancel', id: offer.id, reason: 'failed' })
      return undefined
    }
    const all = [...incoming.values()]
    if (all.filter(({ hasEnded }) => !hasEnded).length >= MAX_AT_ONCE) return undefined
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
    const files = { incoming: new Map(), outgoing: new Map() }
    this.#members.set(id, files)
    return files
  }
}
