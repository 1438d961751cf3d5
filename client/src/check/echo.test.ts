import { expect, it } from 'vitest'
import { toneFile } from './echo.ts'

it('a tone is a WAV file that says how long it is', async () => {
  const view = new DataView(await toneFile(8000).arrayBuffer())
  const text = (at: number) =>
    String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))
  expect([text(0), text(8), text(12), text(36)]).toEqual(['RIFF', 'WAVE', 'fmt ', 'data'])
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8)
  expect(view.getUint32(40, true)).toBe(view.byteLength - 44)
  expect(view.byteLength - 44).toBe(2 * 6400)
  const samples = Array.from({ length: 6400 }, (_, index) => view.getInt16(44 + 2 * index, true))
  expect(samples[0]).toBe(0)
  expect(Math.max(...samples)).toBeGreaterThan(6000)
})
