/** How loud a microphone is, for showing that it works. */

/** How often the level is told, in ms. */
const PERIOD = 80

/** Tells the level, 0 to 1, until the returned function is called. */
export function watchLevel(track: MediaStreamTrack, tell: (level: number) => void): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    tell(loudness(samples))
  }, PERIOD)
  // Browsers keep audio asleep until the page is touched for the first time.
  const wake = () => void context.resume()
  document.addEventListener('pointerdown', wake, { once: true })
  return () => {
    document.removeEventListener('pointerdown', wake)
    clearInterval(timer)
    void context.close()
  }
}

/** The root mean square on a scale that speech fills. */
export function loudness(samples: Float32Array): number {
  const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  return Math.min(1, Math.sqrt(square) * 5)
}
