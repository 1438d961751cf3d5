import { writeToBuild } from '../process.js'

const [width, height] = [160, 90]

/** Options for a person's `arrive`: a window that is cheaper to draw than the usual one. */
export const smallWindow = { viewport: { width: 480, height: 360 } }

/**
 * Chromium's flag for a camera with small pictures, which are cheap to encode in
 * software: a bar that moves across grey, in so many frames a second.
 */
export function smallPictures(rate = 15) {
  const header = `YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`
  const frames = Array.from({ length: rate }, (_, number) => frame(number / rate))
  const film = Buffer.concat([Buffer.from(header), ...frames])
  return `--use-file-for-fake-video-capture=${writeToBuild(`camera-${rate}.y4m`, film)}`
}

function frame(progress) {
  const luma = Buffer.alloc(width * height, 90)
  const left = Math.floor(progress * width)
  for (let row = 0; row < height; row++) luma.fill(220, row * width + left, row * width + left + 5)
  const chroma = Buffer.alloc((width * height) / 2, 128)
  return Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
}
