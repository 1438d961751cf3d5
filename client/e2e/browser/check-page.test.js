// The page that tests what a call needs, with a relay that works and with one that does not.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../certificate.js'
import { freePort, startServer } from '../process.js'
import { check, checkLooks } from './axe.js'
import { Caller } from './caller.js'
import { smallPictures } from './camera.js'
import { launch } from './chromium.js'
import { settingsOfRelay, startRelay } from './relayed.js'
import { catalogOf } from './words.js'

const german = catalogOf('de')

let certificate, browser
before(async () => {
  certificate = makeCertificate()
  // Nobody has signed the certificate of a turns: server on loopback.
  browser = await launch([smallPictures(), '--ignore-certificate-errors'])
})
after(async () => {
  await browser?.close()
  certificate?.remove()
})

/** Opens the page, starts the test by keyboard, and waits for this summary. */
async function testAt(server, summary) {
  const person = await Caller.arrive(browser, server.origin, { ignoreHTTPSErrors: true })
  await person.open('/call/test')
  await person.button('Start the test').waitFor()
  await check(person, 'before the test')
  await person.button('Start the test').press('Enter')
  await person.reads(summary)
  return person
}

/** The outcomes of a check: one for each line. */
const outcomes = (person, check) =>
  person.page.locator(`[data-check="${check}"]`).evaluateAll((lines) => {
    return lines.map((line) => line.dataset.outcome)
  })

const result = (person) => person.page.getByLabel('Result, without any address').inputValue()

test('all is well, over each transport of the relay', async () => {
  const settings = await settingsOfRelay(certificate)
  const server = await startRelay({ ...settings, STUN_URLS: `stun:${settings.TURN_LISTEN}` })
  let person
  try {
    person = await testAt(server, 'No problems found.')
    // The fake microphone beeps once a second.
    await person.page.locator('[data-check="microphone"][data-outcome="ok"]').waitFor()
    for (const each of ['browser', 'camera', 'websocket', 'polling', 'stun', 'call'])
      assert.deepEqual(await outcomes(person, each), ['ok'], each)
    // udp, tcp, tls, and tls at the port of the pages.
    assert.deepEqual(await outcomes(person, 'relay'), ['ok', 'ok', 'ok', 'ok'])
    assert.deepEqual(await outcomes(person, 'speaker'), ['note'])
    await person.press('Record 3 seconds')
    await person.reads('Playing what you said')
    await person.press('I heard it')
    assert.deepEqual(await outcomes(person, 'speaker'), ['ok'])
    assert.match(await result(person), /^ok relay udp \d+: relays$/m)
    assert.doesNotMatch(await result(person), /\d+\.\d+\.\d+\.\d+:|127\.0|\.local|https?:/)
    await checkLooks(person, 'after the test')
  } finally {
    await person?.leave()
    await server.stop()
  }
})

test('servers that cannot be reached are problems, with which a call may still work', async () => {
  const nobody = `127.0.0.1:${await freePort()}`
  const server = await startServer({
    STUN_URLS: `stun:${nobody}`,
    TURN_SERVER_URL: nobody,
    TURN_SECRET: 'only for tests, at least',
  })
  let person
  try {
    person = await testAt(server, /^There are \d problems\.$/)
    const relays = await outcomes(person, 'relay')
    assert.ok(relays.length > 0 && relays.every((outcome) => outcome === 'problem'), `${relays}`)
    assert.deepEqual(await outcomes(person, 'stun'), ['problem'])
    assert.deepEqual(await outcomes(person, 'call'), ['ok'])
    assert.match(await result(person), /^problem relay udp \d+: silent$/m)
    const inEnglish = await result(person)
    await person.page.getByLabel('Language').selectOption('de')
    assert.equal(await person.page.getByLabel(german['check.result-label']).inputValue(), inEnglish)
    assert.deepEqual(person.faults, [])
  } finally {
    await person?.leave()
    await server.stop()
  }
})
