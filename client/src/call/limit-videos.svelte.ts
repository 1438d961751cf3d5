/** Limits the video of a call to what the user wants to spend on it. */
import { untrack } from 'svelte'
import type { VideoAmount } from 'vidchat-kit'
import type { DataUse } from './data-use.svelte.ts'

/** What is known of a participant, and asked of them. */
export interface LimitedParticipant {
  readonly mediaState: { readonly screen: boolean } | undefined
  limitVideo(wanted: VideoAmount, sendsLess: boolean): void
}

export interface Videos {
  use: DataUse
  participants: readonly LimitedParticipant[]
  /** Whose picture matters most; undefined if it is ours. */
  main: LimitedParticipant | undefined
}

/** Has an effect keep the limits of the call, as long as the component lives. */
export function limitVideos(current: () => Videos): void {
  $effect(() => {
    const videos = current()
    const amounts = wantedAmounts(videos)
    untrack(() =>
      videos.participants.forEach((participant, index) =>
        participant.limitVideo(amounts[index] ?? 'full', videos.use !== 'full'),
      ),
    )
  })
}

/** How much video is wanted of each. */
export function wantedAmounts({ use, participants, main }: Videos): VideoAmount[] {
  const large = main ?? participants[0]
  return participants.map((participant) => {
    if (use === 'full') return 'full'
    const matters = participant === large || participant.mediaState?.screen === true
    return use === 'low' && matters ? 'low' : 'none'
  })
}
