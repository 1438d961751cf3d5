// A real browser with cameras and microphones that are not.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const base = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Devices that answer at once: a moving test picture and a beep. */
export const fakeDevices = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

/** The same with few pictures a second, where many people take part. */
export const calmDevices = [
  '--use-fake-device-for-media-stream=fps=8',
  '--use-fake-ui-for-media-stream',
]

/** Launches Debian's Chromium, or the one that CHROMIUM names. */
export async function launch(devices = fakeDevices) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install it, or name it in CHROMIUM`)
  }
  return chromium.launch({ executablePath, args: [...base, ...devices] })
}
