// What is checked in a description is what the browser reads in it, however it is changed
// on the way. E2E_MUTATIONS sets the number of changes, E2E_SEED repeats those of a run.
// Slow: each browser reads hundreds of descriptions, and one of them is Firefox.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openBrowser } from './chromium.js'
import { launchFirefox } from './firefox.js'
import { mutate, randomFrom } from './sdp-mutations.js'
import { describeCall, readDescriptions, serveSources } from './sdp-pages.js'

const count = Number(process.env.E2E_MUTATIONS ?? 300)
const seed = Number(process.env.E2E_SEED ?? randomInt(1, 2 ** 31 - 1))
/** Browsers keep connections that are closed until they collect garbage. */
const perPage = 100

const browsers = { Chromium: openBrowser, Firefox: launchFirefox }
let sources
before(async () => (sources = await serveSources()))
after(() => sources?.stop())

for (const [name, launch] of Object.entries(browsers)) {
  test(`${count} changes of descriptions in ${name}`, async (t) => {
    const browser = await launch()
    try {
      await check(t, name, browser)
    } finally {
      await browser.close()
    }
  })
}

async function check(t, name, browser) {
  const random = randomFrom(seed)
  const counts = { refused: 0, rejected: 0, same: 0, other: 0, fooled: 0 }
  for (let done = 0; done < count; done += perPage) {
    const page = await browser.newPage()
    await page.goto(`${sources.origin}/`)
    const call = await page.evaluate(describeCall)
    assert.ok(call.unchanged, `${name}’s own descriptions are left as they are`)
    const type = (done / perPage) % 2 === 0 ? 'offer' : 'answer'
    const texts = Array.from({ length: Math.min(perPage, count - done) }, () =>
      mutate(call[type], call.evil, random),
    )
    const results = await page.evaluate(...forPage(name, type, texts))
    for (const [index, { result, fooled }] of results.entries()) {
      counts[result]++
      if (fooled) counts.fooled++
      assert.notEqual(result, 'other', `seed ${seed}: ${JSON.stringify(texts[index])}`)
    }
    await page.close()
  }
  const { refused, rejected, same, fooled } = counts
  t.diagnostic(
    `${name}, seed ${seed}: ${count} changes, ${refused} refused, ${rejected} rejected by the ` +
      `browser, ${same} with the same certificate, none with another; ` +
      `${fooled} would have fooled a check of the usual spelling`,
  )
  assert.ok(refused > 0 && same > 0, 'both happen')
}

// Playwright passes one value.
function forPage(name, type, texts) {
  if (name === 'Firefox') return [readDescriptions, type, texts]
  const run = `(async () => (${readDescriptions})(${JSON.stringify(type)}, ${JSON.stringify(texts)}))()`
  return [run]
}
