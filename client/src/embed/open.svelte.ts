/** Connects the call page, if it is in a frame, with the page around it. */
import { type EmbeddedPage, Embedding, likelyOrigins } from './embedding.ts'

/** The time between two tries to ask the server, in ms. */
const RETRY_DELAY = 3000

export async function openEmbedding(page: EmbeddedPage): Promise<void> {
  openLinksOutside()
  const origins = await listedOrigins()
  if (origins.length === 0) return
  // Not known to every browser.
  const [ancestor] = (location as { ancestorOrigins?: Iterable<string> }).ancestorOrigins ?? []
  const embedding = new Embedding({
    page,
    parent: window.parent,
    origins,
    likely: likelyOrigins(origins, ancestor, document.referrer),
    now: () => performance.now(),
  })
  addEventListener('message', embedding.onMessage)
  embedding.ready()
  // As long as the page: nothing ends them before.
  $effect.root(() => {
    $effect(() => embedding.tellState())
    $effect(() => embedding.tellParticipants())
    $effect(() => embedding.tellDevices())
  })
}

/** Only the call page may be in the frame, so links to other pages open outside of it. */
function openLinksOutside(): void {
  const base = document.createElement('base')
  base.target = '_blank'
  document.head.append(base)
}

/** The sites that may control the call, of which the server knows. */
async function listedOrigins(): Promise<string[]> {
  for (;;) {
    try {
      const response = await fetch('/embed-origins')
      if (response.status === 404) return [] // the page came from a server with other settings
      if (response.ok) return ((await response.json()) as { origins: string[] }).origins
    } catch {
      // The network is gone for a while.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY))
  }
}
