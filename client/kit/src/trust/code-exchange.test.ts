import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CodeExchange } from './code-exchange.ts'

const { subtle } = crypto
type Message = { commit?: string; reveal?: string }

/** One side of an exchange. */
class Side {
  readonly sent: Message[] = []
  readonly codes: string[] = []
  failures = 0
  readonly exchange: CodeExchange

  constructor(
    local: string,
    remote: string,
    readonly budget = { left: 10 },
  ) {
    this.exchange = new CodeExchange(subtle, { local, remote }, budget, {
      send: (message) => this.sent.push(message),
      code: (code) => this.codes.push(code),
      failed: () => this.failures++,
    })
  }

  async receive(...messages: unknown[]): Promise<void> {
    for (const message of messages) await this.exchange.receive(message)
  }

  async take(): Promise<Message[]> {
    await this.exchange.receive(undefined) // once all before is handled
    return this.sent.splice(0)
  }
}

const pair = () => [new Side('a', 'b'), new Side('b', 'a')] as const
const hash = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest()
const commitment = (from: string, to: string, nonce: string) =>
  hash('vidchat commit', from, to, nonce).toString('base64url')
const nonce = Buffer.alloc(16, 7).toString('base64url')

async function exchange(one: Side, other: Side): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await other.receive(...(await one.take()))
    await one.receive(...(await other.take()))
  }
}

describe('the exchange of a security code', () => {
  it('ends with the same code on both sides, and with another one each time', async () => {
    const codes = new Set<string>()
    for (let calls = 0; calls < 20; calls++) {
      const [ann, bob] = pair()
      await exchange(ann, bob)
      expect(ann.codes).toHaveLength(1)
      expect(bob.codes).toEqual(ann.codes)
      expect(ann.codes[0]).toMatch(/^\d{6}$/)
      codes.add(ann.codes[0] ?? '')
      expect([ann.failures, bob.failures, ann.budget.left]).toEqual([0, 0, 10])
    }
    expect(codes.size).toBeGreaterThan(15)
  })

  it('is as in PROTOCOL.md, computed by another implementation', async () => {
    const ann = new Side('sha-256 bb:02', 'sha-256 aa:01')
    const [first] = await ann.take()
    await ann.receive({ commit: commitment('sha-256 aa:01', 'sha-256 bb:02', nonce) })
    const [second] = await ann.take()
    const ours = second?.reveal ?? ''
    expect(first?.commit).toBe(commitment('sha-256 bb:02', 'sha-256 aa:01', ours))
    expect(Buffer.from(ours, 'base64url')).toHaveLength(16)
    await ann.receive({ reveal: nonce })
    const digest = hash('vidchat code 2', 'sha-256 aa:01', nonce, 'sha-256 bb:02', ours)
    const digits = String((digest.readUInt32BE() >>> 2) % 1_000_000).padStart(6, '0')
    expect(ann.codes).toEqual([digits])
  })

  it('reveals nothing before the other side is committed', async () => {
    const ann = new Side('a', 'b')
    await ann.receive({}, undefined, 7, { commit: 7 }, { muted: true })
    expect((await ann.take()).map(Object.keys)).toEqual([['commit']])
    await ann.receive({ commit: commitment('b', 'a', nonce) })
    expect((await ann.take()).map(Object.keys)).toEqual([['reveal']])
  })

  it.each<[string, (ann: Side, own: string) => Message[]]>([
    [
      'another number than it committed to',
      () => [{ commit: commitment('b', 'a', nonce) }, { reveal: nonce.replace('B', 'C') }],
    ],
    [
      'a second commitment',
      () => [{ commit: commitment('b', 'a', nonce) }, { commit: 'other' }, { reveal: nonce }],
    ],
    ['a number before a commitment', () => [{ reveal: nonce }]],
    ['our own commitment', (_, own) => [{ commit: own }, { reveal: nonce }]],
    [
      'a commitment for other fingerprints',
      () => [{ commit: commitment('c', 'a', nonce) }, { reveal: nonce }],
    ],
    ['a short number', () => [{ commit: commitment('b', 'a', 'AAAA') }, { reveal: 'AAAA' }]],
    ['what is no base64url', () => [{ commit: commitment('b', 'a', '!') }, { reveal: '!' }]],
  ])('fails, once, with %s', async (_, attack) => {
    const ann = new Side('a', 'b')
    const [first] = await ann.take()
    await ann.receive(...attack(ann, first?.commit ?? ''))
    await ann.receive({ commit: commitment('b', 'a', nonce) }, { reveal: nonce })
    expect([ann.codes, ann.failures]).toEqual([[], 1])
  })

  it('fails if our own number comes back', async () => {
    const ann = new Side('a', 'b')
    const [first] = await ann.take()
    await ann.receive(first)
    const [second] = await ann.take()
    await ann.receive(second)
    expect([ann.codes, ann.failures]).toEqual([[], 1])
  })

  it('ignores a commitment that is repeated, and everything after the code', async () => {
    const ann = new Side('a', 'b')
    const commit = commitment('b', 'a', nonce)
    await ann.receive({ commit }, { commit }, { reveal: nonce }, { commit: 'x' }, { reveal: 'y' })
    expect([ann.codes.length, ann.failures]).toEqual([1, 0])
    expect((await ann.take()).map(Object.keys)).toEqual([['commit'], ['reveal']])
  })

  it('counts those that are broken off once our number is known', async () => {
    const budget = { left: 3 }
    for (let tries = 0; tries < 2; tries++) {
      await new Side('a', 'b', budget).receive({ commit: commitment('b', 'a', nonce) })
    }
    expect(budget.left).toBe(1)
    await new Side('a', 'b', budget).receive(
      { commit: commitment('b', 'a', nonce) },
      { reveal: nonce },
    )
    expect(budget.left).toBe(1)
  })

  it('reveals no more of those that began at the same time', async () => {
    const budget = { left: 2 }
    const sides = Array.from({ length: 5 }, () => new Side('a', 'b', budget))
    for (const side of sides) await side.receive({ commit: commitment('b', 'a', nonce) })
    const sent = await Promise.all(sides.map((side) => side.take()))
    const reveals = sent.flat().filter((message) => 'reveal' in message)
    expect([reveals.length, budget.left]).toEqual([2, 0])
  })

  it('takes a number in one form only', async () => {
    const side = new Side('a', 'b')
    await side.receive({ commit: commitment('b', 'a', `${nonce}\n`) }, { reveal: `${nonce}\n` })
    expect([side.codes.length, side.failures]).toEqual([0, 1])
  })
})

