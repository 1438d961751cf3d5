//go:build !linux

package engine

// reactor is for Linux. Elsewhere each session's goroutine reads for itself.
type reactor struct{}

func (*reactor) stop() {}

func (*Engine) watch(f *frames) *frames { return f }

func (*Session) listen(*frames) bool { return false }
