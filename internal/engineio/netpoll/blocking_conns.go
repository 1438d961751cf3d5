package netpoll

import "sync"

// blockingConns are the open connections that have goroutines.
type blockingConns struct {
	mu      sync.Mutex // guards what follows, and Add against Wait
	open    map[*blockingConn]struct{}
	stopped bool
	running sync.WaitGroup
}

// run starts a goroutine for a connection. It fails after stop.
func (b *blockingConns) run(c *blockingConn, f func()) (ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return false
	}
	if b.open == nil {
		b.open = make(map[*blockingConn]struct{})
	}
	b.open[c] = struct{}{}
	b.running.Go(f)
	return true
}

func (b *blockingConns) remove(c *blockingConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, c)
}

// stop closes all connections, and waits for their goroutines.
func (b *blockingConns) stop() {
	b.mu.Lock()
	b.stopped = true
	open := b.open
	b.open = nil
	b.mu.Unlock()
	for c := range open {
		c.Close()
	}
	b.running.Wait()
}
