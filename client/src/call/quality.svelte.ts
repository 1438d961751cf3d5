/** Watches how good the connections of a call are. Its code is loaded once the call has begun. */
import type { QualityMonitor } from '../quality/monitor.svelte.ts'
import { systemClock } from 'vidchat-kit'
import type { CallPage } from './call-page.svelte.ts'
import { Lazy } from './lazy.svelte.ts'

const views = new Lazy(() => import('./quality-views.ts'))
let monitor = $state.raw<QualityMonitor | undefined>()

/** What is shown of it, and the watch; undefined until its code is loaded. */
export function quality() {
  const loaded = views.load()
  return loaded && monitor && { ...loaded, monitor }
}

/** Begins to watch, once the code is loaded. Returns a function that ends it. */
export function watchQuality({
  call,
  talk,
}: Pick<CallPage, 'call' | 'talk'>): (() => void) | undefined {
  const loaded = views.load()
  if (!loaded) return undefined
  const current = new loaded.QualityMonitor({
    participants: () => call.participants,
    limitationOf: (id) => talk.current?.limitations.of(id) ?? 'none',
    tell: (id, limitation) => talk.current?.tellLimitation(id, limitation),
    clock: systemClock,
    isHidden: () => document.hidden,
  })
  monitor = current
  const stop = current.watch()
  return () => {
    stop()
    if (monitor === current) monitor = undefined
  }
}
