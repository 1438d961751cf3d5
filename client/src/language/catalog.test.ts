import { expect, it } from 'vitest'
import { catalogTypes } from '../../messages.ts'

it('the types of messages are those of the English catalog: `npm run messages` writes them', async () => {
  await expect(catalogTypes()).toMatchFileSnapshot('catalog.ts')
})
