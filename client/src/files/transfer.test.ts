import { resolveObjectURL } from 'node:buffer'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { asRtc, rtcPair, type FakeDataChannel, type FakeRtc } from '../testing/fake-channels.ts'
import { BLOCK } from './block-hash.ts'
import { Files } from './files.ts'
import type { IncomingFile } from './incoming.svelte.ts'
import type { FileMessage } from './messages.ts'
import type { OutgoingFile } from './outgoing.svelte.ts'
import type { FilePeer } from './transfer.ts'

/** One end: who it is to the other, and all its files. */
class End {
  readonly files = new Files(() => 0)
  rtc: FakeRtc | undefined
  readonly offered: IncomingFile[] = []
  readonly said: FileMessage[] = []
  /** The other end, as this one sees it. */
  readonly peer: FilePeer
  other: End | undefined

  constructor() {
    const rtc = () => (this.rtc ? asRtc(this.rtc) : undefined)
    const say = (message: FileMessage) => this.rtc && this.#deliver(message)
    this.peer = {
      id: 'other',
      name: 'Other',
      get rtc() {
        return rtc()
      },
      say,
    }
  }

  #deliver(message: FileMessage): void {
    this.said.push(message)
    const { other } = this
    setTimeout(() => other?.hear(message))
  }

  hear(message: FileMessage): void {
    const file = this.files.onMessage(this.peer, message)
    if (file) this.offered.push(file)
  }
}

let from: End
let to: End

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = (index * 7) >> 3
  return bytes
}

/** Waits, also on a busy machine, until this fails no more. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 })

const ended = (file: { hasEnded: boolean }) => eventually(() => expect(file.hasEnded).toBe(true))

beforeEach(() => {
  vi.stubGlobal('document', { createElement: () => ({ click: () => undefined }) })
  from = new End()
  to = new End()
  ;[from.other, to.other] = [to, from]
  connect()
})

afterEach(() => vi.unstubAllGlobals())

function connect(): void {
  ;[from.rtc, to.rtc] = rtcPair()
  for (const end of [from, to]) end.files.onOpen(end.peer)
}

function breakConnection(): void {
  const { rtc } = from
  from.rtc = to.rtc = undefined
  rtc?.close()
}

async function offer(content: Uint8Array<ArrayBuffer>, name = 'a.bin') {
  const outgoing = from.files.offer(new File([content], name), from.peer)
  await eventually(() => expect(to.offered).toHaveLength(1))
  return [outgoing, to.offered[0] as IncomingFile] as const
}

const contentOf = async ({ url }: IncomingFile) =>
  new Uint8Array((await resolveObjectURL(url ?? '')?.arrayBuffer()) ?? new ArrayBuffer(9))

it.each([0, 1, 65_535, BLOCK, BLOCK + 1, 3 * BLOCK + 5])(
  'a file of %d bytes arrives whole',
  async (size) => {
    const content = bytesOf(size)
    const [outgoing, incoming] = await offer(content)
    expect([incoming.name, incoming.size, outgoing.state]).toEqual(['a.bin', size, 'offered'])
    await incoming.accept()
    await ended(outgoing)
    expect([outgoing.state, incoming.state, incoming.bytes]).toEqual(['done', 'done', size])
    expect(Buffer.compare(await contentOf(incoming), content)).toBe(0)
  },
)

it('nothing is sent before it is accepted, or after it is declined', async () => {
  const [outgoing, incoming] = await offer(bytesOf(9))
  expect(from.rtc?.channels).toEqual([])
  incoming.decline()
  await ended(outgoing)
  expect([outgoing.state, from.rtc?.channels]).toEqual(['declined', []])
  to.hear({ file: 'offer', id: outgoing.id, name: 'a', size: 9 }) // is not offered again
  expect([to.offered.length, incoming.state]).toEqual([1, 'declined'])
})

it('the browser is not filled with what the network does not take', async () => {
  let most = 0
  ;(from.rtc as FakeRtc).onChannel = (here) => {
    here.deliver = (data) => {
      most = Math.max(most, here.bufferedAmount)
      return data
    }
  }
  const [outgoing, incoming] = await offer(bytesOf(12 * BLOCK))
  await incoming.accept()
  await ended(outgoing)
  expect(outgoing.state).toBe('done')
  expect(most).toBeLessThanOrEqual(4 * BLOCK + 65_536)
})

/** The next channel breaks after so many bytes. */
function breakAfter(bytes: number, breaks: () => void): void {
  let left = bytes
  ;(from.rtc as FakeRtc).onChannel = (here) => {
    here.deliver = (data) => {
      left -= (data as ArrayBuffer).byteLength
      if (left >= 0) return data
      breaks()
      return undefined
    }
  }
}

