/** The call page: the room that its URL names, and the call in it. */
import type { LocalMedia } from '../media/local-media.svelte.ts'
import type { Preferences } from '../media/preferences.ts'
import {
  Call,
  type CallDeps,
  type CallLink,
  decode,
  type EarlySocket,
  fragmentOf,
  type FragmentResult,
  isBeforeJoining,
  isInCall,
  isJoinedOrJoining,
  type LinkProblem,
  newCallLink,
  readFragment,
  startsPasswordCall,
  type UnavailableReason,
  urlOf,
} from 'vidchat-kit'
import { LateTalk } from '../talk/late-talk.svelte.ts'
import { labelsOf } from '../words/participant.ts'
import type { OtherTabs } from './other-tabs.svelte.ts'

/** What the page needs of the browser. */
export interface CallPageDeps {
  call: CallDeps
  location: Pick<Location, 'hash' | 'search' | 'origin'>
  history: Pick<History, 'replaceState'>
  document: Pick<Document, 'visibilityState'>
  navigator: Pick<Navigator, 'onLine'>
  random: Pick<Crypto, 'getRandomValues'>
  preferences: Preferences
  tabs: OtherTabs
  /** The connection to the server that is made in the lobby. */
  early: Pick<EarlySocket, 'keep' | 'close'>
  hasWebRtc: boolean
  /** What is still loaded beside the page, without which there is no call. */
  parts?: Promise<unknown> | undefined
}

const UNAVAILABLE: Record<LinkProblem, UnavailableReason> = {
  'too-long': 'link-too-long',
  damaged: 'link-damaged',
}

export class CallPage {
  readonly media: LocalMedia
  readonly #labels = $derived.by(() => labelsOf(this.call.participants, this.call.ownId))
  readonly #deps: CallPageDeps
  #current: { call: Call; talk: LateTalk }
  #parts: 'loading' | 'loaded' | 'failed'
  /** A request to join that waits for the parts; leaving forgets it. */
  #waiting: object | undefined

