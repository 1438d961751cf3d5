// Slow: every test is a call, and one of its pages is in Firefox.
// Calls between Firefox and Chromium; and somebody in the middle, who answers Firefox in
// the place of the other and hides that from the check.
import assert from 'node:assert/strict'
import { buffer as readAll } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import { arriveAttacker, disguises } from './attacker.js'
import { Talker } from './talk.js'
import { openBrowser } from './chromium.js'
import { FirefoxCaller } from './firefox-caller.js'
import { launchFirefox } from './firefox.js'
import { callByKeyboard } from './keyboard.js'
import { keyedPath, newPath } from './links.js'
import { startMitmProxy } from './mitm-proxy.js'
import { serveSources } from './sdp-pages.js'
import { catalogOf, words } from './words.js'
import { startPeer, startServer } from '../process.js'

/** Calls of each order in which both are verified; `make soak` counts further. */
const calls = Number(process.env.E2E_FIREFOX_CALLS ?? 1)

let server, proxy, sources, chromium, firefox, rewrite, attacked
before(async () => {
  server = await startServer()
  proxy = await startMitmProxy(server.port, (details) => rewrite(details))
  sources = await serveSources()
  ;[chromium, firefox] = await Promise.all([openBrowser(), launchFirefox()])
})
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()])
  await sources?.stop()
  await proxy?.stop()
  await server?.stop()
})
beforeEach(() => (rewrite = (details) => details))

/** A name that would turn round what follows it. */
const turned = (name) => `\u202e${name}`

/** A pair of people in a room of its own, of whom the first is in it before the second. */
async function meet(path, firefoxFirst, talk) {
  const [ann, bo] = [
    await FirefoxCaller.arrive(firefox, proxy.origin),
    await Talker.arrive(chromium, proxy.origin),
  ]
  try {
    await enterBoth(path, firefoxFirst, ann, bo)
    await talk(ann, bo)
    assert.deepEqual(bo.faults, [])
  } finally {
    await Promise.all([ann.leave(), bo.leave()])
  }
}

async function enterBoth(path, firefoxFirst, ann, bo) {
  const [first, second] = firefoxFirst ? [ann, bo] : [bo, ann]
  await first.enter(path, firefoxFirst ? 'Ann' : turned('Bo'))
  await first.reads(words.alone)
  await second.enter(path, firefoxFirst ? turned('Bo') : 'Ann')
}

for (const firefoxFirst of [true, false]) {
  const order = firefoxFirst ? 'Firefox, then Chromium' : 'Chromium, then Firefox'
  test(`${order}: they see each other, verified, under the names they entered, ${calls} times`, async () => {
    for (let call = 0; call < calls; call++) {
      // What the link says about a device holds in both browsers.
      await meet(keyedPath().replace('#', '?mic=off#'), firefoxFirst, async (ann, bo) => {
        await Promise.all([ann.sees(), bo.sees(), ann.verifies(), bo.verifies()])
        await ann.reads('Bo')
        await bo.reads('Ann')
        await Promise.all([ann.reads(words.muted), bo.reads(words.muted)])
      })
    }
  })

  test(`${order}: both have the same code without a key`, () =>
    meet(newPath(), firefoxFirst, async (ann, bo) => {
      const [ours, theirs] = await Promise.all([ann.verifies('code'), bo.finds(words.code)])
      assert.equal(ours, theirs.trim())
    }))
}

test('Firefox and the client in Go see, hear and verify each other', async () => {
  const [path, ann] = [keyedPath(), await FirefoxCaller.arrive(firefox, server.origin)]
  const peer = startPeer(server.origin + path, ['-name', 'Gopher'])
  try {
    await peer.prints('ack')
    await ann.enter(path, 'Ann')
    for (const moment of ['first sound', 'first frame']) await peer.prints(moment)
    await ann.verifies()
    await ann.sees()
  } finally {
    await peer.stop()
    await ann.leave()
  }
  assert.match(peer.log(), /"Ann": verified true/)
})

