import { chooseLanguage, language } from '../language/language.svelte.ts'
import type { Language } from '../language/languages.ts'

/** What is chosen in a picker of languages, which shows the page's again if that fails. */
export class LanguageChoice {
  #isMissing = $state(false)

  /** Whether the language that was chosen last could not be loaded. */
  get isMissing(): boolean {
    return this.#isMissing
  }

  async choose(picker: Pick<HTMLSelectElement, 'value'>): Promise<void> {
    const chosen = picker.value as Language
    this.#isMissing = false
    await chooseLanguage(chosen)
    this.#isMissing = language() !== chosen && picker.value === chosen
    picker.value = language()
  }
}
