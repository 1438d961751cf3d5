package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Draining tells whether the engine takes no new sessions any more.
func (e *Engine) Draining() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.draining
}

// Drain refuses new sessions from now on and returns those that are open.
func (e *Engine) Drain() []*Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
	open := make([]*Session, 0, len(e.bySID))
	for _, s := range e.bySID {
		open = append(open, s)
	}
	return open
}

// hearingTime is the most that clients are waited for that never come to an
// end: a body that does not go on, a socket that is never empty.
const hearingTime = 3 * time.Second

// halfOf is d, or half of the time that ctx leaves if that is less.
func halfOf(ctx context.Context, d time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(deadline)/2)
	}
	return d
}

// Shutdown ends all sessions in two steps, so that nothing is lost that was
// received. First, every session is heard out: no more is taken from its
// client, and what has come is handled. Then all are ended, with what is
// queued for them written first. It returns when go-socket.io has let go of
// them and all is written, or when ctx is done: then it cuts what is left.
func (e *Engine) Shutdown(ctx context.Context) error {
	for _, s := range e.Drain() {
		s.freeze()
	}
	hearing, cancel := context.WithTimeout(ctx, halfOf(ctx, hearingTime))
	defer cancel()
	wait(hearing, &e.sessions)
	for _, s := range e.Drain() {
		s.end(ReasonShutdown)
	}
	defer e.reactor.stop()
	defer e.close()
	if wait(ctx, &e.sessions) && wait(ctx, &e.tasks) {
		return nil
	}
	e.cut()
	return errors.Join(errors.New("not all sessions ended in time"), ctx.Err())
}

// close lets nothing more go to go-socket.io, which may be closed then.
func (e *Engine) close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.attaching.Wait() // for no longer than go-socket.io takes to accept
}

// wait waits for a group, and tells whether it was done before ctx.
func wait(ctx context.Context, group *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// cut closes the sockets of sessions that do not end by themselves.
func (e *Engine) cut() {
	for _, s := range e.Drain() {
		s.mu.Lock()
		f := s.carrier
		s.mu.Unlock()
		if f != nil {
			_ = f.conn.Close()
		}
	}
}

// freeze lets the session's reader stop as soon as it has handled what was
// received: posted, or in the socket's buffer.
func (s *Session) freeze() {
	s.mu.Lock()
	s.frozen = true
	f, candidate := s.carrier, s.candidate
	s.wake() // to find that there is nothing left
	s.mu.Unlock()
	if candidate != nil {
		_ = candidate.conn.Close()
	}
	if f != nil {
		f.frozen.Store(true)
		f.conn.hearOut()
	}
}

// spawn runs a goroutine for the session that Shutdown waits for.
func (s *Session) spawn(task func()) {
	s.engine.tasks.Go(func() {
		defer s.survive()
		task()
	})
}
