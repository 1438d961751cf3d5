// A real browser with cameras and microphones that are not.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { smallPictures } from './camera.js'

const flags = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Devices that answer at once: a moving test picture of full size, and a beep.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
]

/**
 * The browser that all files of a run share, where people have cameras of small
 * pictures; a file that runs alone gets one of its own. Closing it closes this
 * file's contexts. Its address is E2E_BROWSER.
 */
export function openBrowser() {
  const address = process.env.E2E_BROWSER
  return address ? chromium.connect(address) : launch([smallPictures()])
}

/** Launches the browser that a run shares; `wsEndpoint()` is its address. */
export const launchShared = () => chromium.launchServer(options([smallPictures()]))

/** Launches a browser of one's own; of two flags of one name the last counts. */
export const launch = (more = []) => chromium.launch(options(more))

// Debian's Chromium, or the one that CHROMIUM names.
function options(more) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install it, or name it in CHROMIUM`)
  }
  return { executablePath, args: [...flags, ...more] }
}