  constructor(deps: CallPageDeps, media: LocalMedia) {
    this.#deps = deps
    this.media = media
    this.#parts = deps.parts ? 'loading' : 'loaded'
    deps.parts?.then(
      () => (this.#parts = 'loaded'),
      () => (this.#parts = 'failed'),
    )
    this.#current = $state.raw(this.#newCall())
    media.events = {
      tracks: () => this.call.updateTracks(),
      mediaState: () => this.call.sendMediaState(),
    }
    deps.tabs.watch(this.call.link.room)
    this.#startPreview()
  }

  get call(): Call {
    return this.#current.call
  }

  /** What is written, sent and signalled beside audio and video. */
  get talk(): LateTalk {
    return this.#current.talk
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
    return urlOf(this.call.link, this.#deps.location.origin)
  }

  /** Whether the user is in this call in another tab of this browser. */
  get isElsewhere(): boolean {
    return this.#deps.tabs.isElsewhere
  }

  /** Whether the user created this call a moment ago, and chooses its password. */
  get isCreator(): boolean {
    return this.call.link.draft === true
  }

  /** What is remembered between calls. */
  get preferences(): Preferences {
    return this.#deps.preferences
  }

  /** Resolves once the server asks for reports about calls, which it may never do. */
  get callStats(): Promise<void> {
    return this.#deps.call.iceServers.callStats
  }

  /** The name to suggest; '' if there is none. */
  get name(): string {
    return this.#deps.preferences.name
  }

  /** Leaves the call if the URL names another one, and shows that one’s pre-join page. */
  readonly onHashChange = (): void => {
    const result = this.#readLink()
    if (result.kind === 'room' && fragmentOf(result) === fragmentOf(this.call.link)) return
    this.call.leave()
    this.#deps.tabs.leave()
    this.#current = this.#newCall()
    this.media.stopScreen()
    this.#deps.tabs.watch(this.call.link.room)
    this.#startPreview()
  }

  /** The page is unloaded, or goes into the back/forward cache. */
  readonly onPageHide = (): void => {
    this.#deps.early.close()
    this.#deps.call.spare.drop()
    if (isJoinedOrJoining(this.call.state)) {
      this.call.unload()
      this.#deps.tabs.leave()
    }
    this.media.stop()
  }

  /** The page is loaded, or comes back from the back/forward cache. */
  readonly onPageShow = ({ persisted }: Pick<PageTransitionEvent, 'persisted'>): void => {
    if (persisted) this.#startPreview()
  }

  readonly onVisibilityChange = (): void => {
    if (this.#deps.document.visibilityState === 'visible') this.media.resume()
  }

  /** Asks before a page is reloaded or left during a conversation. */
  readonly onBeforeUnload = (event: Pick<Event, 'preventDefault'>): void => {
    if (isInCall(this.call.state) && this.call.participants.length > 0) event.preventDefault()
  }

  /** Without any network an ICE restart is pointless: its offer would reach nobody. */
  readonly onNetworkChange = (): void => {
    this.#deps.early.close()
    if (this.#deps.navigator.onLine) this.call.onNetworkChange()
    else this.call.checkConnection()
  }

  /**
   * Somebody is in the lobby, and may join any moment: what a call needs is made ready.
   * All of it ends by itself unless this is called again.
   */
  prepare(): void {
    if (!isBeforeJoining(this.call.state)) return
    this.#deps.early.keep()
    void this.#deps.call.spare.prepare(this.media.ready())
  }

  /** If the call is locked, those with a name ask to join at once; others may enter one first. */
  join(name = this.name, password = '', knock = name !== ''): void {
    this.#deps.preferences.name = name
    const { tabs } = this.#deps
    const call = this.call
    if (this.#parts === 'loading') {
      const waiting = (this.#waiting = {})
      const again = () => {
        if (waiting !== this.#waiting) return
        this.#waiting = undefined
        if (call === this.call) this.join(name, password, knock)
      }
      return void this.#deps.parts?.then(again, again)
    }
    // Browsers remember that it failed, so only a reload helps.
    if (this.#parts === 'failed') {
      this.#current = this.#callOf(call.link, 'page-incomplete')
      return this.media.stop()
    }
    const enter = () => {
      if (call !== this.call) return
      tabs.join()
      call.join({ name, password, knock, onLink: (link) => this.#onLink(link) })
    }
    if (tabs.isElsewhere) void tabs.takeSeat().then(enter)
    else enter()
  }

  /** Asks to join the locked call, for the first time or again. */
  async askToJoin(name: string): Promise<void> {
    this.#deps.preferences.name = name
    if (this.call.state.name === 'locked') return this.call.knock(name)
    await this.media.start()
    this.join(name, '', true)
  }

  /** Whether the call is joined as soon as the page is complete. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  leave(): void {
    this.#waiting = undefined
    this.call.leave()
    this.#deps.tabs.leave()
    this.media.stop()
  }

  /** Joins the call that was left again, with the same devices. */
  async rejoin(name = this.name): Promise<void> {
    const call = this.call
    await this.media.start()
    if (call === this.call) this.join(name)
  }

  /** The password that was chosen has completed the link. */
  #onLink(link: CallLink): void {
    const { tabs, history, location } = this.#deps
    history.replaceState(null, '', urlOf(link, location.origin))
    tabs.watch(link.room)
    tabs.join()
  }

  /** Shows the camera before the call; a page without a call has no use for it. */
  #startPreview(): void {
    const { state } = this.call
    if (isBeforeJoining(state)) void this.media.start()
    else if (!isJoinedOrJoining(state)) this.media.stop()
  }

  #newCall(): { call: Call; talk: LateTalk } {
    const result = this.#readLink()
    if (result.kind === 'invalid') {
      const nowhere = { room: '', password: false }
      return this.#callOf(nowhere, UNAVAILABLE[result.problem])
    }
    const link = result.kind === 'room' ? result : this.#generateLink()
    this.#showLink(link)
    return this.#callOf(link, this.#unavailableReason(link))
  }

  #callOf(link: CallLink, unavailable?: UnavailableReason): { call: Call; talk: LateTalk } {
    const { call: deps } = this.#deps
    const call = new Call(link, deps, this.media, unavailable)
    const talk = new LateTalk(call, deps.clock)
    call.events = talk
    return { call, talk }
  }

  /** A link, or a part of it, in the query is damaged: the server was told its key. */
  #readLink(): FragmentResult {
    const { hash, search } = this.#deps.location
    const result = readFragment(hash)
    const lost = result.kind === 'none' && /#|[\da-f]{16}/i.test(decode(search))
    return lost ? { kind: 'invalid', problem: 'damaged' } : result
  }

  /**
   * Shows the link in the address bar as it was made, since people copy it from there.
   * A draft would lead to another call.
   */
  #showLink(link: CallLink): void {
    const { location, history } = this.#deps
    const hash = `#${fragmentOf(link)}`
    if (link.draft) return
    if (location.hash !== hash) history.replaceState(null, '', hash)
  }

  #unavailableReason({ key, password }: CallLink): UnavailableReason | undefined {
    if (!this.#deps.hasWebRtc) return 'browser-unsupported'
    return (key || password) && !this.#deps.call.subtle ? 'page-insecure' : undefined
  }

  #generateLink(): CallLink {
    const { random, call, location } = this.#deps
    const password = startsPasswordCall(location.search)
    return newCallLink({ random, password, secure: call.subtle !== undefined })
  }
}
