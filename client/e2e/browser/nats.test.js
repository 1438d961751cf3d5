// Two people behind symmetric NATs, which let nothing in that was not asked for, and the
// server outside: only its relay brings them together. E2E_NATS sets how often.
// Slow: without a relay, a page tries for twelve seconds before it says so.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../certificate.js'
import { startServerBy } from '../process.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launchBy } from './chromium.js'
import { newPath } from './links.js'
import { commandIn, Namespaces } from './namespaces.js'
import { repeat } from './repeat.js'
import { words } from './words.js'

const count = Number(process.env.E2E_NATS ?? 1)

let networks, refused, certificate
const servers = []
const browsers = []
before(async () => {
  ;({ networks, refused } = Namespaces.make())
  if (refused) return
  certificate = makeCertificate()
  servers.push(await startOutside({ PORT: '443', TURN_LISTEN: ':3478', TURNS_LISTEN: 'off' }))
  // This one has no relay, and names the other for STUN.
  servers.push(await startOutside({ PORT: '444', STUN_URLS: `stun:${networks.address}:3478` }))
  for (const number of [0, 1]) {
    const inHome = (path) => commandIn(networks.home(number), path)
    const flags = [smallPictures(), '--ignore-certificate-errors']
    browsers.push(await launchBy(inHome, `chromium-home${number}`, flags))
  }
})
after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()))
  await Promise.all(servers.map((server) => server.stop()))
  networks?.remove()
  certificate?.remove()
})

test(`${count} calls over the relay`, async (t) => {
  if (refused) return t.diagnostic(`not run, since networks cannot be made here: ${refused}`)
  await repeat(t, 'calls behind symmetric NATs', count, () =>
    meet(443, (people) => Promise.all(people.map((person) => person.keepsSeeing()))),
  )
})

test('without a relay, the page says why they do not see each other', async (t) => {
  if (refused) return t.diagnostic(`not run, since networks cannot be made here: ${refused}`)
  await meet(444, (people) => Promise.all(people.map((person) => person.reads(words.noRelay))))
})

function startOutside(settings) {
  const outside = (binary) => commandIn(networks.internet, binary)
  const { cert, key } = certificate
  return startServerBy(outside, { HTTP_PORT: 'off', TLS_CERT: cert, TLS_KEY: key, ...settings })
}

/** Two people, each in a network of their own, in a call. */
async function meet(port, talk) {
  const people = []
  try {
    const path = newPath()
    for (const browser of browsers) {
      const options = { ignoreHTTPSErrors: true, ...smallWindow }
      const origin = `https://${networks.address}${port === 443 ? '' : `:${port}`}`
      const person = await Caller.arrive(browser, origin, options)
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await talk(people)
    for (const { faults } of people) assert.deepEqual(faults, [])
    return {}
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
}
