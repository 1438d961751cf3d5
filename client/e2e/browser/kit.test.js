// Slow: packs the client kit, installs it, and builds its example; Firefox is launched.
// The client kit as others get it: the example of docs/, on another origin than the server,
// with itself and with our own page.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { timeout } from '../timeout.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { FirefoxCaller } from './firefox-caller.js'
import { launchFirefox } from './firefox.js'
import { installKit, scriptSize, serveFolder } from './kit-example.js'

/** With socket.io-client, gzipped, in bytes. */
const MAX_SIZE = 35_000

let kit, built, site, server, chromium, firefox
before(async () => {
  site = await serveFolder(() => built)
  server = await startServer({ ALLOWED_ORIGINS: site.origin })
  ;[chromium, firefox] = await Promise.all([openBrowser(), launchFirefox()])
  kit = installKit()
  built = kit.build(server.origin)
})
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()])
  await server?.stop()
  await site?.stop()
  kit?.remove()
})

test('the package has what it needs, and no more', () => {
  const files = kit.files()
  const needed = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']
  for (const name of needed) assert.ok(files.includes(`package/${name}`), `${name} is missing`)
  const others = files.filter((name) => !/^package\/(dist\/.*\.(js|d\.ts)|[A-Za-z.]+)$/.test(name))
  assert.deepEqual(others, [])
})

const program = `
import { createLink, joinCall, statsOf, type CallParticipant, type CallState } from 'vidchat-kit'
const link: string = await createLink({ page: 'https://a.example/', password: 'secret' })
const call = joinCall({ link, server: 'https://b.example', media: undefined })
const stop: () => void = call.on('state', (state: CallState) => {
  if (state.name === 'password') call.join({ password: \`\${state.wait}\` })
})
call.on('message', (message: object, from: CallParticipant) => void statsOf(from.rtc))
for (const { stream } of call.participants) document.createElement('video').srcObject = stream ?? null
stop()
// @ts-expect-error: there is no such event
call.on('stte', stop)
`

for (const resolution of ['bundler', 'nodenext']) {
  test(`its types are right for module resolution "${resolution}"`, () => {
    kit.check(program, resolution)
  })
}

test('the example is small', (t) => {
  const size = scriptSize(built)
  t.diagnostic(`the example: ${(size / 1000).toFixed(1)} kB of JavaScript, gzipped`)
  assert.ok(size <= MAX_SIZE, `${size} bytes are more than ${MAX_SIZE}`)
})

/** What both browsers do with a page of the example. */
class Example {
  static async inChromium() {
    const context = await chromium.newContext()
    const page = await context.newPage()
    const waitFor = async (run, value) =>
      (await page.waitForFunction(run, value, { timeout })).jsonValue()
    return new this(page, waitFor, () => context.close())
  }

  static async inFirefox() {
    const page = await firefox.newPage()
    return new this(
      page,
      (run, value) => page.waitFor(run, value),
      () => page.close(),
    )
  }

  constructor(page, waitFor, close) {
    Object.assign(this, { page, waitFor, close })
  }

  /** Opens this link, or a new call. Returns its link. */
  async opens(link = site.origin) {
    await this.page.goto(link)
    return this.waitFor(() => document.getElementById('state').textContent && location.href)
  }

  /** Waits until it shows this many videos that have begun, its own among them. */
  async shows(count) {
    await this.waitFor((count) => {
      const videos = [...document.querySelectorAll('video')]
      const playing = videos.filter((video) => video.videoWidth > 0 && video.currentTime > 0)
      return videos.length === count && playing.length === count
    }, count)
  }

  says(text) {
    return this.waitFor((text) => document.getElementById('state').textContent.includes(text), text)
  }

  leaves() {
    return this.page.evaluate(() => document.getElementById('leave').click())
  }
}

const browsers = {
  Chromium: [() => Example.inChromium(), () => Caller.arrive(chromium, server.origin)],
  Firefox: [() => Example.inFirefox(), () => FirefoxCaller.arrive(firefox, server.origin)],
}

for (const [name, [newExample, newCaller]] of Object.entries(browsers)) {
  test(`${name}: two pages of the example, and our own, are in a call`, async () => {
    const [ann, bo, caller] = [await newExample(), await newExample(), await newCaller()]
    try {
      const link = await ann.opens()
      await ann.says('waiting')
      await bo.opens(link)
      await Promise.all([ann.shows(2), bo.shows(2), ann.says('talking')])
      await caller.enter(`/call/${new URL(link).hash}`, 'Cy')
      await Promise.all([ann.shows(3), bo.shows(3), caller.sees(), caller.verifies()])
      await caller.reads('Example')
      await bo.leaves()
      await Promise.all([ann.shows(2), bo.says('left')])
    } finally {
      await Promise.all([ann.close(), bo.close(), caller.leave()])
    }
  })
}
