import { expect, it, vi } from 'vitest'
import { loadTalk } from './load.ts'
import { FakeRtc } from '../testing/fake-channels.ts'
import { FakeClock } from '../../kit/testing/fake-clock.ts'
import { FakeMember } from '../testing/fake-members.ts'
import { LateTalk } from './late-talk.svelte.ts'

const page = 'AbCdEfGhIjKlMnOpQrStUv'
const ann = new FakeMember('ann', new FakeRtc())
const bo = new FakeMember('bo', new FakeRtc())

const state = { name: 'talking' as const }
const newTalk = () => new LateTalk({ participants: [ann, bo], ownId: 'me', state }, new FakeClock())
const text = (n: number) => JSON.stringify({ text: `${n}`, page, n })

/** Who wrote what is shown, once the code is loaded. */
async function authorsIn(late: LateTalk): Promise<(string | undefined)[]> {
  await loadTalk()
  await vi.waitFor(() => expect(late.current).toBeDefined(), { timeout: 20_000 })
  return late.current?.log.entries.map(({ author }) => author.id) ?? []
}

it('what one member sends before the code is loaded does not push out what another says', async () => {
  const late = newTalk()
  for (let n = 1; n <= 1000; n++) late.heard(ann, text(n))
  late.heard(bo, text(1))
  const authors = await authorsIn(late)
  expect(authors.filter((id) => id === 'ann')).toHaveLength(64)
  expect(authors.at(-1)).toBe('bo')
})

it('what fails does not keep the rest from being heard', async () => {
  const error = vi.spyOn(console, 'error').mockReturnValue()
  const late = newTalk()
  const odd = new FakeMember('odd', new FakeRtc())
  Object.defineProperty(odd, 'verification', {
    get: () => {
      throw new Error('odd')
    },
  })
  late.heard(odd, text(1))
  late.heard(bo, text(1))
  expect(await authorsIn(late)).toEqual(['bo'])
  expect(error).toHaveBeenCalledOnce()
})
