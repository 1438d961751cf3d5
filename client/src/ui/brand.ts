const contentOf = (meta: string) =>
  document.querySelector<HTMLMetaElement>(`meta[${meta}]`)?.content

/** The name of the site, which its pages carry for chat programs, too. */
export const brandName = (): string => contentOf('property="og:site_name"') ?? ''

/** The address of the site's own logo; undefined is our sign. */
export const brandLogo = () => contentOf('name="brand-logo"')