it('a file goes on over the next connection, from where it was', async () => {
  const content = bytesOf(5 * BLOCK + 77)
  const [outgoing, incoming] = await offer(content)
  breakAfter(3 * BLOCK + 100_000, breakConnection)
  await incoming.accept()
  await eventually(() => expect([outgoing.state, incoming.state]).toEqual(['paused', 'paused']))
  connect()
  await ended(outgoing)
  expect([outgoing.state, incoming.state]).toEqual(['done', 'done'])
  expect(to.said.filter(({ file }) => file === 'accept')).toMatchObject([
    { from: 0 },
    { from: 3 * BLOCK },
  ])
  expect(Buffer.compare(await contentOf(incoming), content)).toBe(0)
})

it('a file pauses if its channel does not even say that it is closed', async () => {
  const [outgoing, incoming] = await offer(bytesOf(3 * BLOCK))
  ;(from.rtc as FakeRtc).onChannel = (here, there) => {
    here.deliver = (data) => {
      if (incoming.bytes === 0) return data
      here.readyState = there.readyState = 'closed'
      return data
    }
  }
  await incoming.accept()
  await eventually(() => expect(from.rtc?.channels[0]?.readyState).toBe('closed'))
  for (const end of [from, to]) end.files.onClosed('other')
  expect([outgoing.state, incoming.state]).toEqual(['paused', 'paused'])
  connect()
  await ended(outgoing)
  expect([outgoing.state, incoming.state]).toEqual(['done', 'done'])
})

it('a file goes on if only its channel breaks', async () => {
  const [outgoing, incoming] = await offer(bytesOf(2 * BLOCK))
  breakAfter(BLOCK + 5, () => ((from.rtc as FakeRtc).onChannel = () => undefined))
  await incoming.accept()
  await ended(outgoing)
  expect([outgoing.state, incoming.state]).toEqual(['done', 'done'])
})

it('a channel that always breaks is not opened for ever', async () => {
  const [outgoing, incoming] = await offer(bytesOf(BLOCK))
  ;(from.rtc as FakeRtc).onChannel = (here) => (here.deliver = () => undefined)
  await incoming.accept()
  await ended(outgoing)
  expect(outgoing.state).toBe('failed')
  expect(from.rtc?.channels.length).toBeLessThan(10)
})

it.each([
  ['the sender', (outgoing: OutgoingFile) => outgoing.cancel()],
  ['the receiver', (_: OutgoingFile, incoming: IncomingFile) => incoming.cancel()],
])('%s can cancel on the way', async (_, cancel) => {
  const [outgoing, incoming] = await offer(bytesOf(4 * BLOCK))
  let left = 20
  ;(from.rtc as FakeRtc).onChannel = (here) => {
    here.deliver = (data) => {
      if (--left === 0) cancel(outgoing, incoming)
      return data
    }
  }
  await incoming.accept()
  await Promise.all([ended(outgoing), ended(incoming)])
  expect([outgoing.state, incoming.state]).toEqual(['cancelled', 'cancelled'])
  await eventually(() => expect(from.rtc?.channels[0]?.readyState).toBe('closed'))
})

it('ends if the other leaves', async () => {
  const [outgoing, incoming] = await offer(bytesOf(9))
  from.files.onLeft('other')
  to.files.onLeft('other')
  expect([outgoing.state, incoming.state]).toEqual(['left', 'left'])
})

it('a file that cannot be read any more is cancelled', async () => {
  const file = new File([bytesOf(9)], 'a')
  vi.spyOn(file, 'slice').mockReturnValue({
    arrayBuffer: () => Promise.reject(new Error('gone')),
  } as unknown as Blob)
  const outgoing = from.files.offer(file, from.peer)
  await eventually(() => expect(to.offered).toHaveLength(1))
  await to.offered[0]?.accept()
  await ended(to.offered[0] as IncomingFile)
  expect(outgoing.state).toBe('failed')
})

/** What a sender that keeps to no rule sends over the channel, and how it ends. */
const rude: [string, (there: FakeDataChannel) => void, string][] = [
  [
    'more bytes than it offered',
    (there) => there.onmessage?.({ data: new ArrayBuffer(101) }),
    'failed',
  ],
  ['empty messages', (there) => there.onmessage?.({ data: new ArrayBuffer(0) }), 'failed'],
  ['a huge message', (there) => there.onmessage?.({ data: new ArrayBuffer(300_000) }), 'failed'],
  ['a blob', (there) => there.onmessage?.({ data: new Blob(['x']) }), 'failed'],
  ['the end too early', (there) => there.onmessage?.({ data: '{"sha256":"00"}' }), 'damaged'],
  ['no hash', (there) => there.onmessage?.({ data: '[' }), 'damaged'],
]

