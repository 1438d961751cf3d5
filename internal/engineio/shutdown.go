package engineio

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Draining reports whether the server refuses new sessions.
func (e *Server) Draining() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.draining
}

// Drain refuses new sessions from now on, and returns those that are open.
func (e *Server) Drain() []*Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
	open := make([]*Session, 0, len(e.bySID))
	for _, s := range e.bySID {
		open = append(open, s)
	}
	return open
}

// receiveTime is how long a shutdown waits for clients that never come to an
// end: a body that does not go on, a socket that is never empty.
const receiveTime = 3 * time.Second

// halfOf is d, or half of the time that ctx leaves if that is less.
func halfOf(ctx context.Context, d time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(deadline)/2)
	}
	return d
}

// Shutdown refuses new sessions, lets what has arrived be handled, and ends all
// sessions, with what is queued for them written first. It returns when all is
// closed, or when ctx is done: then it cuts what is left.
func (e *Server) Shutdown(ctx context.Context) error {
	for _, s := range e.Drain() {
		s.drain()
	}
	receiving, cancel := context.WithTimeout(ctx, halfOf(ctx, receiveTime))
	defer cancel()
	wait(receiving, &e.opening)
	for _, s := range e.Drain() {
		s.End(ReasonShutdown)
	}
	inTime := wait(ctx, &e.opening) && wait(ctx, &e.sockets)
	e.poller.Stop() // cuts what is left
	if !inTime {
		return errors.Join(errors.New("not all sessions ended in time"), ctx.Err())
	}
	return nil
}

// wait waits for a group, and reports whether it was done before ctx.
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

// drain lets reading stop as soon as everything that has arrived is handled:
// what was posted, or is in the socket's buffer.
func (s *Session) drain() {
	s.mu.Lock()
	s.draining = true
	w, candidate := s.socket, s.candidate
	s.wakeWorker() // to find that there is nothing left
	s.mu.Unlock()
	if candidate != nil {
		candidate.abandon()
	}
	if w != nil {
		w.conn.StopReading()
	}
}
