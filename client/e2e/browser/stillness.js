/**
 * Runs in the page before its own scripts: for how long the others' pictures
 * stand still, from `watchStillness()` to `stillness()`. The page's own clock can
 * stand still too, on a busy machine; nothing is seen meanwhile, so that is told
 * beside it.
 */
export function observeStillness() {
  const period = 10
  let timer, lastTick, clock, busy
  const videos = new Map()

  function look() {
    const now = performance.now()
    const late = Math.max(0, now - lastTick - period)
    lastTick = now
    clock = Math.max(clock, late)
    busy += late
    for (const { label, frames } of window.remoteVideos()) {
      const video = videos.get(label) ?? { frames, since: now, late: 0, still: 0, unseen: 0 }
      videos.set(label, video)
      video.late += late
      if (frames !== video.frames) rest(video, now)
      video.frames = frames
    }
  }

  // A picture has moved, or the watch is over.
  function rest(video, now) {
    const still = now - video.since
    if (still - video.late > video.still - video.unseen) {
      video.still = still
      video.unseen = video.late
    }
    video.since = now
    video.late = 0
  }

  window.watchStillness = () => {
    videos.clear()
    clock = busy = 0
    lastTick = performance.now()
    look()
    timer = setInterval(look, period)
  }

  /**
   * Each picture's longest rest, and what of it the clock stood still; the clock's
   * own longest rest, and all of its rests together.
   */
  window.stillness = () => {
    look()
    clearInterval(timer)
    for (const video of videos.values()) rest(video, performance.now())
    const rests = [...videos].map(([label, { still, unseen }]) => ({ label, still, unseen }))
    return { rests, clock, busy }
  }
}
