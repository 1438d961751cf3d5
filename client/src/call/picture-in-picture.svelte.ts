/**
 * The call in a small window above all others: a page with controls where the browser
 * has such windows, elsewhere the video that matters most.
 */
import { mount, tick, unmount } from 'svelte'
import { language } from '../language/language.svelte.ts'
import { directionOf, tagOf, type Language } from '../language/languages.ts'
import type { CallPage } from './call-page.svelte.ts'
import { handleMediaActions } from './media-session.ts'
import MiniCall from './MiniCall.svelte'
import type { TileLayout } from './tile-layout.svelte.ts'

/** The part of the API in use. */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>
}

const { documentPictureInPicture } = window as {
  documentPictureInPicture?: DocumentPictureInPicture
}
/** Pages in frames may open videos only. */
const pages = window.parent === window ? documentPictureInPicture : undefined
const SIZE = { width: 400, height: 300 }

export class PictureInPicture {
  readonly #page: CallPage
  readonly #layout: TileLayout
  readonly #ending = new AbortController()
  #isOpen = $state(false)
  #window: Window | undefined
  /** The browser opened it as the tab was hidden, not the user. */
  #isAutomatic = false

  constructor(page: CallPage, layout: TileLayout) {
    this.#page = page
    this.#layout = layout
    const listen = (type: string, listener: () => void) =>
      document.addEventListener(type, listener, { signal: this.#ending.signal })
    listen('visibilitychange', () => this.#onVisibilityChange())
    listen('enterpictureinpicture', () => (this.#isOpen = true))
    listen('leavepictureinpicture', () => (this.#isOpen = this.#window !== undefined))
    this.#atEnd($effect.root(() => this.#follow()))
    if ('mediaSession' in navigator) this.#handleActions(navigator.mediaSession)
  }

  /** Whether the browser has it for pages. */
  get isSupported(): boolean {
    return pages !== undefined || document.pictureInPictureEnabled
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Browsers open it only for a press, or when they ask for it themselves. */
  async toggle(): Promise<void> {
    if (this.#isOpen) return this.#close()
    this.#isAutomatic = false
    await this.#open()
  }

  /** The call ended. */
  stop(): void {
    this.#ending.abort()
    void this.#close()
  }

  async #open(): Promise<void> {
    try {
      if (pages) this.#show(await pages.requestWindow(SIZE))
      else await mainVideo()?.requestPictureInPicture()
    } catch {
      // The browser does not allow it now.
    }
  }

  #show(opened: Window): void {
    if (this.#ending.signal.aborted) return opened.close()
    copyStyles(opened.document)
    const stop = $effect.root(() => {
      $effect(() => copyLanguage(opened.document, language()))
    })
    const props = { page: this.#page, layout: this.#layout }
    const shown = mount(MiniCall, { target: opened.document.body, props })
    this.#window = opened
    this.#isOpen = true
    opened.addEventListener('pagehide', () => {
      void unmount(shown)
      stop()
      if (this.#window !== opened) return // a later one took its place
      this.#window = undefined
      this.#isOpen = false
    })
  }

  async #close(): Promise<void> {
    this.#window?.close()
    if (document.pictureInPictureElement)
      await document.exitPictureInPicture().catch(() => undefined)
  }

  #onVisibilityChange(): void {
    if (document.visibilityState === 'visible' && this.#isAutomatic) void this.#close()
  }

  #handleActions(session: MediaSession): void {
    const { media } = this.#page
    const stop = handleMediaActions(session, {
      togglemicrophone: () => void media.setMicrophone(media.microphone.name !== 'on'),
      togglecamera: () => void media.setCamera(media.camera.name !== 'on'),
      hangup: () => this.#page.leave(),
      enterpictureinpicture: () => {
        this.#isAutomatic = true
        void this.#open()
      },
    })
    this.#atEnd(stop)
    this.#atEnd(
      $effect.root(() => {
        $effect(() => tell(session, 'Microphone', media.microphone.name === 'on'))
        $effect(() => tell(session, 'Camera', media.camera.name === 'on'))
      }),
    )
  }

  /** Where it is a video, it follows what matters most. */
  #follow(): void {
    $effect(() => {
      if (!this.#isOpen || !this.#layout.main) return
      void tick().then(() => {
        const video = mainVideo()
        const shown = document.pictureInPictureElement
        if (shown && video && shown !== video)
          video.requestPictureInPicture().catch(() => undefined)
      })
    })
  }

  #atEnd(stop: () => void): void {
    this.#ending.signal.addEventListener('abort', stop)
  }
}

/** Tells the browser whether a device is on, if it wants to know. */
function tell(session: Partial<MediaSession>, device: 'Microphone' | 'Camera', on: boolean): void {
  void Promise.resolve(session[`set${device}Active`]?.(on)).catch(() => undefined)
}

function mainVideo(): HTMLVideoElement | null {
  return document.querySelector<HTMLVideoElement>('[data-main] video')
}

/** Settings can change the language of the page while the window is open. */
function copyLanguage(other: Document, current: Language): void {
  other.documentElement.lang = tagOf(current)
  other.documentElement.dir = directionOf(current)
  other.title = document.title
}

/** The window has a document of its own, without our stylesheets. */
function copyStyles(other: Document): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')) {
    const copy = other.createElement('link')
    copy.rel = 'stylesheet'
    copy.href = link.href
    other.head.append(copy)
  }
}
