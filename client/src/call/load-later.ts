/** Loads the parts of the call page that are not seen at once. The page begins with it early. */
export const loadLater = () => import('./later.ts')
