/** The level of a microphone, to show that it works. */

/** How often the level is reported, in ms. */
const INTERVAL = 80

/** Reports the level, from 0 to 1. Returns a function that stops it. */
export function watchAudioLevel(
  track: MediaStreamTrack,
  onLevel: (level: number) => void,
): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    onLevel(levelOf(samples))
  }, INTERVAL)
  // Browsers suspend audio until the first interaction with the page.
  const resume = () => void context.resume()
  document.addEventListener('pointerdown', resume, { once: true })
  return () => {
    document.removeEventListener('pointerdown', resume)
    clearInterval(timer)
    void context.close()
  }
}

/** The root mean square, scaled so that speech uses the whole range. */
function levelOf(samples: Float32Array): number {
  const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  return Math.min(1, Math.sqrt(square) * 5)
}
