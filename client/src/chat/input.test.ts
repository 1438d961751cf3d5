import { describe, expect, it } from 'vitest'
import { isSendKey, pastedFiles } from './input.ts'

describe('the key', () => {
  const enter = { key: 'Enter', shiftKey: false, isComposing: false, keyCode: 13 }

  it.each([
    ['Enter', {}, true],
    ['Shift+Enter', { shiftKey: true }, false],
    ['Enter of an input method', { isComposing: true }, false],
    ['Enter that ends an input method in Safari', { keyCode: 229 }, false],
    ['another key', { key: 'a', keyCode: 65 }, false],
  ])('%s sends or not', (_, changes, sends) => {
    expect(isSendKey({ ...enter, ...changes } as KeyboardEvent)).toBe(sends)
  })
})

describe('a paste', () => {
  it.each([
    ['a picture', ['image.png'], '', true],
    ['cells with a picture of them', ['image.png'], 'a\tb\r\n1\t2\r\n', false],
    ['a file with its name', ['a b.pdf'], 'a b.pdf', true],
    ['files with their paths', ['a.pdf', 'é.pdf'], '/home/x/a.pdf\n/home/x/e\u0301.pdf', true],
    ['a file with its URL', ['a b.pdf'], 'file:///home/x/a%20b.pdf', true],
    ['text', [], 'hello', false],
  ])('of %s is of files or not', (_, names, text, isFiles) => {
    const files = names.map((name) => new File(['x'], name))
    const data = { files, getData: () => text } as unknown as DataTransfer
    expect(pastedFiles(data)).toEqual(isFiles ? files : [])
  })

  it('of nothing has no files', () => {
    expect(pastedFiles(null)).toEqual([])
  })
})
