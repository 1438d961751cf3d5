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

// Nothing is drawn of them, so that they need no signal.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const parts = new Set<Part>()
/** The language that is wanted, although its messages may still be on their way. */
let target = chosenLanguage()
let current = $state(target)
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

/** Adds a part to what is shown; without its messages, it is rejected. */
export async function loadMessages(part: Part): Promise<void> {
  parts.add(part)
  await show()
}

/** Shows the page in this language, now and later. Without its messages, it stays as it is. */
export async function chooseLanguage(wanted: Language): Promise<void> {
  const before = target
  target = wanted
  try {
    await show()
  } catch {
    if (target === wanted) target = before
    return
  }
  if (target !== wanted) return // another choice came after it
  try {
    localStorage.setItem(STORED, wanted)
  } catch {
    // Storage is full or blocked: it holds for this page.
  }
}

async function show(): Promise<void> {
  const [wanted, count] = [target, parts.size]
  const loaded = await Promise.all([...parts].map((part) => part[wanted]?.()))
  // Meanwhile, another language was chosen, or another part asked for.
  if (wanted !== target || count !== parts.size) return show()
  const all = Object.assign({}, ...loaded.map((part) => part?.default)) as Messages
  const tag = localeFor(wanted, navigator.languages)
  setMessages(all, { tag, direction: directionOf(wanted) })
  current = wanted
  version++
  document.documentElement.lang = tagOf(wanted)
  document.documentElement.dir = directionOf(wanted)
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
