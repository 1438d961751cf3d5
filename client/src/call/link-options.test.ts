import { describe, expect, it, vi } from 'vitest'
import { Preferences } from '../media/preferences.ts'
import { applyLinkOptions, readLinkOptions, withoutLinkOptions } from './link-options.ts'

const none = { name: undefined, microphone: undefined, camera: undefined }

describe('the options in a link', () => {
  it.each<[string, object]>([
    ['', none],
    ['?password', none],
    ['?name=Ann%20B', { ...none, name: 'Ann B' }],
    ['?name=%E2%80%AEAnn%07', { ...none, name: 'Ann' }],
    ['?name=', none],
    ['?mic=off&cam=off', { ...none, microphone: false, camera: false }],
    ['?mic=on&cam=maybe', { ...none, microphone: true }],
    ['?audio', { ...none, camera: false }],
    ['?audio&cam=on', { ...none, camera: true }],
  ])('%s', (search, expected) => {
    expect(readLinkOptions(search)).toEqual(expected)
  })

  it('has no more than 64 characters of a name', () => {
    expect([...(readLinkOptions(`?name=${'ä'.repeat(100)}`).name ?? '')]).toHaveLength(64)
  })

  it.each([
    ['', ''],
    ['?password', '?password'],
    ['?password&name=Ann', '?password'],
    ['?name=Ann&mic=off&cam=off&audio', ''],
    ['?names=x&a=b%20c', '?names=x&a=b%20c'],
  ])('are taken out of %s', (search, kept) => {
    expect(withoutLinkOptions(search)).toBe(kept)
  })

  it('hold for this tab, and leave the address bar', () => {
    const stored = new Map<string, string>()
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    }
    const preferences = new Preferences(storage)
    preferences.name = 'Bo'
    const replaceState = vi.fn()
    const location = { search: '?name=Ann&cam=off', hash: '#room' }
    applyLinkOptions(location, { replaceState }, preferences)
    expect([preferences.name, stored.get('vidchat.name')]).toEqual(['Ann', 'Bo'])
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '/call/#room')
    preferences.name = 'Cy'
    expect([preferences.name, stored.get('vidchat.name')]).toEqual(['Cy', 'Cy'])
  })
})
