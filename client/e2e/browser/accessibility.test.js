// Every page and state, light and dark, on a desktop and on a phone, checked by
// axe: no serious and no critical violation.
// Slow: axe looks at every state four times.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startServer } from '../process.js'
import { check, looks } from './axe.js'
import { newPath } from './links.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { words } from './words.js'

let server, browser
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** The status of a page for an unknown address is no fault of it, everything else is. */
function acceptMissingPage(visitor) {
  const faults = visitor.faults.splice(0)
  assert.deepEqual(
    faults.filter((fault) => !/\b404\b/.test(fault)),
    [],
  )
  assert.equal(faults.length, 2)
}

for (const look of looks) {
  describe(`${look.colorScheme}, ${look.viewport.width} pixels wide`, () => {
    test('landing page', async () => {
      const visitor = await Caller.arrive(browser, server.origin, look)
      try {
        await visitor.open('/')
        await visitor.button('Start a call').waitFor()
        await check(visitor, 'landing page')
        await visitor.press('Join')
        await visitor.page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
        await check(visitor, 'landing page with a problem')
      } finally {
        await visitor.leave()
      }
    })

    test('pages for links that lead nowhere', async () => {
      const visitor = await Caller.arrive(browser, server.origin, look)
      try {
        await visitor.open('/nothing')
        await visitor.reads('Page not found')
        acceptMissingPage(visitor)
        await check(visitor, 'unknown address')
        await visitor.open(`/call/%23${'0a'.repeat(16)},XP9vbKYOnu9RbM5Y1uga8g`)
        await visitor.reads('This link was changed on its way')
        acceptMissingPage(visitor)
        await check(visitor, 'link that was changed')
        await visitor.open(`/call/#${'0a'.repeat(16)}`)
        await visitor.reads(words.damaged)
        await check(visitor, 'damaged link')
      } finally {
        await visitor.leave()
      }
    })

    test('call page', async () => {
      const path = newPath()
      const people = []
      const arrive = async () => {
        const person = await Caller.arrive(browser, server.origin, look)
        people.push(person)
        return person
      }
      try {
        const [first, second, third] = [await arrive(), await arrive(), await arrive()]
        await first.open(path)
        await first.seesSelf()
        await check(first, 'lobby')
        await first.press('Join call')
        await first.reads(words.alone)
        await check(first, 'waiting')
        await second.enter(path)
        await Promise.all([first.sees(), second.sees()])
        await check(first, 'talking')
        await first.pressInToolbar('Invite')
        await check(first, 'invitation')
        await first.press('Close')
        await first.pressInToolbar('Settings')
        await check(first, 'settings')
        await first.press('Close')
        await third.enter(path)
        await third.reads(words.full)
        await check(third, 'full')
        await second.press('Hang up')
        await second.reads(words.youLeft)
        await check(second, 'left')
      } finally {
        await Promise.all(people.map((person) => person.leave()))
      }
    })
  })
}
