/** A file that we send to one member, over a data channel of its own. */
import { base64url } from 'vidchat-kit'
import { BLOCK, BlockHash } from './block-hash.ts'
import type { CancelReason, FileMessage } from './messages.ts'
import { fileName } from './names.ts'
import {
  channelLabel,
  hasEnded,
  WINDOW,
  type Ending,
  type FilePeer,
  type TransferState,
} from './transfer.ts'

/** Bytes in a message. Every browser takes so many. */
const CHUNK = 65_536
/** Bytes that are read at once, while those before are sent. */
const READ = 4 * BLOCK
/** Sending pauses when more bytes than this wait in the browser, until there are less. */
const HIGH_WATER = 4 * BLOCK
const LOW_WATER = 2 * BLOCK
/** How often one connection opens a channel again for a file without a block of progress. */
const MAX_RETRIES = 3

export class OutgoingFile {
  readonly id = base64url(crypto.getRandomValues(new Uint8Array(16)))
  readonly #file: Blob & { readonly name: string }
  readonly #hash = new BlockHash()
  readonly #onEnd: () => void
  #peer: FilePeer
  #state = $state<TransferState>('offered')
  /** Bytes that the other has written. */
  #bytes = $state(0)
  #channel: RTCDataChannel | undefined
  #starts = 0
  #isOffered = false
  /** Wakes what waits for the channel, or for the other. */
  #wake: () => void = () => undefined

  /** `onEnd` is called when it ends, unless the other left. */
  constructor(file: Blob & { readonly name: string }, peer: FilePeer, onEnd: () => void) {
    this.#file = file
    this.#peer = peer
    this.#onEnd = onEnd
  }

  get to(): { id: string; name: string } {
    return this.#peer
  }

  get state(): TransferState {
    return this.#state
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#file.size
  }

  /** Whether the other was told of it, as far as there was a connection. */
  get isOffered(): boolean {
    return this.#isOffered
  }

  get hasEnded(): boolean {
    return hasEnded(this.#state)
  }

  /** Offers it: for the first time, or over another connection to ask where to go on. */
  offer(peer: FilePeer): void {
    if (this.hasEnded) return
    this.#peer = peer
    this.#starts = 0
    this.#isOffered = true
    this.#sayOffer()
  }

  onMessage(message: FileMessage): void {
    if (this.hasEnded) return
    if (message.file === 'accept') this.#begin(message.from)
    else if (message.file === 'written') this.#onWritten(message.bytes)
    else if (message.file === 'done') this.#end('done')
    else if (message.file === 'cancel') this.#end(message.reason)
  }

  cancel(): void {
    this.#stop('cancelled')
  }

  /** The connection is gone; the next one asks where to go on. */
  pause(): void {
    if (this.#state !== 'moving') return
    this.#state = 'paused'
    this.#closeChannel()
  }

  /** The other left. */
  onLeft(): void {
    if (!this.hasEnded) this.#end('left')
  }

  #sayOffer(): void {
    const { name, size } = this.#file
    this.#peer.say({ file: 'offer', id: this.id, name: fileName(name), size })
  }

  #stop(reason: CancelReason): void {
    if (this.hasEnded) return
    this.#peer.say({ file: 'cancel', id: this.id, reason })
    this.#end(reason)
  }

  #begin(from: number): void {
    const { rtc } = this.#peer
    const isBlock = from % BLOCK === 0 || from === this.size
    if (!rtc || !isBlock || from > this.size || from < this.#bytes) return this.#stop('failed')
    if (this.#starts++ > MAX_RETRIES) return this.#stop('failed')
    this.#closeChannel()
    this.#state = 'moving'
    const channel = rtc.createDataChannel(channelLabel(this.id))
    this.#channel = channel
    channel.bufferedAmountLowThreshold = LOW_WATER
    channel.onopen = channel.onbufferedamountlow = () => this.#wake()
    channel.onclose = () => this.#onClose(channel)
    this.#send(channel, from).catch(() => {
      if (this.#uses(channel)) this.#stop('failed') // the file is gone, or has changed
    })
  }

  /** Sends the file from there on, as long as the channel is used: it may end at each `await`. */
  async #send(channel: RTCDataChannel, from: number): Promise<void> {
    let part = new Uint8Array(0)
    let next = this.#read(from)
    next.catch(() => undefined) // told when it is waited for
    await this.#until(channel, () => channel.readyState === 'open')
    if (!this.#uses(channel)) return
    for (let at = from; at < this.size; at += BLOCK) {
      if ((at - from) % READ === 0) {
        part = await next
        if (!this.#uses(channel)) return
        next = this.#read(at + READ)
        next.catch(() => undefined) // told when it is waited for
      }
      const begin = (at - from) % READ
      const block = part.subarray(begin, begin + BLOCK)
      this.#hash.add(at, block)
      for (let sent = 0; sent < block.length; sent += CHUNK) {
        if (channel.bufferedAmount >= HIGH_WATER) {
          await this.#until(channel, () => channel.bufferedAmount <= LOW_WATER)
        }
        if (!this.#uses(channel)) return
        channel.send(block.subarray(sent, sent + CHUNK))
      }
      await this.#until(channel, () => at + block.length - this.#bytes <= WINDOW)
      if (!this.#uses(channel)) return
    }
    const sha256 = await this.#hash.root()
    if (this.#uses(channel)) channel.send(JSON.stringify({ sha256 }))
  }

  async #read(at: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#file.slice(at, at + READ).arrayBuffer())
  }

  /** Waits for the condition, as long as the channel is used. */
  async #until(channel: RTCDataChannel, condition: () => boolean): Promise<void> {
    while (this.#uses(channel) && !condition()) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #uses(channel: RTCDataChannel): boolean {
    const isOpen = channel.readyState === 'open' || channel.readyState === 'connecting'
    return channel === this.#channel && isOpen && !this.hasEnded
  }

  #onWritten(bytes: number): void {
    if (bytes <= this.#bytes || bytes > this.size) return
    if (bytes === this.size || Math.floor(bytes / BLOCK) > Math.floor(this.#bytes / BLOCK)) {
      this.#starts = 0
    }
    this.#bytes = bytes
    this.#wake()
  }

  /** The connection may be gone with it; if not, we offer to go on at once. */
  #onClose(channel: RTCDataChannel): void {
    if (channel !== this.#channel || this.hasEnded) return
    this.#channel = undefined
    this.#state = 'paused'
    this.#wake()
    if (this.#peer.rtc) this.#sayOffer()
  }

  #end(ending: Ending): void {
    this.#state = ending
    this.#closeChannel()
    if (ending !== 'left') this.#onEnd()
  }

  #closeChannel(): void {
    const channel = this.#channel
    this.#channel = undefined
    channel?.close()
    this.#wake()
  }
}
