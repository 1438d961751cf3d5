package signaling

import (
	"sync"
	"sync/atomic"

	"vidchat/engine"
)

// participant is the connection of somebody who may have a seat.
type participant struct {
	*engine.Session
	spoke bool        // used by who handles its packets alone: its first word is said
	busy  atomic.Bool // it waits for others, and hears nothing

	mu sync.Mutex // guards what follows
	// modern is how it took its seat: by enter, which is answered by an ack.
	modern bool
	ack    string // the number to answer under; empty for no answer
	mute   bool   // the answer is not for the client, which did not ask
}

// asks notes how the next entry is to be answered.
func (p *participant) asks(modern bool, ack string, mute bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.modern, p.ack, p.mute = modern, ack, mute
}

func (p *participant) answering() (modern bool, ack string, mute bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.modern, p.ack, p.mute
}
