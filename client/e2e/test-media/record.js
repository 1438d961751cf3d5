// Records the picture and the tone that the client in Go sends, by Chromium's encoders:
//   node client/e2e/test-media/record.js peer/media
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { launch } from '../browser/chromium.js'

const folder = process.argv[2]
const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const browser = await launch()
const page = await browser.newPage()
await page.goto(`http://127.0.0.1:${server.address().port}/`)
const recorded = await page.evaluate(record)
await browser.close()
server.close()
const picture = recorded.picture.map((f) => Buffer.from(f))
const tone = recorded.tone.map((f) => Buffer.from(f))
writeFileSync(
  join(folder, 'picture.ivf'),
  ivf('VP80', picture, { width: 160, height: 120, rate: 15 }),
)
writeFileSync(join(folder, 'tone.ivf'), ivf('OPUS', tone, { width: 0, height: 0, rate: 50 }))

/** A file of frames; IVF is made for video, and simple enough for any frames. */
function ivf(codec, frames, { width, height, rate }) {
  const head = Buffer.alloc(32)
  head.write('DKIF', 0)
  head.writeUInt16LE(32, 6)
  head.write(codec, 8)
  head.writeUInt16LE(width, 12)
  head.writeUInt16LE(height, 14)
  head.writeUInt32LE(rate, 16)
  head.writeUInt32LE(1, 20)
  head.writeUInt32LE(frames.length, 24)
  const parts = frames.flatMap((frame, i) => {
    const one = Buffer.alloc(12)
    one.writeUInt32LE(frame.length, 0)
    one.writeUInt32LE(i, 4)
    return [one, frame]
  })
  return Buffer.concat([head, ...parts])
}

/** Two seconds of a moving picture, and one of 440 Hz. Runs in the page. */
async function record() {
  const bytesOf = (chunk) => {
    const bytes = new Uint8Array(chunk.byteLength)
    chunk.copyTo(bytes)
    return [...bytes]
  }
  const fail = (error) => {
    throw error
  }
  const picture = []
  const video = new VideoEncoder({ output: (chunk) => picture.push(bytesOf(chunk)), error: fail })
  video.configure({ codec: 'vp8', width: 160, height: 120, bitrate: 60_000, framerate: 15 })
  const canvas = new OffscreenCanvas(160, 120)
  const pen = canvas.getContext('2d')
  for (let n = 0; n < 30; n++) {
    for (let bar = 0; bar < 8; bar++) {
      pen.fillStyle = `hsl(${bar * 45} 80% 50%)`
      pen.fillRect(bar * 20, 0, 20, 120)
    }
    pen.fillStyle = 'white'
    pen.fillRect((n * 160) / 30, 0, 8, 120)
    const frame = new VideoFrame(canvas, { timestamp: (n * 1e6) / 15 })
    video.encode(frame, { keyFrame: n === 0 })
    frame.close()
  }
  await video.flush()

  const tone = []
  const audio = new AudioEncoder({ output: (chunk) => tone.push(bytesOf(chunk)), error: fail })
  audio.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 24_000 })
  const samples = Float32Array.from(
    { length: 48_000 },
    (_, i) => 0.1 * Math.sin((2 * Math.PI * 440 * i) / 48_000),
  )
  const format = { format: 'f32-planar', sampleRate: 48_000, numberOfChannels: 1 }
  const data = new AudioData({ ...format, numberOfFrames: 48_000, timestamp: 0, data: samples })
  audio.encode(data)
  await audio.flush()
  return { picture, tone }
}
