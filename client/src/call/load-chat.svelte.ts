/** Loads what is shown of the chat. */
type Chat = typeof import('../chat/views.ts')

let chat = $state.raw<Chat | undefined>()
let loading = false

/** Begins to load it; undefined until it is there. If that fails, another call tries again. */
export function loadChat(): Chat | undefined {
  if (!chat && !loading) {
    loading = true
    import('../chat/views.ts')
      .then(
        (loaded) => (chat = loaded),
        () => undefined,
      )
      .finally(() => (loading = false))
  }
  return chat
}
