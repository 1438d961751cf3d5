import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeDevices } from './chromium.js'

const [width, height, rate] = [160, 120, 15]

/** A window that costs little to draw where there is no GPU, for a person's `arrive`. */
export const smallWindow = { viewport: { width: 480, height: 360 }, reducedMotion: 'reduce' }

/**
 * A camera of small pictures, for tests in which many are encoded by software on
 * a small machine: a bar that wanders over grey. `devices` is for the browser.
 */
export function smallCamera() {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-camera-'))
  const file = join(folder, 'camera.y4m')
  const header = `YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`
  const frames = Array.from({ length: rate }, (_, number) => frame(number))
  writeFileSync(file, Buffer.concat([Buffer.from(header), ...frames]))
  return {
    devices: [...fakeDevices, `--use-file-for-fake-video-capture=${file}`],
    remove: () => rmSync(folder, { recursive: true }),
  }
}

function frame(number) {
  const luma = Buffer.alloc(width * height, 90)
  const left = Math.floor((number * width) / rate)
  for (let row = 0; row < height; row++) luma.fill(220, row * width + left, row * width + left + 5)
  const chroma = Buffer.alloc((width * height) / 2, 128)
  return Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
}
