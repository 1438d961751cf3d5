/** What the pages call the service. Its server writes the name and the logo into them. */

/** The content of a meta element. There is no page in tests of words. */
function metaOf(name: string): string | undefined {
  const page = globalThis.document as Document | undefined
  return page?.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content
}

export const brandName = () => metaOf('application-name') ?? 'vidchat'

/** The address of a picture; undefined leaves our own sign. */
export const brandLogo = () => metaOf('brand-logo')

export const homeWords = () => `${brandName()} home`
