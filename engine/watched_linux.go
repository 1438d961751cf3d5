package engine

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watched is a socket that the reactor reads. It is known to the epoll of the
// reactor alone: one that Go's poller knew as well would wake both.
type watched struct {
	reactor *reactor

	mu   sync.RWMutex // held while fd is used: once closed, its number is another's
	fd   int          // -1 when closed
	slow net.Conn     // see patient

	// Set with the reactor's lock held, before it knows the socket.
	key     uint64
	session *Session
	frames  *frames

	// The reactor alone uses these.
	begun bool // what came with an upgrade has been handled
	armed bool // epoll tells of what arrives
}

// watch takes the socket beneath f away from Go's poller, before anybody else
// knows f, and returns frames that the reactor can read. Where there is no
// such socket it returns f.
func (e *Engine) watch(f *frames) *frames {
	source, ok := f.conn.(*pulled)
	if !ok || source.raw == nil {
		return f
	}
	e.reactor.mu.Lock()
	err := e.reactor.start(&e.stirs)
	e.reactor.mu.Unlock()
	if err != nil {
		return f
	}
	fd := -1
	if err := source.raw.Control(func(old uintptr) { fd, _ = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); err != nil || fd < 0 {
		return f
	}
	_ = source.Conn.Close()
	w := &watched{reactor: &e.reactor, fd: fd}
	if len(f.in) == 0 {
		f.free()
		f.in = nil
	}
	return &frames{conn: w, limit: f.limit, in: f.in, state: f.state, partial: f.partial, opcode: f.opcode}
}

// listen begins to read for a session, and tells whether the reactor does.
func (s *Session) listen(f *frames) bool {
	w, ok := f.conn.(*watched)
	if !ok {
		return false
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.fd < 0 { // the session has ended already
		return true
	}
	if !w.reactor.take(w, s, f) {
		w.reactor.look(w)
	}
	return true
}

// take puts a socket into the books, and lets epoll tell of what arrives. That
// is for the loop to do where something has arrived already, or no more shall.
func (r *reactor) take(w *watched, s *Session, f *frames) (waits bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.session, w.frames = s, f
	w.key = r.sockets.add(w)
	if r.state != reactorRuns || len(f.in) > 0 || f.frozen.Load() {
		return false
	}
	w.begun = true
	w.armed = r.control(unix.EPOLL_CTL_ADD, w.fd, w.key) == nil
	return w.armed
}

// turn reads once and handles what came.
func (w *watched) turn(buf []byte) {
	s := w.session
	defer s.survive()
	if !s.listens() {
		w.arm(false)
		return
	}
	w.arm(true)
	if !w.begun {
		w.begun = true
		s.hear(w.frames, nil)
	}
	held := w.frames.takeHeld(buf[:len(buf)-turnBytes])
	n, err := w.read(buf[held:][:turnBytes])
	switch {
	case err == unix.EAGAIN && !w.frames.frozen.Load():
		w.hear(buf[:held]) // to be held again
		return
	case err != nil || n == 0:
		s.hearNoMore(io.EOF)
	default:
		w.hear(buf[:held+n])
	}
	if !s.listens() {
		w.arm(false)
	} else if w.frames.frozen.Load() {
		w.reactor.look(w) // until there is no more
	}
}

// hear handles what came. If that is more than one frame, what is sent
// meanwhile leaves together.
func (w *watched) hear(b []byte) {
	if h, size, _ := parseHeader(b); size > 0 && int64(len(b)) > int64(size)+h.Length {
		cork := &w.session.engine.cork
		cork.put()
		defer cork.pull()
	}
	w.session.hear(w.frames, b)
}

// arm tells epoll whether to wait for the socket.
func (w *watched) arm(wanted bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.fd < 0 || w.armed == wanted {
		return
	}
	op := unix.EPOLL_CTL_DEL
	if wanted {
		op = unix.EPOLL_CTL_ADD
	}
	if err := w.reactor.control(op, w.fd, w.key); err == nil {
		w.armed = wanted
	}
}

func (w *watched) read(buf []byte) (int, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.fd < 0 {
		return 0, net.ErrClosed
	}
	return retry(func() (int, error) { return syscall.Read(w.fd, buf) })
}

func (w *watched) try(b []byte) (int, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.fd < 0 {
		return 0, net.ErrClosed
	}
	return writeNow(w.fd, b)
}

// patient makes a connection of Go's out of the socket, for the few that have
// to wait: for a reader that stalls, or for the last word of a client.
func (w *watched) patient() (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return nil, net.ErrClosed
	}
	if w.slow != nil {
		return w.slow, nil
	}
	fd, err := unix.FcntlInt(uintptr(w.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "")
	defer file.Close()
	w.slow, err = net.FileConn(file)
	return w.slow, err
}

func (w *watched) hearOut() { w.reactor.look(w) }

func (w *watched) hasten(d time.Duration) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.slow != nil {
		_ = w.slow.SetWriteDeadline(time.Now().Add(d))
	}
}

// Close closes the socket. Epoll has to be told, since it would go on with a
// copy of it that patient made.
func (w *watched) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return net.ErrClosed
	}
	w.reactor.forget(w)
	if w.slow != nil {
		_ = w.slow.Close()
	}
	fd := w.fd
	w.fd = -1
	return unix.Close(fd)
}

// forget takes a socket out of epoll, if it is there, and out of the books.
func (r *reactor) forget(w *watched) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sockets.remove(w.key)
	if r.state == reactorRuns {
		_ = r.control(unix.EPOLL_CTL_DEL, w.fd, w.key)
	}
}
