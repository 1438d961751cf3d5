import { writeToBuild } from '../process.js'

const rate = 48_000
const seconds = 3

/**
 * Chromium's flag for a microphone that hears a voice; the default beep is too short to
 * count as speech. The syllables change in pitch, so that no filter takes them for a hum.
 */
export function voice() {
  const samples = Int16Array.from({ length: rate * seconds }, (_, at) => sample(at / rate))
  const recording = Buffer.concat([header(samples.byteLength), Buffer.from(samples.buffer)])
  return `--use-file-for-fake-audio-capture=${writeToBuild('voice.wav', recording)}`
}

function sample(second) {
  const syllable = Math.floor(second * 4)
  const loudness = Math.max(0, Math.sin(2 * Math.PI * (second * 4 - syllable) - 0.5) + 0.5)
  const pitch = 180 + 60 * ((syllable * 7) % 5)
  return 9000 * loudness * Math.sin(2 * Math.PI * pitch * second)
}

// One channel of 16 bits.
function header(bytes) {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + bytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(2 * rate, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(bytes, 40)
  return head
}
