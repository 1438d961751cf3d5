/** What a speaker is tested with: a tone, and the user's own voice. */

/** How long is recorded, in ms. */
const RECORDING_TIME = 3000

const TONE = { frequency: 523, length: 0.8, loudness: 0.2 }

/** A tone as a WAV file, so that it is played by the chosen speaker as any sound is. */
export function toneFile(rate = 24_000): Blob {
  const count = Math.round(rate * TONE.length)
  const samples = Int16Array.from({ length: count }, (_, index) => {
    const fade = Math.min(1, Math.min(index, count - index) / (rate * 0.02))
    const phase = (2 * Math.PI * TONE.frequency * index) / rate
    return Math.sin(phase) * fade * TONE.loudness * 0x7fff
  })
  return new Blob([wavHeader(samples.byteLength, rate), samples], { type: 'audio/wav' })
}

/** Of one channel with 16 bits. */
function wavHeader(bytes: number, rate: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(44))
  const text = (at: number, value: string) =>
    [...value].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)))
  text(0, 'RIFF')
  view.setUint32(4, 36 + bytes, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, bytes, true)
  return view.buffer
}

/** Records what the microphone hears. Nothing of it leaves the page. */
export async function record(track: MediaStreamTrack): Promise<Blob> {
  const recorder = new MediaRecorder(new MediaStream([track]))
  const parts: Blob[] = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const ended = new Promise<void>((resolve, reject) => {
    recorder.onstop = () => resolve()
    recorder.onerror = () => reject(new Error('the recorder failed'))
  })
  recorder.start()
  setTimeout(() => recorder.state === 'recording' && recorder.stop(), RECORDING_TIME)
  await ended
  return new Blob(parts, { type: recorder.mimeType })
}

/** Plays a sound until its end. */
export async function play(sound: Blob, speaker: string): Promise<void> {
  const url = URL.createObjectURL(sound)
  try {
    const audio = new Audio(url)
    // If the speaker is gone, the default one is used.
    if ('setSinkId' in audio) await audio.setSinkId(speaker).catch(() => undefined)
    const ended = new Promise((resolve, reject) => {
      audio.onended = resolve
      audio.onerror = reject
    })
    await audio.play()
    await ended
  } finally {
    URL.revokeObjectURL(url)
  }
}
