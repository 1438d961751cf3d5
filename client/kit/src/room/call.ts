import type { RelayAvailability } from '../rtc/ice-servers.ts'
import type {
  EnterOptions,
  Entry,
  Knock,
  Payload,
  Refusal,
  Signaling,
  SignalingEvents,
} from '../signaling/protocol.ts'
import { watchActiveSpeaker } from './active-speaker.ts'
import type { CallDeps, JoinOptions } from './call-deps.ts'
import type { CallEvents } from './call-events.ts'
import { seatsOf, type CallLink } from './call-link.ts'
import { CallTrust, type PasswordTry } from './call-trust.ts'
import {
  ASKING,
  isInCall,
  refusedState,
  type CallState,
  type CallValues,
  type RoomLockStatus,
  type SignalingConnection,
  type UnavailableReason,
} from './call-state.ts'
import { DENIED_RETRY_DELAY, RESTART_TIMEOUT, RETRY_DELAY } from './call-times.ts'
import { deriveCallState } from './derive-call-state.ts'
import type { OutgoingMedia } from './participant-deps.ts'
import type { Participant } from './participant.ts'
import { RoomLock } from './room-lock.ts'
import { Roster } from './roster.ts'
import { WaitingRoom } from './waiting-room.ts'

/**
 * A call: one class that owns its state. Signaling, the participants and the
 * local media report to it, and views show what it holds.
 */
export class Call {
  readonly #shown: CallValues
  readonly #deps: CallDeps
  readonly #media: OutgoingMedia
  readonly #trust: CallTrust
  readonly #roster: Roster
  readonly #waitingRoom: WaitingRoom
  readonly #lock: RoomLock
  /** Set by whoever wants to be told. */
  events: Partial<CallEvents> = {}
  #signaling: Signaling | undefined
  #enterOptions: EnterOptions = { capacity: 0, name: '', proof: undefined }
  #knocksAtOnce = false
  #cancelRetry: () => void = () => undefined
  #cancelRestart: () => void = () => undefined
  #stopSpeakerDetection: () => void = () => undefined

  constructor(
    link: CallLink,
    deps: CallDeps,
    media: OutgoingMedia,
    unavailable?: UnavailableReason,
  ) {
    const state: CallState = { name: 'pre-join' }
    this.#shown = deps.reactive({ link, state, knocks: [], activeSpeaker: undefined })
    this.#deps = deps
    this.#media = media
    this.#trust = new CallTrust(deps.subtle, deps.passwords)
    this.#roster = this.#newRoster(media)
    this.#waitingRoom = new WaitingRoom(deps.clock, () =>
      this.#signaling?.knock(this.#enterOptions),
    )
    this.#lock = new RoomLock(deps.reactive, deps.clock, (locked) => this.#signaling?.lock(locked))
    this.#enterOptions.proof = this.#trust.recall(link)
    if (unavailable) this.#shown.state = { name: 'unavailable', reason: unavailable }
    else if (link.password && !this.#enterOptions.proof) this.#shown.state = ASKING
  }

  get state(): CallState {
    return this.#shown.state
  }

  get link(): CallLink {
    return this.#shown.link
  }

  /** The others, in the order in which they were first seen. */
  get participants(): readonly Participant[] {
    return this.#roster.participants
  }

  /** The id by which the others know us. */
  get ownId(): string {
    return this.#roster.ownId
  }

  get lockStatus(): RoomLockStatus {
    return this.#lock.status
  }

  get knocks(): readonly Knock[] {
    return this.#shown.knocks
  }

  /** The id of the participant who is speaking, in a call of three or more. */
  get activeSpeaker(): string | undefined {
    return this.#shown.activeSpeaker
  }

  /** Whether the server offers a TURN relay. */
  get relay(): RelayAvailability {
    return this.#deps.iceServers.relay
  }

  /** Joins for the first time or again. */
  join({ name, password, knock = false, onLink }: JoinOptions): void {
    if (this.#signaling) return
    this.#knocksAtOnce = knock
    const entering: CallState = { name: 'entering', signaling: 'connecting' }
    this.#shown.state = entering
    this.#enterOptions = { ...this.#enterOptions, capacity: seatsOf(this.link), name }
    const isProven = this.#enterOptions.proof !== undefined
    if (password === '' && this.link.password && !isProven) return this.#end(ASKING)
    if (password === '') return this.#open(isProven ? undefined : [])
    void this.#trust.tryPassword(this.link, password).then(
      (result) => this.state === entering && this.#onPassword(result, onLink),
      () => this.state === entering && this.#end(ASKING), // to try again
    )
  }

  /** Hangs up: leaves the room and closes everything. */
  leave(): void {
    this.#trust.forget(this.link)
    this.#end({ name: 'left', reason: 'hung-up' })
  }

