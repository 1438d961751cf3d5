import type { CallDeps } from '../room/call-deps.ts'
import type { CallLink } from '../room/call-link.ts'
import { isJoinedOrJoining, type CallState, type RoomLockStatus } from '../room/call-state.ts'
import { Call } from '../room/call.ts'
import { loadParts } from '../room/load-parts.ts'
import type { Participant } from '../room/participant.ts'
import type { Knock } from '../signaling/protocol.ts'
import type { CallParticipant } from './call-participant.ts'
import { Messages } from './messages.ts'
import { StreamMedia } from './stream-media.ts'

/** What listeners of a call are told, by the name of the event. */
export interface JoinedCallEvents {
  /** Something that can be seen of the call has changed: draw it again. It follows all others. */
  change(): void
  /** The call has another state. */
  state(state: CallState): void
  /** Somebody came in, or was there before us. */
  joined(participant: CallParticipant): void
  /** Somebody left, or was lost. */
  left(participant: CallParticipant): void
  /** `stream` or `screenStream` of a participant is another one, or gone. */
  stream(participant: CallParticipant): void
  /** Somebody asks to be let into the locked call: answer with `admit` or `deny`. */
  knock(knock: Knock): void
  /** A participant said this with `send`, or a page of vidchat did, as PROTOCOL.md describes. */
  message(message: object, participant: CallParticipant): void
}

/** What may be another when a call is joined again. */
export interface RejoinOptions {
  /** What the others see. */
  name?: string | undefined
  /** That of the call, if it has one. */
  password?: string | undefined
  /** Whether to ask to be let in at once if the call is locked. */
  knock?: boolean | undefined
}

/** What a call is made of: tests pass in fakes. */
export interface JoinedCallDeps extends Omit<CallDeps, 'reactive'> {
  /** Where a page hears that it goes away, and that the network is back. */
  page: Pick<EventTarget, 'addEventListener'>
}

type Name = keyof JoinedCallEvents
type Listeners = { [Event in Name]: Set<JoinedCallEvents[Event]> }

/** What listeners were told of. */
interface Told {
  state: CallState
  knocks: readonly Knock[]
  streams: ReadonlyMap<Participant, readonly (MediaStream | undefined)[]>
}