describe('somebody in the middle', () => {
  /**
   * Has a connection to each side, and a thousand numbers of its own for each, made
   * ahead. It learns Ann's code first, and waits with its commitment to Bob until then.
   */
  async function attack(): Promise<boolean> {
    const [ann, bob] = [new Side('ann', 'eve1'), new Side('bob', 'eve2')]
    await ann.receive({ commit: commitment('eve1', 'ann', nonce) })
    await ann.receive({ reveal: nonce })
    const [code] = ann.codes
    const own = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
    await bob.receive({ commit: commitment('eve2', 'bob', own) })
    const revealed = (await bob.take()).find(({ reveal }) => reveal)?.reveal ?? ''
    // Now it knows all, and looks for a number that makes Bob's code the same.
    for (let tries = 0; tries < 1000; tries++) {
      const other = createHash('sha256').update(String(tries)).digest().subarray(0, 16)
      const digest = hash('vidchat code 2', 'bob', revealed, 'eve2', other.toString('base64url'))
      const digits = String((digest.readUInt32BE() >>> 2) % 1_000_000).padStart(6, '0')
      if (digits === code) {
        await bob.receive({ reveal: other.toString('base64url') })
        return bob.codes.length > 0
      }
    }
    await bob.receive({ reveal: own })
    return bob.codes[0] === code
  }

  it('gets the same code on both sides in none of 20 calls', async () => {
    for (let calls = 0; calls < 20; calls++) expect(await attack()).toBe(false)
  })
})