it.each(rude)('a sender of %s is cut off', async (_, send, state) => {
  to.other = undefined // who knows nothing of it
  to.hear({ file: 'offer', id: 'x'.repeat(22), name: 'a', size: 100 })
  const [incoming] = to.offered
  await incoming?.accept()
  const here = from.rtc?.createDataChannel(`file:${'x'.repeat(22)}`)
  await eventually(() => expect(here?.other?.onmessage).toBeTruthy())
  send(here?.other as FakeDataChannel)
  await ended(incoming as IncomingFile)
  expect(incoming?.state).toBe(state)
  await eventually(() => expect(here?.readyState).toBe('closed'))
})

it('content that differs from its hash is not kept', async () => {
  const [outgoing, incoming] = await offer(bytesOf(1000))
  ;(from.rtc as FakeRtc).onChannel = (here) => {
    here.deliver = (data) => (data instanceof ArrayBuffer ? new ArrayBuffer(1000) : data)
  }
  await incoming.accept()
  await ended(outgoing)
  expect([outgoing.state, incoming.state, incoming.url]).toEqual(['damaged', 'damaged', undefined])
})

it('nobody can fill the memory beyond the window', async () => {
  const write = vi.fn(() => new Promise<void>(() => undefined)) // the disk does not answer
  stubPicker({ write })
  to.other = undefined
  to.hear({ file: 'offer', id: 'x'.repeat(22), name: 'a', size: 1000 * BLOCK })
  const [incoming] = to.offered
  await incoming?.accept()
  const here = from.rtc?.createDataChannel(`file:${'x'.repeat(22)}`)
  await eventually(() => expect(here?.other?.onmessage).toBeTruthy())
  for (let sent = 0; sent < 40 * BLOCK; sent += 65_536) {
    here?.other?.onmessage?.({ data: new ArrayBuffer(65_536) })
    if (incoming?.hasEnded) break
  }
  expect(incoming?.state).toBe('failed')
})

it.each([
  ['a label that nobody offered', `file:${'y'.repeat(22)}`, true],
  ['a label of a later version', 'other', false],
])('a channel with %s', async (_, label, closes) => {
  const here = from.rtc?.createDataChannel(label)
  await eventually(() => expect(here?.readyState).toBe(closes ? 'closed' : 'open'))
})

it.each([
  ['accepts from beyond its end', { file: 'accept', from: 10 }],
  ['accepts from the middle of a block', { file: 'accept', from: 3 }],
] as const)('a receiver that %s gets nothing', async (_, message) => {
  const [outgoing] = await offer(bytesOf(9))
  from.hear({ ...message, id: outgoing.id })
  expect([outgoing.state, from.rtc?.channels]).toEqual(['failed', []])
})

it('a file that was cancelled without a connection is not waited for', async () => {
  const [outgoing, incoming] = await offer(bytesOf(9))
  breakConnection()
  outgoing.cancel()
  connect()
  await incoming.accept()
  await ended(incoming)
  expect([outgoing.state, incoming.state]).toEqual(['cancelled', 'failed'])
})

it('a receiver that accepts again and again is cut off, and little is read for it', async () => {
  const file = new File([bytesOf(20 * BLOCK)], 'a')
  const slice = vi.spyOn(file, 'slice')
  ;(from.rtc as FakeRtc).other = undefined // the test is the receiver
  const outgoing = from.files.offer(file, from.peer)
  for (let count = 0; count < 100; count++) {
    from.hear({ file: 'accept', id: outgoing.id, from: 0 })
    await new Promise((resolve) => setTimeout(resolve))
  }
  expect(outgoing.state).toBe('failed')
  expect(from.rtc?.channels.length).toBeLessThan(10)
  expect(slice.mock.calls.length).toBeLessThan(20)
})

it('nothing more is read for a file that was cancelled meanwhile', async () => {
  const file = new File([bytesOf(20 * BLOCK)], 'a')
  let read: (bytes: ArrayBuffer) => void = () => undefined
  const arrayBuffer = () => new Promise<ArrayBuffer>((resolve) => (read = resolve))
  const slice = vi.spyOn(file, 'slice').mockReturnValue({ arrayBuffer } as unknown as Blob)
  ;(from.rtc as FakeRtc).other = undefined // the test is the receiver
  const outgoing = from.files.offer(file, from.peer)
  from.hear({ file: 'accept', id: outgoing.id, from: 0 })
  await eventually(() => expect(slice).toHaveBeenCalled())
  outgoing.cancel()
  read(new ArrayBuffer(4 * BLOCK))
  await new Promise((resolve) => setTimeout(resolve))
  expect(slice).toHaveBeenCalledOnce()
})

