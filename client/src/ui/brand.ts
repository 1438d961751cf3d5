/** The name of the site, which its pages carry for chat programs, too. */
export const brandName = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property="og:site_name"]')?.content ?? ''
