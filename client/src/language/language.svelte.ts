/** The language of the page: chosen here, or wanted by the browser. */
import {
  directionOf,
  isLanguage,
  languageFor,
  localeFor,
  tagOf,
  type Language,
} from './languages.ts'
import { setMessages, watchReads, type Messages } from './text.ts'

/** Loads the messages of a part of the page, by language. */
export type Part = Readonly<Record<string, () => Promise<{ default: Messages }>>>

const STORED = 'vidchat.language'

// Nothing is drawn of these, so that they need no signal.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const parts = new Set<Part>()
const loaded: Partial<Record<Language, Messages>> = {}

/** The last one that was chosen, although its messages may still be on their way. */
let wanted = chosenLanguage()
let current = $state(wanted)
/** Counts the times that other messages came into use. */
let version = $state(0)
let pageTitle: (() => string) | undefined

watchReads(() => void version)

export const language = (): Language => current

/** Keeps the title of the page in its language. */
export function titlePage(title: () => string): void {
  pageTitle = title
  document.title = title()
}

/** Adds a part to what is shown; rejects if it has no messages. Parts do not wait for each other. */
export async function loadMessages(part: Part): Promise<void> {
  parts.add(part)
  const asked = current
  add(asked, await part[asked]?.())
  // Another language that was chosen meanwhile has come with all parts.
  if (asked === current) show(asked)
}

/** Shows the page in this language, now and later. Without its messages, it stays as it is. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  wanted = chosen
  try {
    await loadAll(chosen)
  } catch {
    return
  }
  if (wanted !== chosen) return // another choice came after it
  show(chosen)
  try {
    localStorage.setItem(STORED, chosen)
  } catch {
    // Storage is full or blocked: it holds for this page.
  }
}

/** Loads the messages of all parts, also of those that are added meanwhile. */
async function loadAll(asked: Language): Promise<void> {
  const count = parts.size
  const all = await Promise.all([...parts].map((part) => part[asked]?.()))
  if (count !== parts.size) return loadAll(asked)
  for (const part of all) add(asked, part)
}

function add(to: Language, part: { default: Messages } | undefined): void {
  loaded[to] = { ...loaded[to], ...part?.default }
}

function show(shown: Language): void {
  const direction = directionOf(shown)
  setMessages(loaded[shown] ?? {}, { tag: localeFor(shown, navigator.languages), direction })
  current = shown
  version++
  document.documentElement.lang = tagOf(shown)
  document.documentElement.dir = direction
  if (pageTitle) document.title = pageTitle()
}

function chosenLanguage(): Language {
  let stored: string | undefined
  try {
    stored = localStorage.getItem(STORED) ?? undefined
  } catch {
    // Even reading the property throws if the user blocks site data.
  }
  return isLanguage(stored) ? stored : languageFor(navigator.languages)
}
