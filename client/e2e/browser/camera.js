import { writeToBuild } from '../process.js'

const [width, height, rate] = [160, 90, 15]

/** A window that costs little to draw where there is no GPU, for a person's `arrive`. */
export const smallWindow = { viewport: { width: 480, height: 360 }, reducedMotion: 'reduce' }

/**
 * Chromium's flag for a camera of small pictures, which many people can have on
 * a small machine, where software encodes them: a bar that wanders over grey.
 */
export function smallPictures() {
  const header = `YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`
  const frames = Array.from({ length: rate }, (_, number) => frame(number))
  const film = Buffer.concat([Buffer.from(header), ...frames])
  return `--use-file-for-fake-video-capture=${writeToBuild('camera.y4m', film)}`
}

function frame(number) {
  const luma = Buffer.alloc(width * height, 90)
  const left = Math.floor((number * width) / rate)
  for (let row = 0; row < height; row++) luma.fill(220, row * width + left, row * width + left + 5)
  const chroma = Buffer.alloc((width * height) / 2, 128)
  return Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
}
