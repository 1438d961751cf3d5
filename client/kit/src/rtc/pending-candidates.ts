/** ICE candidates that arrive before the description they belong to. */

/** Candidates queued for one participant. More than this is a flood and is dropped. */
export const MAX_PENDING_CANDIDATES = 128

/** Queues a candidate unless the queue is full. */
export function queueCandidate(queue: RTCIceCandidateInit[], candidate: RTCIceCandidateInit): void {
  if (queue.length < MAX_PENDING_CANDIDATES) queue.push(candidate)
}
