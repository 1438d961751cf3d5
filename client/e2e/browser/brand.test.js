// The name, the color and the logo of whoever runs the server, on each kind of page.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer, writeToBuild } from '../process.js'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { launchFirefox } from './firefox.js'
import { newPath } from './links.js'

/** As long and as wide as a name may be, and no markup. */
const name = `<b>"&'</title> ${'W'.repeat(25)}`
/** One that is just dark enough. */
const color = '#166ce0'
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="2" fill="${color}"/></svg>`

/** The narrowest page that has to work. */
const viewport = { width: 320, height: 640 }

let server
before(async () => {
  server = await startServer({
    BRAND_NAME: name,
    BRAND_COLOR: color,
    BRAND_LOGO: writeToBuild('brand-logo', logo),
  })
})
after(() => server?.stop())

const pages = [
  ['/', `${name}: video calls that are just a link`],
  [newPath(), `Call · ${name}`],
  ['/call/test', `Test · ${name}`],
  ['/nothing', `Page not found · ${name}`],
]

// Runs in the page.
function look() {
  const brand = document.querySelector('.brand')
  const picture = brand?.querySelector('img')
  const button = document.querySelector('.button.primary')
  if (!picture?.complete || !button) return
  const shown = getComputedStyle(button)
  return {
    title: document.title,
    name: brand.innerText.trim(),
    isPictureShown: picture.naturalWidth > 0 && picture.clientWidth === 32,
    icon: new URL(document.querySelector('link[rel="icon"]').href).pathname,
    button: shown.backgroundColor,
    text: shown.color,
    isWithinPage: document.documentElement.scrollWidth <= innerWidth,
  }
}

/** What is to be seen; in dark, the color is lighter, and the text on it dark. */
const expected = (title, scheme) => ({
  title,
  name,
  isPictureShown: true,
  icon: '/brand/logo.svg',
  ...(scheme === 'light'
    ? { button: 'rgb(22, 108, 224)', text: 'rgb(255, 255, 255)' }
    : { button: 'rgb(144, 188, 255)', text: 'rgb(17, 29, 48)' }),
  isWithinPage: true,
})

// Runs in the page: whether the icon with a notice is the logo, with a red dot. Firefox may
// draw a picture that is within another a moment later.
async function noticeHasLogo() {
  const icon = new Image(32, 32)
  icon.src = '/favicon-notice.svg'
  await icon.decode()
  const picture = document.createElement('canvas').getContext('2d')
  picture.drawImage(icon, 0, 0, 32, 32)
  const at = (x, y) => [...picture.getImageData(x, y, 1, 1).data].join()
  return at(8, 24) === '22,108,224,255' && at(24, 8) === '217,45,32,255'
}

for (const colorScheme of ['light', 'dark']) {
  test(`Chromium, ${colorScheme}`, async () => {
    const browser = await openBrowser()
    const options = { colorScheme, viewport }
    const visitor = await Caller.arrive(browser, server.origin, options)
    try {
      for (const [path, title] of pages) {
        await visitor.open(path)
        await visitor.waitFor(look)
        assert.deepEqual(await visitor.page.evaluate(look), expected(title, colorScheme))
        // The status of the page for an unknown address is no fault.
        visitor.faults = visitor.faults.filter((fault) => !/\b404\b/.test(fault))
        await check(visitor, path)
      }
      await visitor.waitFor(noticeHasLogo)
    } finally {
      await visitor.leave()
      await browser.close()
    }
  })
}

test('Firefox, dark', async () => {
  const firefox = await launchFirefox({ colorScheme: 'dark' })
  try {
    const page = await firefox.newPage()
    for (const [path, title] of pages) {
      await page.goto(server.origin + path)
      assert.deepEqual(await page.waitFor(look), expected(title, 'dark'))
    }
    await page.waitFor(noticeHasLogo)
  } finally {
    await firefox.close()
  }
})
