/** Connects the call page, if it is in a frame, with the page around it. */
import { systemClock } from 'vidchat-kit'
import { type EmbeddedPage, Embedding } from './embedding.ts'
import { likelyOrigins, listedOrigins } from './origins.ts'

export async function openEmbedding(page: EmbeddedPage): Promise<void> {
  openLinksOutside()
  const origins = await listedOrigins((path) => fetch(path), systemClock)
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
