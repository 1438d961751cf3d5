/** The call page: the room that its URL names, and the call in it. */
import type { LocalMedia } from '../media/local-media.svelte.ts'
import type { Preferences } from '../media/preferences.ts'
import { fragmentOf, newCallLink, readFragment, urlOf, type CallLink } from '../room/call-link.ts'
import { isBeforeJoining, isJoinedOrJoining, type UnavailableReason } from '../room/call-state.ts'
import { Call, type CallDeps } from '../room/call.svelte.ts'
import { labelsOf } from '../words/participant.ts'

/** What the page needs of the browser. */
export interface CallPageDeps {
  call: CallDeps
  location: Pick<Location, 'hash' | 'origin'>
  history: Pick<History, 'replaceState'>
  navigator: Pick<Navigator, 'onLine'>
  random: Pick<Crypto, 'getRandomValues'>
  preferences: Preferences
  hasWebRtc: boolean
}

export class CallPage {
  readonly media: LocalMedia
  readonly #labels = $derived.by(() => labelsOf(this.call.participants, this.call.ownId))
  readonly #deps: CallPageDeps
  #call: Call

  constructor(deps: CallPageDeps, media: LocalMedia) {
    this.#deps = deps
    this.media = media
    this.#call = $state.raw(this.#newCall())
    media.events = {
      track: (kind, track) => this.#call.replaceTrack(kind, track),
      mediaState: () => this.#call.sendMediaState(),
    }
    this.#startPreview()
  }

  get call(): Call {
    return this.#call
  }

  /** The names to show for the others, by id. */
  get labels(): ReadonlyMap<string, string> {
    return this.#labels
  }

  /** The names of those we cannot connect to. */
  get unconnected(): string[] {
    const failing = this.call.participants.filter(({ connection }) =>
      ['failing', 'rejected'].includes(connection),
    )
    return failing.map(({ id }) => this.#labels.get(id) ?? '')
  }

  /** The URL that invites others. */
  get inviteUrl(): string {
    return urlOf(this.#call.link, this.#deps.location.origin)
  }

  /** The name entered for the last call; '' if there was none. */
  get name(): string {
    return this.#deps.preferences.name
  }

  /** Leaves the call if the URL names another one, and shows that one’s pre-join page. */
  readonly onHashChange = (): void => {
    const result = readFragment(this.#deps.location.hash)
    if (result.kind === 'room' && fragmentOf(result) === fragmentOf(this.#call.link)) return
    this.#call.leave()
    this.#call = this.#newCall()
    this.#startPreview()
  }

  /** The page is unloaded, or goes into the back/forward cache. */
  readonly onPageHide = (): void => {
    if (isJoinedOrJoining(this.#call.state)) this.leave()
  }

  /** Without any network an ICE restart is pointless: its offer would reach nobody. */
  readonly onNetworkChange = (): void => {
    if (this.#deps.navigator.onLine) this.#call.reconnect()
    else this.#call.checkConnection()
  }

  /** If the call is locked, those with a name ask to join at once; others may enter one first. */
  join(name = this.name, password = '', knock = name !== ''): void {
    this.#deps.preferences.name = name
    this.#call.join({ name, password, knock })
  }

  /** Asks to join the locked call, for the first time or again. */
  async askToJoin(name: string): Promise<void> {
    this.#deps.preferences.name = name
    if (this.#call.state.name === 'locked') return this.#call.knock(name)
    await this.media.start()
    this.join(name, '', true)
  }

  leave(): void {
    this.#call.leave()
    this.media.stop()
  }

  /** Joins the call that was left again, with the same devices. */
  async rejoin(): Promise<void> {
    await this.media.start()
    this.join()
  }

  #startPreview(): void {
    if (isBeforeJoining(this.#call.state)) void this.media.start()
  }

  #newCall(): Call {
    const { location, call: deps } = this.#deps
    const result = readFragment(location.hash)
    if (result.kind === 'invalid') {
      return new Call({ room: '', password: false }, deps, this.media, 'link-too-long')
    }
    const link = result.kind === 'room' ? result : this.#generateLink()
    return new Call(link, deps, this.media, this.#unavailableReason(link))
  }

  #unavailableReason({ key, password }: CallLink): UnavailableReason | undefined {
    if (!this.#deps.hasWebRtc) return 'browser-unsupported'
    return (key || password) && !this.#deps.call.subtle ? 'page-insecure' : undefined
  }

  #generateLink(): CallLink {
    const { random, history, call } = this.#deps
    const secure = call.subtle !== undefined
    const link = newCallLink({ random, password: false, secure })
    history.replaceState(null, '', `#${fragmentOf(link)}`)
    return link
  }
}
