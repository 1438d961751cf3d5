/** What the others' seats and links amount to, for a call as a whole. */
import type { Path } from '../rtc/recovery.ts'
import type { Link, Seat } from './participant.svelte.ts'
import type { CallState, InCall, Line } from './call-state.ts'

/** One of the others, as far as it matters here. */
export interface Companion {
  readonly seat: Seat
  readonly link: Link
}

/** Links from best to worst; the best one speaks for the call. */
const BEST_FIRST: Link[] = ['open', 'interrupted', 'failing', 'opening', 'awaited', 'refused']

/** The state of a call in this company. `before` is the state so far. */
export function stateIn(company: Companion[], before: CallState, line: Line): InCall {
  const best = BEST_FIRST.find((link) => company.some((companion) => companion.link === link))
  if (best === undefined) return alone(before, line)
  const path = best === 'awaited' ? 'opening' : best
  if (isTalking(path, before)) return { name: 'talking', line, path, other: othersIn(company) }
  return { name: 'connecting', line, path }
}

function alone(before: CallState, line: Line): InCall {
  const company = before.name === 'connecting' || before.name === 'talking'
  const since = before.name === 'waiting' ? before.since : company ? 'left' : 'start'
  return { name: 'waiting', line, since }
}

/** A path that is looked for again still belongs to people who have talked. */
function isTalking(path: Path | 'refused', before: CallState): path is Path {
  if (path === 'open' || path === 'interrupted') return true
  return path === 'failing' && before.name === 'talking'
}

function othersIn(company: Companion[]): 'here' | 'away' {
  return company.some(({ seat }) => seat === 'here') ? 'here' : 'away'
}
