import { expect, it } from 'vitest'
import { fileName } from './names.ts'

it.each([
  ['photo.jpg', 'photo.jpg'],
  ['Ann’s photo (1).tar.gz', 'Ann’s photo (1).tar.gz'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\a.exe', 'a.exe'],
  ['/', 'file'],
  ['..', 'file'],
  ['', 'file'],
  [undefined, 'file'],
  [['x'], 'file'],
  ['.bashrc', 'bashrc'],
  ['a.txt. . ', 'a.txt'],
  ['a\0b\n.txt', 'ab.txt'],
  ['photo\u202egpj.exe', 'photogpj.exe'],
  ['a\u200b\u2066b.txt', 'ab.txt'],
  ['a<b>:"|?*.txt', 'a_b______.txt'],
  ['CON', '_CON'],
  ['lpt1.txt', '_lpt1.txt'],
  ['console.log', 'console.log'],
  ['   ', 'file'],
  ['…', 'file'],
  ['фото.png', 'фото.png'],
])('%j is %j', (given, name) => {
  expect(fileName(given)).toBe(name)
})

it('keeps the ending of a long name', () => {
  const name = fileName(`${'x'.repeat(5000)}.jpeg`)
  expect(name).toHaveLength(120)
  expect(fileName(`${'x'.repeat(500)}.jpeg`)).toMatch(/^x+\.jpeg$/)
  expect(fileName(`${'x'.repeat(500)}.jpeg`)).toHaveLength(120)
  expect(fileName(`a${'/x'.repeat(5000)}${'y'.repeat(5000)}.jpeg`)).toMatch(/^xy+\.jpeg$/)
})

it('ends with no dot or space where a long name is cut', () => {
  expect(fileName(`${'x'.repeat(119)} ${'y'.repeat(99)}`)).toBe('x'.repeat(119))
  expect(fileName(`${'x'.repeat(110)}. . . ${'. '.repeat(99)}${'y'.repeat(99)}`)).toBe(
    'x'.repeat(110),
  )
})

it('takes no long time to read, also of somebody who sends many', () => {
  const name = `x${'.'.repeat(4000)}x`
  const begin = performance.now()
  for (let count = 0; count < 2000; count++) fileName(name)
  expect(performance.now() - begin).toBeLessThan(10_000) // far more than it takes
})

it('is the same when it is cleaned again, whatever it was', () => {
  const pieces = [
    '..',
    '/',
    '\\',
    '.',
    ' ',
    'a',
    '\u202e',
    '\0',
    'CON',
    ':',
    '\ud800',
    'é',
    '\u0301',
    '.exe',
  ]
  let state = 1
  const next = () => (state = (state * 48_271) % 2_147_483_647) % pieces.length
  for (let round = 0; round < 3000; round++) {
    const name = fileName(Array.from({ length: 8 }, () => pieces[next()]).join(''))
    expect(fileName(name)).toBe(name)
    expect(name).not.toMatch(/[/\\\p{C}]|^\.|[. ]$/u)
    expect(name).not.toBe('')
  }
})
