/** The other participants of a call, in the order in which they were first seen. */
import { videoProfileFor } from '../rtc/video-quality.ts'
import type { Payload, PeerInfo } from '../signaling/protocol.ts'
import type { ParticipantDeps } from './participant-deps.ts'
import { Participant } from './participant.ts'

export interface RosterDeps extends Omit<
  ParticipantDeps,
  'ownId' | 'ownName' | 'nextOffer' | 'videoProfile'
> {
  /** The name we entered. */
  ownName(): string
}

export interface RosterEvents {
  send(payload: Payload, to: string): void
  /** Something changed that the state of the call depends on, or a verification did. */
  changed(): void
  /** A participant said something that is not about their media. */
  heard(participant: Participant, data: string): void
  /** Media from a participant is lost, and signaling is needed to restart ICE. */
  mediaLost(): void
  /** Reports whether the server would tell us who is here. */
  hasServer(): boolean
}

export class Roster {
  readonly #deps: RosterDeps
  readonly #events: RosterEvents
  readonly #shown: { participants: readonly Participant[]; ownId: string }
  #lastToLeave: string | undefined
  #offers = 0

  constructor(deps: RosterDeps, events: RosterEvents) {
    this.#shown = deps.reactive({ participants: [], ownId: '' })
    this.#deps = deps
    this.#events = events
  }

  get participants(): readonly Participant[] {
    return this.#shown.participants
  }

  /** The name of the last participant that left; undefined if nobody did. */
  get lastToLeave(): string | undefined {
    return this.#lastToLeave
  }

  /** Our own id; '' before we have a seat. */
  get ownId(): string {
    return this.#shown.ownId
  }

  find(id: string): Participant | undefined {
    return this.participants.find((participant) => participant.id === id)
  }

  /** Adds and removes participants to match those the server reports. */
  update(ownId: string, peers: PeerInfo[]): void {
    this.#setOwnId(ownId)
    for (const participant of this.participants) {
      if (!peers.some((peer) => peer.id === participant.id)) participant.onBye()
    }
    for (const { id, name, away } of peers) {
      const participant = this.#findOrAdd(id, name)
      participant.setSeat(away ? 'away' : 'online')
      participant.initiate()
    }
  }

  /** Adds a participant that took a seat, or came back to it. */
  onJoin(id: string, name: string): void {
    const { spare, media } = this.#deps
    // Their offer comes only when they know of us.
    if (!this.find(id)) void spare.prepare(media.ready())
    const participant = this.#findOrAdd(id, name)
    participant.setSeat('online')
    participant.awaitOffer()
  }

  /** Sends our tracks as they are now. */
  updateTracks(): void {
    for (const participant of this.participants) participant.updateTracks()
  }

  sendMediaState(): void {
    for (const participant of this.participants) participant.sendMediaState()
  }

  restartIce(): void {
    this.#deps.spare.drop()
    for (const participant of this.participants) participant.restartIce()
  }

  retryRejected(): void {
    for (const participant of this.participants) participant.retryRejected()
  }

  close(): void {
    this.#deps.spare.drop()
    for (const participant of this.participants) participant.close()
    this.#shown.participants = []
    this.#lastToLeave = undefined
  }

  /** With another id we are new to the others, so all connections are made again. */
  #setOwnId(id: string): void {
    if (id === this.ownId) return
    for (const participant of this.participants) {
      participant.close()
      this.#lastToLeave = participant.name
    }
    this.#shown.participants = []
    this.#shown.ownId = id
  }

  #findOrAdd(id: string, name: string): Participant {
    const known = this.find(id)
    if (known) {
      known.name = name
      return known
    }
    const participant: Participant = new Participant(id, name, this.#participantDeps, {
      send: (payload) => this.#events.send(payload, id),
      changed: () => this.#events.changed(),
      heard: (data) => this.#events.heard(participant, data),
      mediaLost: () => this.#events.mediaLost(),
      hasServer: () => this.#events.hasServer(),
      gone: () => this.#remove(participant),
    })
    this.#setParticipants([...this.participants, participant])
    return participant
  }

  get #participantDeps(): ParticipantDeps {
    return {
      ...this.#deps,
      ownId: this.ownId,
      ownName: this.#deps.ownName(),
      nextOffer: () => ++this.#offers,
      videoProfile: () => videoProfileFor(this.participants.length),
    }
  }

  #remove(participant: Participant): void {
    participant.close()
    this.#lastToLeave = participant.name
    this.#setParticipants(this.participants.filter((other) => other !== participant))
    this.#events.changed()
  }

  #setParticipants(participants: readonly Participant[]): void {
    this.#shown.participants = participants
    this.#deps.media.setVideoProfile(videoProfileFor(participants.length))
    for (const participant of participants) participant.updateVideoProfile()
  }
}
