/**
 * Runs in the page before its own scripts, after `observe`. From `watchInterruptions()`
 * to `interruptions()` it records whatever the page does that would stop a picture of
 * another person. Time plays no part in it, so a busy machine changes nothing.
 */
export function observeInterruptions() {
  let found, watched, ending

  function watch({ video, connection }) {
    const label = video.ariaLabel
    const tell = (what) => found.push({ label, what })
    const tracks = video.srcObject.getTracks()
    const listen = (target, type, what) =>
      target.addEventListener(type, () => tell(what), { signal: ending.signal })
    for (const type of ['emptied', 'pause', 'ended']) listen(video, type, `its video: ${type}`)
    for (const track of tracks) {
      for (const type of ['mute', 'ended']) listen(track, type, `its ${track.kind} track: ${type}`)
    }
    const stream = video.srcObject
    const sent = connection.getSenders().map(({ track }) => track)
    return { label, video, stream, connection, sent }
  }

  // A video that is removed from the page stops, even if it is put back.
  const removals = new MutationObserver((records) => {
    const removed = records.flatMap(({ removedNodes }) => [...removedNodes])
    for (const { label, video } of watched) {
      if (removed.some((node) => node.contains(video))) found.push({ label, what: 'removed' })
    }
  })

  window.watchInterruptions = () => {
    found = []
    ending = new AbortController()
    watched = window.remoteConnections().map(watch)
    removals.observe(document, { childList: true, subtree: true })
  }

  /** What happened to whose picture, by the labels at the start. */
  window.interruptions = () => {
    ending.abort()
    removals.disconnect()
    for (const { label, video, stream, connection, sent } of watched) {
      const tell = (what) => found.push({ label, what })
      if (video.srcObject !== stream) tell('another stream')
      const senders = connection.getSenders()
      if (sent.some((track, index) => senders[index]?.track !== track)) tell('sent another track')
      if (sent.some((track) => track && !track.enabled)) tell('sent nothing')
      const encodings = senders.flatMap((sender) => sender.getParameters().encodings)
      if (encodings.some(({ active }) => !active)) tell('stopped sending')
    }
    return found
  }
}
