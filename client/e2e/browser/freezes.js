/**
 * Runs in the page before its own scripts. From `watchFreezes()` to `freezes()` it
 * measures how long each picture of another person stands still. The page's timer
 * can be late too, on a busy machine. Nothing is seen meanwhile, so that time is
 * reported beside it.
 */
export function observeFreezes() {
  const period = 10
  let timer, lastTick
  const videos = new Map()

  function look() {
    const now = performance.now()
    const late = Math.max(0, now - lastTick - period)
    lastTick = now
    for (const { label, frames } of window.remoteVideos()) {
      const video = videos.get(label) ?? { frames, since: now, late: 0, longest: 0, unseen: 0 }
      videos.set(label, video)
      video.late += late
      if (frames !== video.frames) endFreeze(video, now)
      video.frames = frames
    }
  }

  function endFreeze(video, now) {
    const duration = now - video.since
    if (duration - video.late > video.longest - video.unseen) {
      video.longest = duration
      video.unseen = video.late
    }
    video.since = now
    video.late = 0
  }

  window.watchFreezes = () => {
    videos.clear()
    lastTick = performance.now()
    look()
    timer = setInterval(look, period)
  }

  /** Each picture's longest freeze, and the part of it in which the timer was late, in ms. */
  window.freezes = () => {
    look()
    clearInterval(timer)
    for (const video of videos.values()) endFreeze(video, performance.now())
    return [...videos].map(([label, { longest, unseen }]) => ({ label, longest, unseen }))
  }
}
