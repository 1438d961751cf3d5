package engineio

import (
	"bytes"
	"sync/atomic"

	"vidchat/internal/engineio/wire"
)

// inbox holds what a client sent and who reads could not handle at once: posted
// packets, messages whose handling may block, and whatever came behind these. A
// goroutine, the worker, handles it, and lives only while there is something. It
// is guarded by the session's lock.
type inbox struct {
	tasks   []task
	bytes   int
	full    atomic.Bool // reading pauses until everything is handled
	working bool        // the worker lives, or nothing more will be handled
	ended   bool        // nothing more will come
	err     error
	emptied chan struct{} // has room for one token; wakes the POST that waits
}

// task is a packet, in memory of its own, or what its handling left to do.
type task struct {
	packet   wire.Packet
	deferred func()
	size     int
}

// maxTasks is how many tasks may wait before reading pauses. In bytes it is as
// much as one packet may have.
const maxTasks = 64

// receive handles a packet that was read from a WebSocket. idle says that
// everything before it was handled.
func (s *Session) receive(p wire.Packet, idle bool) {
	if !idle {
		p.Data = bytes.Clone(p.Data)
		s.leave(task{packet: p, size: len(p.Data)})
		return
	}
	if deferred := s.handle(p); deferred != nil {
		s.leave(task{deferred: deferred, size: len(p.Data)})
	}
}

// leave gives a task to the worker.
func (s *Session) leave(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.inbox
	in.tasks = append(in.tasks, t)
	in.bytes += t.size
	in.full.Store(len(in.tasks) >= maxTasks || in.bytes >= s.server.cfg.MaxPacket)
	s.wakeWorker()
}

// readsOn reports whether reading goes on. If not, the worker resumes it.
func (s *Session) readsOn() bool { return s.hasEnded() || !s.inbox.full.Load() }

// endReading notes that nothing more will be read. That takes effect behind
// what waits, which may be a goodbye.
func (s *Session) endReading(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.inbox.ended {
		s.inbox.ended, s.inbox.err = true, err
		s.wakeWorker()
	}
}

// wakeWorker lets the worker look after the inbox. It is called with the lock
// held.
func (s *Session) wakeWorker() {
	if !s.inbox.working {
		s.inbox.working = true
		s.server.poller.Disturb()
		go s.work()
	}
}

// work is the worker: it handles what is in the inbox, and the end.
func (s *Session) work() {
	for {
		t, state := s.nextTask()
		switch state {
		case tasksOver:
			s.handleReadError()
			s.finish()
			return
		case tasksPaused:
			return
		}
		s.run(t)
	}
}

func (s *Session) run(t task) {
	defer s.recoverPanic()
	deferred := t.deferred
	if deferred == nil {
		deferred = s.handle(t.packet)
	}
	if deferred != nil {
		deferred()
	}
}

type taskState int

const (
	tasksLeft   taskState = iota
	tasksPaused           // until more comes
	tasksOver
)

// nextTask takes the next task. Without one the worker's work is done.
func (s *Session) nextTask() (t task, state taskState) {
	s.mu.Lock()
	in := &s.inbox
	switch {
	case s.ended:
		s.mu.Unlock()
		return t, tasksOver
	case len(in.tasks) > 0:
		t, in.tasks = in.tasks[0], in.tasks[1:]
		in.bytes -= t.size
		s.mu.Unlock()
		return t, tasksLeft
	case in.ended, s.draining && s.socket == nil && !s.polling.posting:
		s.mu.Unlock()
		return t, tasksOver
	}
	in.tasks, in.working = nil, false
	if in.emptied != nil {
		wake(in.emptied)
	}
	w, full := s.socket, in.full.Swap(false)
	s.mu.Unlock()
	if full {
		w.conn.ResumeReading()
	}
	return t, tasksPaused
}

// wake puts a token into a channel that has room for one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
