// A real browser with fake cameras and microphones.
import { chmodSync, existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { writeToBuild } from '../process.js'
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
  // Devices that need no permission: a moving full-size test picture, and a beep.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
]

/** Enough for a picture to move, where nobody measures how it does. */
const fewPictures = () => smallPictures(8)

/** What draws the pages needs no process of its own; it would cost a twentieth of a call. */
const shared = () => options([fewPictures(), '--in-process-gpu'])

/**
 * Connects to the browser that all files of a run share, at E2E_BROWSER; its cameras
 * have few and small pictures. A file that runs alone launches one. Closing the result closes
 * the contexts of this file alone.
 */
export function openBrowser() {
  const address = process.env.E2E_BROWSER
  return address ? chromium.connect(address) : chromium.launch(shared())
}

/** Launches the browser that a run shares. Its `wsEndpoint()` goes into E2E_BROWSER. */
export const launchShared = () => chromium.launchServer(shared())

/**
 * Launches a browser for one file. Of two flags with one name the last one counts. It is
 * Chromium's headless shell, which opens a page for a quarter of the processor time of
 * the whole browser, as that draws its own windows too.
 */
export const launch = (more = []) => chromium.launch(options(more))

/** Launches the whole browser: the shell does not notice that a network is gone. */
export const launchWhole = (more = []) => chromium.launch(options(more, 'CHROMIUM'))

/**
 * Launches the whole browser with a profile in this folder, which is no private window.
 * Returns its context.
 */
export function launchWithProfile(folder, contextOptions) {
  const { executablePath, args } = options([fewPictures()], 'CHROMIUM')
  return chromium.launchPersistentContext(folder, { executablePath, args, ...contextOptions })
}

/** Launches a browser by a command that ends with its path, such as one in another network. */
export function launchBy(commandOf, name, more = []) {
  const { executablePath, args } = options(more)
  const script = `#!/bin/sh\nexec ${commandOf(executablePath).join(' ')} "$@"\n`
  const wrapper = writeToBuild(name, script)
  chmodSync(wrapper, 0o755)
  return chromium.launch({ executablePath: wrapper, args })
}

const installed = {
  CHROMIUM: '/usr/bin/chromium',
  CHROMIUM_SHELL: '/usr/bin/chromium-headless-shell',
}

// Debian's programs, or those that the environment names.
function options(more, variable = 'CHROMIUM_SHELL') {
  const executablePath = process.env[variable] ?? installed[variable]
  if (!existsSync(executablePath)) {
    throw new Error(`nothing at ${executablePath}: install it, or name it in ${variable}`)
  }
  return { executablePath, args: [...flags, ...more] }
}
