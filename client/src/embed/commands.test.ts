import { describe, expect, it } from 'vitest'
import { readCommand, VERSION } from './commands.ts'

const join = { vidchat: VERSION, id: 1, do: 'join' }
const asked = { name: undefined, microphone: undefined, camera: undefined }

describe('readCommand', () => {
  it.each([
    ['join', join, { do: 'join', ...asked }],
    [
      'join with all it may have',
      { ...join, name: ' Ann ', microphone: false, camera: true },
      { do: 'join', name: 'Ann', microphone: false, camera: true },
    ],
    [
      'a name without a visible character',
      { ...join, name: '\u202e' },
      { do: 'join', ...asked, name: '' },
    ],
    [
      'a name that turns round what follows',
      { ...join, name: '\u202eBo' },
      { do: 'join', ...asked, name: 'Bo' },
    ],
    ['leave', { ...join, do: 'leave', more: 1 }, { do: 'leave' }],
    ['report', { ...join, do: 'report' }, { do: 'report' }],
    ['mute', { ...join, do: 'mute', device: 'camera' }, { do: 'mute', device: 'camera' }],
    [
      'unmute',
      { ...join, do: 'unmute', device: 'microphone' },
      { do: 'unmute', device: 'microphone' },
    ],
  ])('reads %s', (_, message, command) => {
    expect(readCommand(message)).toEqual({ id: 1, command })
  })

  it.each([
    ['no such command', { ...join, do: 'record' }],
    ['a name of every object', { ...join, do: 'constructor' }],
    ['no command', { vidchat: VERSION, id: 1 }],
    ['a list of commands', { ...join, do: ['leave'] }],
    ['a name that is a number', { ...join, name: 7 }],
    ['a name that is null', { ...join, name: null }],
    ['a huge name', { ...join, name: 'x'.repeat(10_000_000) }],
    ['a device that is a text', { ...join, microphone: 'off' }],
    ['another device', { ...join, do: 'mute', device: 'speaker' }],
    ['a device of every object', { ...join, do: 'unmute', device: '__proto__' }],
    ['no device', { ...join, do: 'mute' }],
  ])('says that it is invalid: %s', (_, message) => {
    expect(readCommand(message)).toEqual({ id: 1, refusal: 'invalid' })
  })

  it.each([[0], [2], ['1'], [null], [{}]])('knows no version %j', (vidchat) => {
    expect(readCommand({ ...join, vidchat })).toEqual({ id: 1, refusal: 'unknown-version' })
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', JSON.stringify(join)],
    ['a number', 1],
    ['a list', [join]],
    ['a map', new Map(Object.entries(join))],
    ['bytes', new Uint8Array(8)],
    ['a message of something else', { id: 1, do: 'join' }],
    ['an object without a prototype', Object.create(null)],
    ['no id', { vidchat: VERSION, do: 'leave' }],
    ['an id that is null', { ...join, id: null }],
    ['an id that is an object', { ...join, id: {} }],
    ['an id that is no number', { ...join, id: Number.NaN }],
    ['an endless id', { ...join, id: Infinity }],
    ['a fraction', { ...join, id: 0.5 }],
    ['an empty id', { ...join, id: '' }],
    ['a long id', { ...join, id: 'x'.repeat(65) }],
  ])('ignores %s', (_, message) => {
    expect(readCommand(message)).toBeUndefined()
  })

  it.each([[0], [-1], ['a'], ['x'.repeat(64)]])('answers to the id %j', (id) => {
    expect(readCommand({ ...join, id, do: 'leave' })).toEqual({ id, command: { do: 'leave' } })
  })
})
