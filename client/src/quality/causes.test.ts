import { describe, expect, it } from 'vitest'
import type { Limitation } from 'vidchat-kit'
import { causesOf, type OwnCause, type PeerCause, type Seen } from './causes.ts'
import type { Sample } from './sample.ts'

const good: Sample = {
  path: 'direct',
  protocol: 'udp',
  roundTrip: 40,
  jitter: 5,
  available: 2_000_000,
  incoming: undefined,
  outgoing: undefined,
  codecs: [],
  lossIn: 0,
  lossOut: 0,
  bitrateIn: 1,
  bitrateOut: 1,
  freezes: 0,
  limitation: 'none',
}

interface Look extends Partial<Sample> {
  theirs?: Limitation
}

/** Connections to ann, bo and so on. */
function causes(...looks: Look[]): { own: OwnCause | undefined; peers: (PeerCause | '')[] } {
  const ids = ['ann', 'bo', 'cy'].slice(0, looks.length)
  const seen: Seen[] = looks.map(({ theirs = 'none', ...more }, index) => {
    return { id: ids[index] ?? '', sample: { ...good, ...more }, theirs }
  })
  const { own, peers } = causesOf(seen)
  return { own, peers: ids.map((id) => peers.get(id) ?? '') }
}

describe('the causes of bad pictures', () => {
  const none = undefined
  it.each<[string, Look[], OwnCause | undefined, (PeerCause | '')[]]>([
    ['nothing is wrong', [{}], none, ['']],
    ['nobody is there', [], none, []],
    ['a relay alone is nothing wrong', [{ path: 'relayed' }], none, ['']],
    ['what a browser does not say', [{ roundTrip: none, lossIn: none, lossOut: none }], none, ['']],
    ['almost far', [{ roundTrip: 300 }], none, ['']],
    ['far', [{ roundTrip: 301 }], none, ['far']],
    ['almost unsteady', [{ jitter: 60 }], none, ['']],
    ['unsteady, which is worse than far', [{ jitter: 61, roundTrip: 400 }], none, ['unsteady']],
    ['a little loss', [{ lossIn: 0.05, lossOut: 0.05 }], none, ['']],
    ['loss', [{ lossIn: 0.06, jitter: 90 }], none, ['loss']],
    ['loss on the way to them', [{ lossOut: 0.06 }], none, ['loss']],
    ['loss of one', [{ lossIn: 0.2 }, {}], none, ['loss', '']],
    ['loss of everyone', [{ lossIn: 0.2 }, { lossOut: 0.1 }], 'loss', ['', '']],
    ['their upload', [{ theirs: 'bandwidth' }], none, ['upload']],
    ['the upload of one', [{}, { theirs: 'bandwidth' }], none, ['', 'upload']],
    [
      'what nobody gets to us is our download',
      [{ theirs: 'bandwidth' }, { theirs: 'bandwidth', roundTrip: 500 }],
      'download',
      ['', 'far'],
    ],
    ['their computer', [{ theirs: 'cpu', lossIn: 0.5 }], none, ['computer']],
    ['our computer', [{}, { limitation: 'cpu' }], 'computer', ['', '']],
    ['our upload', [{ limitation: 'bandwidth' }], 'upload', ['']],
    ['our upload to one of several', [{ limitation: 'bandwidth' }, {}], none, ['', '']],
    [
      'our upload to all',
      [{ limitation: 'bandwidth' }, { limitation: 'bandwidth' }],
      'upload',
      ['', ''],
    ],
  ])('%s', (_, looks, own, peers) => expect(causes(...looks)).toEqual({ own, peers }))
})