  /**
   * The page goes away. If it is reloaded, a locked room must not lock us out, so the
   * server holds our seat there for a while.
   */
  unload(): void {
    if (isInCall(this.state) && this.lockStatus !== 'unlocked') {
      this.#signaling?.suspend()
      this.#signaling = undefined
    }
    this.#end({ name: 'left', reason: 'hung-up' })
  }

  /** Asks the participants of a locked room to admit us under this name. */
  knock(name: string): void {
    if (this.state.name !== 'locked') return
    this.#enterOptions = { ...this.#enterOptions, name }
    this.#startKnocking()
  }

  #startKnocking(): void {
    this.#shown.state = { name: 'knocking' }
    this.#waitingRoom.knock()
  }

  answerKnock({ id }: Knock, admit: boolean): void {
    if (admit) this.#signaling?.admit(id)
    else this.#signaling?.deny(id)
  }

  setLocked(locked: boolean): void {
    this.#lock.set(locked)
  }

  /** Sends our tracks as they are now. */
  updateTracks(): void {
    this.#roster.updateTracks()
  }

  sendMediaState(): void {
    this.#roster.sendMediaState()
  }

  /** Tries all connections again because the user asked, also those that were refused. */
  reconnect(): void {
    this.onNetworkChange()
    this.#roster.retryRejected()
  }

  /** Renews all connections: their paths may be gone. */
  onNetworkChange(): void {
    this.checkConnection()
    this.#roster.restartIce()
  }

  /** Finds out whether the server still answers: the network seems to be gone. */
  checkConnection(): void {
    this.#signaling?.reconnectNow()
  }

  readonly #events: SignalingEvents = {
    connected: () => this.#onConnected(),
    disconnected: () => this.#onDisconnected(),
    unreachable: (refused) => this.#onUnreachable(refused),
    restarting: () => this.#onRestarting(),
    entered: (entry) => this.#onEntered(entry),
    refused: (refusal) => this.#onRefused(refusal),
    join: (id, name) => this.#onJoin(id, name),
    bye: (id) => this.#onSeat(id, (participant) => participant.onBye()),
    away: (id) => this.#onSeat(id, (participant) => participant.setSeat('away')),
    back: (id) => this.#onSeat(id, (participant) => participant.onBack()),
    locked: (locked) => this.#lock.onChange(locked),
    knock: (id, name) => (this.#shown.knocks = [...this.knocks, { id, name }]),
    unknock: (id) => (this.#shown.knocks = this.knocks.filter((knock) => knock.id !== id)),
    remembers: () => this.#waitingRoom.endSuspicion(),
    admitted: () => this.#waitingRoom.onAdmitted() && this.#enter(),
    denied: () => this.#onDenied(),
    moved: () => this.#endAndRelease({ name: 'left', reason: 'moved' }),
    message: (payload, from) => this.#onMessage(payload, from),
  }

  /** A password that the link shows to be wrong is not even sent. */
  #onPassword({ link, isWrong, proof, key }: PasswordTry, onLink: JoinOptions['onLink']): void {
    if (isWrong) return this.#onWrongPassword(0)
    if (this.link.draft) onLink?.(link)
    this.#shown.link = link
    this.#enterOptions = { ...this.#enterOptions, proof }
    this.#open([key])
  }

  /** Connects. `secrets` are keys beside the link's; undefined keeps those of the last time. */
  #open(secrets: Uint8Array[] | undefined): void {
    const { openSignaling, clock } = this.#deps
    if (secrets) this.#trust.use(this.link, secrets)
    this.#signaling = openSignaling(this.link.room, this.#events)
    const onChange = (id: string | undefined) => (this.#shown.activeSpeaker = id)
    this.#stopSpeakerDetection = watchActiveSpeaker(() => this.participants, clock, onChange)
    // At once: the page is drawn anew while the server answers.
    this.#signaling.start()
  }

  #newRoster(media: OutgoingMedia): Roster {
    const verification = () => this.#trust.verification()
    const ownName = () => this.#enterOptions.name
    return new Roster(
      { ...this.#deps, media, verification, ownName },
      {
        send: (payload, to) => this.#signaling?.send(payload, to),
        changed: () => this.#updateState(),
        heard: (participant, data) => this.events.heard?.(participant, data),
        mediaLost: () => this.checkConnection(),
        hasServer: () => !isInCall(this.state) || this.state.signaling === 'connected',
      },
    )
  }

  #enter(): void {
    this.#signaling?.enter(this.#enterOptions)
  }

  #onConnected(): void {
    const { name } = this.state
    if (name === 'locked' || name === 'knocking') this.#waitingRoom.onReconnect(name === 'knocking')
    else this.#enter()
  }

  #onDisconnected(): void {
    if (this.state.name === 'entering') this.#onUnreachable()
    if (isInCall(this.state) && this.state.signaling === 'connected') {
      this.#updateState('disconnected')
    }
  }

  /** A server that restarts is back within a minute; otherwise it is gone. */
  #onRestarting(): void {
    this.#updateState('restarting')
    this.#cancelRestart()
    this.#cancelRestart = this.#deps.clock.after(RESTART_TIMEOUT, () => {
      if (isInCall(this.state) && this.state.signaling === 'restarting') {
        this.#updateState('disconnected')
      }
    })
  }

  #onUnreachable(refused?: string): void {
    if (this.state.name !== 'entering') return
    const reason = refused === undefined ? {} : { refused }
    this.#shown.state = { name: 'entering', signaling: 'unreachable', ...reason }
  }

  #onEntered(entry: Entry): void {
    this.#cancelRetry()
    this.#cancelRestart()
    this.#trust.remember(this.link)
    this.#deps.iceServers.update(entry.iceServers)
    this.#shown.knocks = entry.knocks
    if (!isInCall(this.state)) this.events.entered?.(entry.peers.length)
    this.#roster.update(entry.id, entry.peers)
    this.#lock.onEntered(entry, isInCall(this.state), this.participants.length)
    this.#updateState('connected')
  }

  #onJoin(id: string, name: string): void {
    this.#cancelRetry()
    this.#roster.onJoin(id, name)
    if (this.participants.every(({ seat }) => seat === 'online')) this.#lock.relockNow()
    this.#updateState()
  }

  /** The server says something new of the seat of a participant. */
  #onSeat(id: string, update: (participant: Participant) => void): void {
    const participant = this.#roster.find(id)
    if (participant) update(participant)
    this.#updateState()
  }

  /** Ignores messages of participants who left, which the server kept while we were away. */
  #onMessage(payload: Payload, from: string): void {
    const participant = this.#roster.find(from)
    if (participant && participant.seat !== 'gone') participant.receive(payload)
  }

  #onDenied(): void {
    if (isInCall(this.state)) return this.#retryAfter(DENIED_RETRY_DELAY)
    if (this.state.name !== 'knocking') return
    // The password was right, and stays known for the next knock, also if the page is reloaded.
    this.#end({ name: 'denied' })
    this.#media.stop()
  }

  #onRefused({ reason, retryAfter }: Refusal): void {
    if (isInCall(this.state)) this.#onRefusedInCall(reason, retryAfter)
    else if (reason === 'locked') this.#onLockedOut()
    else if (reason === 'denied') this.#onWrongPassword(retryAfter)
    else this.#endAndRelease(refusedState(reason, retryAfter))
  }

  /**
   * A server says so only to those who know the password. A client that was knocking goes on:
   * the room was unlocked only for a moment.
   */
  #onLockedOut(): void {
    this.#trust.remember(this.link)
    if (this.state.name === 'knocking') this.#waitingRoom.knock()
    else if (this.#knocksAtOnce) this.#startKnocking()
    else this.#shown.state = { name: 'locked' }
  }

  /** The call continues without the server, which may accept us later. */
  #onRefusedInCall(reason: Refusal['reason'], retryAfter: number): void {
    if (reason === 'locked') this.#signaling?.knock(this.#enterOptions)
    else this.#retryAfter(Math.max(RETRY_DELAY, retryAfter * 1000))
  }

  #retryAfter(delay: number): void {
    this.#cancelRetry()
    this.#cancelRetry = this.#deps.clock.after(delay, () => this.#enter())
  }

  #onWrongPassword(wait: number): void {
    const asking: CallState = { name: 'password', problem: 'wrong', wait }
    this.#end(asking)
    this.#trust.forget(this.link)
    this.#enterOptions = { ...this.#enterOptions, proof: undefined }
    if (wait === 0) return
    this.#cancelRetry = this.#deps.clock.after(wait * 1000, () => {
      if (this.state === asking) this.#shown.state = { ...asking, wait: 0 }
    })
  }

  /** Derives the state again, if we have a seat. */
  #updateState(signaling?: SignalingConnection): void {
    if (!isInCall(this.state) && signaling !== 'connected') return
    const current = isInCall(this.state) ? this.state.signaling : 'connected'
    this.#shown.state = deriveCallState(this.#roster, this.state, signaling ?? current)
    this.events.changed?.()
  }

  /** The user did not hang up, so the devices are released here. */
  #endAndRelease(state: CallState): void {
    this.#trust.forget(this.link)
    this.#end(state)
    this.#media.stop()
  }

  #end(state: CallState): void {
    this.#cancelRetry()
    this.#cancelRestart()
    this.#waitingRoom.reset()
    this.#lock.reset()
    this.#stopSpeakerDetection()
    this.events.ended?.()
    this.#roster.close()
    this.#shown.knocks = []
    this.#shown.activeSpeaker = undefined
    this.#signaling?.close()
    this.#signaling = undefined
    this.#shown.state = state
  }
}
