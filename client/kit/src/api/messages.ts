/**
 * What participants say to each other. Nothing is said or heard before the checks of a
 * connection are over: it may lead to somebody else. What comes earlier waits for them.
 */
import { hasDataChannel } from '../rtc/description.ts'
import { MAX_MESSAGE } from '../rtc/peer-channel.ts'
import { isChecked } from '../trust/verification.ts'
import type { CallParticipant } from './call-participant.ts'

/** How many messages of one participant wait, and how many to one. */
const MAX_WAITING = 64
/** How long all that wait of one participant are together, in UTF-16 units. */
const MAX_WAITING_UNITS = 262_144
/** The fields of what the kit itself says over the channel. */
const RESERVED = ['muted', 'camera', 'commit', 'reveal']

/** A participant who can be told something. */
export interface Recipient extends CallParticipant {
  send(message: object): void
}

/** What was said over a connection that may not be checked yet. */
interface Heard {
  rtc: RTCPeerConnection | undefined
  message: object
  units: number
}

export type HandleMessage = (participant: CallParticipant, message: object) => void

export class Messages {
  readonly #handle: HandleMessage
  readonly #unsent = new Map<Recipient, string[]>()
  readonly #unheard = new Map<Recipient, Heard[]>()

  constructor(handle: HandleMessage) {
    this.#handle = handle
  }

  send(to: readonly Recipient[], message: object): void {
    // Its text is kept: a page may change the object before it is sent.
    const text = JSON.stringify(message)
    const field = reservedField(JSON.parse(text) as object)
    if (field) throw new TypeError(`A message cannot have a field "${field}": it is the kit's own.`)
    if (text.length > MAX_MESSAGE) {
      throw new RangeError(
        `A message has at most ${MAX_MESSAGE} UTF-16 units; this has ${text.length}.`,
      )
    }
    for (const participant of to) {
      const waiting = this.#unsent.get(participant) ?? []
      this.#unsent.set(participant, [...waiting, text].slice(-MAX_WAITING))
    }
    this.update(to)
  }

  /** A participant said this over the connection that they have now. */
  heard(participant: Recipient, data: string): void {
    const message = read(data)
    if (!message) return
    const waiting = this.#unheard.get(participant) ?? []
    const units = waiting.reduce((sum, each) => sum + each.units, data.length)
    if (waiting.length >= MAX_WAITING || units > MAX_WAITING_UNITS) return
    const heard = { rtc: participant.rtc, message, units: data.length }
    this.#unheard.set(participant, [...waiting, heard])
    this.update([participant])
  }

  /** Looks at the connections again: one may be another one, or checked now. */
  update(participants: readonly Recipient[]): void {
    for (const participant of participants) {
      const { rtc } = participant
      if (!rtc || !isChecked(participant.verification)) continue
      const [unsent, unheard] = [this.#unsent.get(participant), this.#unheard.get(participant)]
      this.#unsent.delete(participant)
      this.#unheard.delete(participant)
      // An old client has no data channel, and hears nothing.
      const listens = hasDataChannel(rtc.remoteDescription?.sdp ?? '')
      for (const text of unsent ?? []) if (listens) participant.send(JSON.parse(text) as object)
      for (const heard of unheard ?? []) {
        if (heard.rtc === rtc) this.#handle(participant, heard.message)
      }
    }
  }

  /** Forgets who is not among these any more. */
  keep(participants: readonly Recipient[]): void {
    for (const waiting of [this.#unsent, this.#unheard]) {
      for (const participant of waiting.keys()) {
        if (!participants.includes(participant)) waiting.delete(participant)
      }
    }
  }
}

function read(data: string): object | undefined {
  try {
    const message: unknown = JSON.parse(data)
    if (typeof message !== 'object' || message === null) return undefined
    return reservedField(message) ? undefined : message
  } catch {
    return undefined
  }
}

function reservedField(message: object): string | undefined {
  return RESERVED.find((name) => name in message)
}