it('what is accepted but was offered by an earlier page is cancelled', () => {
  from.hear({ file: 'accept', id: 'z'.repeat(22), from: 0 })
  expect(from.said).toEqual([{ file: 'cancel', id: 'z'.repeat(22), reason: 'failed' }])
})

function stubPicker(stream: object): void {
  const handle = { createWritable: async () => ({ abort: async () => undefined, ...stream }) }
  vi.stubGlobal('showSaveFilePicker', async () => handle)
}

it('a large file goes to disk as it comes, if the browser can', async () => {
  const written: Uint8Array[] = []
  const close = vi.fn(async () => undefined)
  stubPicker({ write: async (block: Uint8Array) => void written.push(block), close })
  const content = bytesOf(33 * BLOCK)
  const [outgoing, incoming] = await offer(content)
  await incoming.accept()
  await ended(outgoing)
  expect([outgoing.state, incoming.url]).toEqual(['done', undefined])
  expect(close).toHaveBeenCalledOnce()
  expect(Buffer.compare(Buffer.concat(written), content)).toBe(0)
})

it('who changes their mind about where to save it can accept later', async () => {
  vi.stubGlobal('showSaveFilePicker', async () => {
    throw new DOMException('', 'AbortError')
  })
  const [, incoming] = await offer(bytesOf(33 * BLOCK))
  await incoming.accept()
  expect(incoming.state).toBe('offered')
})

it('a disk that is full ends it, and nothing is left', async () => {
  vi.spyOn(console, 'warn').mockReturnValue()
  const abort = vi.fn(async () => undefined)
  stubPicker({ write: () => Promise.reject(new Error('full')), abort })
  const [outgoing, incoming] = await offer(bytesOf(33 * BLOCK))
  await incoming.accept()
  await ended(outgoing)
  expect([outgoing.state, incoming.state]).toEqual(['failed', 'failed'])
  expect(abort).toHaveBeenCalledOnce()
})

it('many files arrive, at most 20 at once, also over a new connection', async () => {
  const sent = Array.from({ length: 50 }, () => from.files.offer(new File(['x'], 'a'), from.peer))
  await eventually(() => expect(to.offered).toHaveLength(20))
  breakConnection()
  connect()
  await eventually(() => expect(from.said).toHaveLength(40))
  expect(to.offered).toHaveLength(20)
  sent[0]?.cancel()
  to.offered[1]?.decline()
  for (let next = 2; next < 50; next++) {
    await eventually(() => expect(to.offered.length).toBeGreaterThan(next))
    await to.offered[next]?.accept()
  }
  await Promise.all(sent.map(ended))
  expect(sent.map(({ state }) => state)).toEqual([
    'cancelled',
    'declined',
    ...Array.from({ length: 48 }, () => 'done'),
  ])
})

it('who offers more at once, or takes offers back without end, is refused', () => {
  const idOf = (number: number) => String(number).padStart(22, '0')
  const hearOffer = (id: string) => to.hear({ file: 'offer', id, name: 'a', size: 1 })
  for (let number = 0; number < 30; number++) hearOffer(idOf(number))
  expect(to.offered).toHaveLength(20)
  const failed = (number: number) => ({ file: 'cancel', id: idOf(number), reason: 'failed' })
  expect(to.said).toEqual(Array.from({ length: 10 }, (_, index) => failed(20 + index)))
  for (let number = 100; number < 200; number++) {
    to.hear({ file: 'cancel', id: to.offered.at(-1)?.id ?? '', reason: 'cancelled' })
    hearOffer(idOf(number))
  }
  expect(to.offered.length).toBeLessThanOrEqual(40)
  expect(to.said.at(-1)).toEqual(failed(199))
})

it('a file is shown and saved under a name that is no path', () => {
  to.hear({ file: 'offer', id: 'x'.repeat(22), name: '../a\u202e.txt', size: 1 })
  expect(to.offered[0]?.name).toBe('a.txt')
})

it('what is too large for this browser is refused', () => {
  to.hear({ file: 'offer', id: 'x'.repeat(22), name: 'a', size: 201 * 1024 ** 2 })
  expect(to.offered).toEqual([])
  expect(to.said).toMatchObject([{ file: 'cancel', reason: 'failed' }])
})