test('they share screens with each other, write, and send files', () =>
  meet(keyedPath(), true, async (ann, bo) => {
    await Promise.all([ann.verifies(), bo.verifies()])
    await bo.toggle('Share screen', true)
    await ann.seesScreen('Bo’s screen', { sound: true })
    await ann.hasScreen()
    await ann.presses('Share screen')
    await bo.seesOf('Ann’s screen')
    await ann.keepsSeeing()
    await ann.presses('Share screen')
    await bo.readsNot('Ann’s screen')
    await bo.toggle('Share screen', false)
    await ann.presses('Chat')
    await bo.opensChat()
    await ann.writes('from Firefox 👋')
    await bo.readsLast('from Firefox 👋')
    await bo.writes('from Chromium')
    await ann.reads('from Chromium')
    const size = 1_500_000
    await ann.offers('a.bin', size)
    const [download] = await Promise.all([
      bo.page.waitForEvent('download'),
      bo.fileCard('a.bin').getByRole('button', { name: 'Accept' }).click(),
    ])
    assert.equal((await readAll(await download.createReadStream())).length, size)
    await ann.reads('Bo has it')
    await bo.offers({ name: 'b.bin', mimeType: '', buffer: Buffer.alloc(size) })
    await ann.presses('Accept')
    await ann.reads('Received')
    await bo.readsOf('b.bin', 'Ann has it')
  }))

/** Those who are in one attack after the other. */
async function arriveForAttacks() {
  return {
    attacker: await arriveAttacker(chromium, sources.origin),
    victim: await FirefoxCaller.arrive(firefox, proxy.origin),
    other: await Talker.arrive(chromium, proxy.origin),
  }
}

/** A call in which the attacker answers the victim, in this disguise. */
async function attack(path, disguise, watch) {
  attacked ??= await arriveForAttacks()
  const { attacker, victim, other } = attacked
  let offer
  rewrite = async (details) => {
    if (details.candidate && offer) return { candidate: { candidate: '' } }
    if (details.sdp?.type === 'offer') offer ??= details.sdp.sdp
    if (details.sdp?.type !== 'answer') return details
    const sdp = disguise(await attacker.answer(offer), details.sdp.sdp)
    return { ...details, sdp: { type: 'answer', sdp } }
  }
  try {
    await enterBoth(path, false, victim, other)
    await watch(victim, attacker)
    await Promise.all([victim.open('/'), other.open('/')])
    assert.deepEqual(other.faults, [])
  } catch (error) {
    attacked = undefined // the next attack is not on those whom this one has left in a call
    throw error
  }
}

test('without a key, the attacker of these tests sees the victim, who has no code', () =>
  attack(newPath(), disguises['as it is'], async (victim, attacker) => {
    await attacker.sees()
    assert.equal(await victim.shownSecurity(), null)
  }))

for (const [how, disguise] of Object.entries(disguises)) {
  test(`an answer of somebody else is refused, and shows nothing: ${how}`, () =>
    attack(keyedPath(), disguise, async (victim, attacker) => {
      await victim.reads(words.tampered)
      assert.equal(await victim.shownSecurity(), 'failed')
      const { state, frames } = await attacker.result()
      assert.notEqual(state, 'connected')
      assert.equal(frames, 0)
    }))
}

for (const how of ['the true fingerprint first', 'its own in capitals']) {
  test(`also without a key, where parsers differ: ${how}`, () =>
    attack(newPath(), disguises[how], async (victim, attacker) => {
      await victim.reads(words.tampered)
      assert.equal((await attacker.result()).frames, 0)
    }))
}

test('in Firefox too, the picker has pages in Arabic, from right to left, until it has another', async () => {
  const page = await firefox.newPage()
  const pick = async (language) => {
    await page.waitFor((language) => {
      const picker = document.querySelector('footer select')
      if (!picker) return false
      picker.value = language
      picker.dispatchEvent(new Event('change', { bubbles: true }))
      return true
    }, language)
  }
  const shows = (lang, dir, heading) =>
    page.waitFor(
      (lang, dir, heading) =>
        document.documentElement.lang === lang &&
        document.documentElement.dir === dir &&
        document.querySelector('h1')?.textContent === heading,
      lang,
      dir,
      heading,
    )
  const heading = (language) => catalogOf(language)['landing.heading']
  try {
    await page.goto(server.origin)
    await shows('en', 'ltr', heading('en'))
    await pick('ar')
    await shows('ar', 'rtl', heading('ar'))
    await page.goto(`${server.origin}/?again`)
    await shows('ar', 'rtl', heading('ar'))
    await pick('en')
    await shows('en', 'ltr', heading('en'))
  } finally {
    await page.close()
  }
})

test('in Firefox too, the keyboard is enough for a whole call', async () => {
  const page = await firefox.newPage()
  const bo = await Talker.arrive(chromium, server.origin)
  try {
    await callByKeyboard(page, server.origin, async (path) => {
      await bo.enter(path, 'Bo')
      return bo
    })
    assert.deepEqual(bo.faults, [])
  } finally {
    await Promise.all([page.close(), bo.leave()])
  }
})
