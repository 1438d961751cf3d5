/** Does what the page around the call page asks for, and tells it what happens. */
import { type CallState, isBeforeJoining, isJoinedOrJoining, type Participant } from 'vidchat-kit'
import type { LocalMedia } from '../media/local-media.svelte.ts'
import { type Command, type CommandId, readCommand, VERSION } from './commands.ts'
import { type RefusalCode, refusalTexts } from './refusals.ts'

/** What this needs of the call page. */
export interface EmbeddedPage {
  readonly call: {
    readonly state: CallState
    readonly participants: readonly Pick<Participant, 'id' | 'name'>[]
  }
  readonly media: Pick<LocalMedia, 'microphone' | 'camera' | 'setMicrophone' | 'setCamera'>
  readonly name: string
  /** Whether the call is joined as soon as the page is complete. */
  readonly isWaiting: boolean
  join(name?: string): void
  rejoin(name?: string): Promise<void>
  askToJoin(name: string): Promise<void>
  leave(): void
}

/** The page around ours. */
export type ParentWindow = Pick<Window, 'postMessage'>

export interface EmbeddingDeps {
  page: EmbeddedPage
  parent: ParentWindow
  /** The origins that may talk to us. */
  origins: readonly string[]
  /** Those of them that the page around us may have. */
  likely: readonly string[]
  /** The time in ms. */
  now(): number
}

/** So many commands are done at once, and so many a second after that. */
const BURST = 20
const PER_SECOND = 5

export class Embedding {
  readonly #deps: EmbeddingDeps
  /** Where events go: one origin, once the page around us has said something. */
  #targets: readonly string[]
  #told = new Map<string, string>()
  #commands = BURST
  #refilled: number

  constructor(deps: EmbeddingDeps) {
    this.#deps = deps
    this.#targets = deps.likely
    this.#refilled = deps.now()
  }

  /** Commands are heard from now on. */
  ready(): void {
    this.#send({ event: 'ready' })
  }

  /** Tells what is new of these; to be called whenever one of them changes. */
  tellState(): void {
    this.#tell('state', describeState(this.#deps.page.call.state))
  }

  tellParticipants(): void {
    const { participants } = this.#deps.page.call
    this.#tell('participants', { participants: participants.map(({ id, name }) => ({ id, name })) })
  }

  tellDevices(): void {
    const { microphone, camera } = this.#deps.page.media
    this.#tell('devices', { microphone: microphone.name, camera: camera.name })
  }

  /** Any window can send us messages; only those of the page around us are heard. */
  readonly onMessage = ({
    data,
    origin,
    source,
  }: Pick<MessageEvent, 'data' | 'origin' | 'source'>): void => {
    if (source !== this.#deps.parent || !this.#deps.origins.includes(origin)) return
    const reading = readCommand(data)
    if (!reading) return
    this.#targets = [origin]
    const { id } = reading
    if (!this.#mayDo()) return this.#refuse(id, 'too-many')
    if ('refusal' in reading) return this.#refuse(id, reading.refusal)
    void this.#do(reading.command).then(
      (refusal) => (refusal ? this.#refuse(id, refusal.code, refusal.reason) : this.#accept(id)),
      () => this.#refuse(id, 'not-now'),
    )
  }

  async #do(command: Command): Promise<Refusal | undefined> {
    const { page } = this.#deps
    switch (command.do) {
      case 'join':
        return this.#join(command)
      case 'leave':
        if (!page.isWaiting && !isJoinedOrJoining(page.call.state)) return { code: 'not-now' }
        page.leave()
        break
      case 'mute':
        return this.#switch(command.device, false)
      case 'unmute':
        return this.#switch(command.device, true)
      case 'report':
        this.#told.clear()
        this.tellState()
        this.tellParticipants()
        this.tellDevices()
    }
    return undefined
  }

  /** Done once it has begun: the state tells the rest. */
  #join({ name, microphone, camera }: Extract<Command, { do: 'join' }>): Refusal | undefined {
    const { page } = this.#deps
    switch (page.call.state.name) {
      case 'pre-join':
        page.join(name)
        break
      case 'locked':
      case 'denied':
        void page.askToJoin(name ?? page.name)
        break
      case 'left':
      case 'full':
        void page.rejoin(name)
        break
      case 'password':
        return { code: 'password-needed' }
      case 'unavailable':
        return { code: 'unavailable' }
      default:
        return { code: 'not-now' }
    }
    // Devices that are being opened are switched before anybody gets their tracks.
    if (microphone !== undefined) void page.media.setMicrophone(microphone)
    if (camera !== undefined) void page.media.setCamera(camera)
    return undefined
  }

  async #switch(device: 'microphone' | 'camera', on: boolean): Promise<Refusal | undefined> {
    const { call, media } = this.#deps.page
    if (!isBeforeJoining(call.state) && !isJoinedOrJoining(call.state)) return { code: 'not-now' }
    await (device === 'microphone' ? media.setMicrophone(on) : media.setCamera(on))
    const state = media[device]
    if (!on || state.name !== 'missing') return undefined
    return { code: 'device-missing', reason: state.problem }
  }

  #mayDo(): boolean {
    const now = this.#deps.now()
    const gained = ((now - this.#refilled) / 1000) * PER_SECOND
    this.#commands = Math.min(BURST, this.#commands + gained)
    this.#refilled = now
    if (this.#commands < 1) return false
    this.#commands--
    return true
  }

  #accept(id: CommandId): void {
    this.#send({ answer: id, ok: true })
  }

  #refuse(id: CommandId, code: RefusalCode, reason?: string): void {
    const error = { code, text: refusalTexts[code], ...(reason ? { reason } : {}) }
    this.#send({ answer: id, ok: false, error })
  }

  /** What was told last is not told again. */
  #tell(event: string, content: object): void {
    const text = JSON.stringify(content)
    if (this.#told.get(event) === text) return
    this.#told.set(event, text)
    this.#send({ event, ...content })
  }

  /** The browser delivers nothing to a page of another origin. */
  #send(message: object): void {
    const { parent } = this.#deps
    for (const origin of this.#targets) parent.postMessage({ vidchat: VERSION, ...message }, origin)
  }
}

interface Refusal {
  code: RefusalCode
  /** What is wrong with a device. */
  reason?: string
}

/** The name of the state, and why it came to that if there are several reasons. */
function describeState(state: CallState): object {
  if (state.name === 'full') return { state: state.name, reason: state.limit }
  return 'reason' in state ? { state: state.name, reason: state.reason } : { state: state.name }
}