/** A call that `joinCall` joined. What can be seen of it is read from its properties. */
export class JoinedCall {
  readonly #call: Call
  readonly #media: StreamMedia
  readonly #messages: Messages
  readonly #page: JoinedCallDeps['page']
  readonly #listeners: Listeners = {
    change: new Set(),
    state: new Set(),
    joined: new Set(),
    left: new Set(),
    stream: new Set(),
    knock: new Set(),
    message: new Set(),
  }
  /** What the state is while the rest of the code is loaded. */
  #loading: CallState | undefined
  #name = ''
  #knocks = false
  #told: Told
  #willTell = false
  #leaving = new AbortController()

  /** Use `joinCall`. */
  constructor(link: CallLink, { page, ...deps }: JoinedCallDeps) {
    this.#page = page
    this.#media = new StreamMedia(deps.createStream(), {
      tracks: () => this.#call.updateTracks(),
      mediaState: () => this.#call.sendMediaState(),
    })
    const set = (values: object, name: string | symbol, value: unknown) => {
      this.#tellSoon()
      return Reflect.set(values, name, value)
    }
    const reactive = <Values extends object>(values: Values) => new Proxy<Values>(values, { set })
    this.#call = new Call(link, { ...deps, reactive }, this.#media)
    this.#messages = new Messages((participant, message) => {
      this.#emit('message', message, participant)
    })
    this.#call.events = {
      changed: () => this.#messages.update(this.#call.participants),
      heard: (participant, data) => this.#messages.heard(participant, data),
      ended: () => {
        this.#leaving.abort()
        this.#media.stop()
      },
    }
    this.#told = { state: this.state, knocks: [], streams: new Map() }
  }

  /** Where the call is, in the words of the protocol. */
  get state(): CallState {
    return this.#loading ?? this.#call.state
  }

  /** The others, in the order in which they were first seen. */
  get participants(): readonly CallParticipant[] {
    return this.#call.participants
  }

  /** Those who ask to be let in. */
  get knocks(): readonly Knock[] {
    return this.#call.knocks
  }

  /** Whether new people have to ask. */
  get lockStatus(): RoomLockStatus {
    return this.#call.lockStatus
  }

  /** Who speaks, in a call of three or more. */
  get activeSpeaker(): CallParticipant | undefined {
    return this.#call.participants.find(({ id }) => id === this.#call.activeSpeaker)
  }

  /** What is sent of microphone and camera. */
  get media(): MediaStream | undefined {
    return this.#media.devices
  }

  /** The screen that is shared. */
  get screen(): MediaStream | undefined {
    return this.#media.screen
  }

  /** Calls the listener at each of these events. Returns a function that ends it. */
  on<Event extends Name>(event: Event, listener: JoinedCallEvents[Event]): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /**
   * Joins again, after `leave`, or with a password that was asked for. What is left out is as
   * it was, apart from the password.
   */
  join(options: RejoinOptions = {}): void {
    const { name = this.#name, password = '', knock = this.#knocks } = options
    if (this.#loading?.name === 'entering' || isJoinedOrJoining(this.state)) return
    this.#name = name
    this.#knocks = knock
    const loading: CallState = { name: 'entering', signaling: 'connecting' }
    this.#setLoading(loading)
    loadParts().then(
      () => {
        if (this.#loading !== loading) return
        this.#setLoading(undefined)
        this.#listen()
        this.#media.start()
        this.#call.join({ name, password, knock })
      },
      () => {
        if (this.#loading !== loading) return
        this.#setLoading({ name: 'unavailable', reason: 'page-incomplete' })
      },
    )
  }

  /** Leaves the call. The streams that were sent go on: stop their tracks if you do not need them. */
  leave(): void {
    this.#setLoading(undefined)
    this.#call.leave()
  }

  /**
   * Sends other media from now on, or none. Call it also after you change the stream's tracks, or
   * whether one is enabled.
   */
  setMedia(stream: MediaStream | undefined): void {
    this.#media.setDevices(stream)
  }

  /** Shares a screen beside the camera, or not any more. */
  setScreen(stream: MediaStream | undefined): void {
    this.#media.setScreen(stream)
  }

  /**
   * Sends silence, and tells the others. It disables the audio tracks until you unmute or leave;
   * tracks that you have disabled yourself stay so.
   */
  setMuted(muted: boolean): void {
    this.#media.setMuted(muted)
  }

  /** Sends the video, or none, and tells the others. The camera itself stays open. */
  setCamera(on: boolean): void {
    this.#media.setCamera(on)
  }

  /** Says something to one participant, or to all. It is not repeated if a connection breaks. */
  send(message: object, to?: CallParticipant): void {
    const all = this.#call.participants
    this.#messages.send(to ? all.filter((participant) => participant === to) : all, message)
  }

  /** Asks to be let into the call, while its state is `locked`; or again, when it is `denied`. */
  knock(): void {
    if (this.state.name === 'denied') this.join({ knock: true })
    else this.#call.knock(this.#name)
  }

  /** Lets somebody in who knocked. */
  admit(knock: Knock): void {
    this.#call.answerKnock(knock, true)
  }

  /** Turns somebody away who knocked. */
  deny(knock: Knock): void {
    this.#call.answerKnock(knock, false)
  }

  /** Locks the call, so that new people have to knock; or unlocks it. */
  setLocked(locked: boolean): void {
    this.#call.setLocked(locked)
  }

  /** Tries all connections again, because the user asked. */
  reconnect(): void {
    this.#call.reconnect()
  }

  #listen(): void {
    this.#leaving.abort()
    this.#leaving = new AbortController()
    const { signal } = this.#leaving
    this.#page.addEventListener('pagehide', () => this.#call.unload(), { signal })
    this.#page.addEventListener('online', () => this.#call.onNetworkChange(), { signal })
    this.#page.addEventListener('offline', () => this.#call.checkConnection(), { signal })
  }

  #setLoading(state: CallState | undefined): void {
    this.#loading = state
    this.#tellSoon()
  }

  /** Changes that come together are told together. */
  #tellSoon(): void {
    if (this.#willTell) return
    this.#willTell = true
    queueMicrotask(() => {
      this.#willTell = false
      this.#tell()
    })
  }

  #tell(): void {
    const before = this.#told
    const { state, knocks } = this
    const { participants } = this.#call
    const streams = new Map(participants.map((each) => [each, [each.stream, each.screenStream]]))
    this.#told = { state, knocks, streams }
    this.#messages.keep(participants)
    // The call derives its state anew when anything changes.
    if (JSON.stringify(state) !== JSON.stringify(before.state)) this.#emit('state', state)
    for (const participant of before.streams.keys()) {
      if (!streams.has(participant)) this.#emit('left', participant)
    }
    for (const [participant, now] of streams) {
      const known = before.streams.get(participant)
      if (!known) this.#emit('joined', participant)
      const [stream, screen] = known ?? []
      if (now[0] !== stream || now[1] !== screen) this.#emit('stream', participant)
    }
    for (const knock of knocks) {
      if (!before.knocks.some(({ id }) => id === knock.id)) this.#emit('knock', knock)
    }
    this.#emit('change')
  }

  /** Whatever goes wrong in a page, the call goes on. */
  #emit<Event extends Name>(event: Event, ...details: Parameters<JoinedCallEvents[Event]>): void {
    for (const listener of [...this.#listeners[event]]) {
      try {
        ;(listener as (...details: unknown[]) => void)(...details)
      } catch (error) {
        console.error(`A listener of "${event}" failed.`, error)
      }
    }
  }
}
