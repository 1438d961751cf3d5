package forward

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"vidchat/internal/cluster"
)

// home is a request that another node got for a session of this one. It is the
// ResponseWriter of that.
type home struct {
	server  *Server
	key     homeKey
	sid     string
	ctx     context.Context
	cancel  context.CancelCauseFunc
	written chan byte // has room for one
	stream  atomic.Pointer[stream]

	// What the handler has written. Only its goroutine uses it.
	header http.Header
	status int
	body   bytes.Buffer
	sent   bool

	mu       sync.Mutex // guards what follows
	deadline *time.Timer
}

// errGone is that the client, or the edge, has gone.
var errGone = errors.New("the client has gone")

// receiveAtHome gets a frame of an edge.
func (s *Server) receiveAtHome(from cluster.NodeID, f frame) {
	key := homeKey{from, f.id}
	if f.kind == request {
		s.begin(key, bytes.Clone(f.body))
		return
	}
	s.mu.Lock()
	h := s.homes[key]
	s.mu.Unlock()
	if h == nil {
		return
	}
	switch f.kind {
	case canceled:
		h.cancel(errGone)
	case release:
		s.sessions.AnswerPoll(h.sid)
	case written:
		if len(f.body) == 1 {
			select {
			case h.written <- f.body[0]:
			default:
			}
		}
	case overEdge:
		h.end()
	default:
		h.stream.Load().receive(f)
	}
}

// begin answers a request on a goroutine of its own.
func (s *Server) begin(key homeKey, body []byte) {
	m, err := parseMessage(body)
	if err != nil {
		s.Metrics.damaged.Inc()
		return
	}
	query, _ := url.ParseQuery(m.query)
	h := &home{server: s, key: key, sid: query.Get("sid"), written: make(chan byte, 1), header: make(http.Header)}
	h.ctx, h.cancel = context.WithCancelCause(context.Background())
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		h.cancel(errGone)
		s.link.Send(key.edge, Channel, frame{kind: overHome, id: key.id}.append(nil))
		return
	}
	s.homes[key] = h
	s.running.Add(1)
	s.mu.Unlock()
	go h.run(m)
}

func (h *home) run(m message) {
	defer h.server.running.Done()
	defer h.finish()
	r, err := http.NewRequestWithContext(h.ctx, m.method, "/socket.io/?"+m.query, nil)
	if err != nil {
		return // which only a method that the edge made up can cause
	}
	r.Header = m.header
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(m.body)), m.length
	if m.length > int64(len(m.body)) {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(m.body), broken{}))
	}
	h.server.sessions.ServeForwarded(h, r)
}

// broken is the end of a body whose client broke off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// finish sends what the handler has written, and forgets the request. A stream goes
// on without it.
func (h *home) finish() {
	if h.stream.Load() != nil {
		return
	}
	if h.ctx.Err() == nil {
		h.send()
	}
	h.forget()
}

func (h *home) forget() {
	h.cancel(errGone)
	h.mu.Lock()
	if h.deadline != nil {
		h.deadline.Stop()
	}
	h.mu.Unlock()
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	if h.server.homes[h.key] == h {
		delete(h.server.homes, h.key)
	}
}

// end is for an edge, or a client, that is gone.
func (h *home) end() {
	h.cancel(errGone)
	if st := h.stream.Load(); st != nil {
		st.close()
	}
}

func (h *home) Header() http.Header { return h.header }

func (h *home) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *home) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// send sends the answer, once.
func (h *home) send() {
	if h.sent {
		return
	}
	h.sent = true
	h.WriteHeader(http.StatusOK)
	m := message{status: h.status, header: h.header, body: h.body.Bytes()}
	h.server.link.Send(h.key.edge, Channel, frame{answer, h.key.id, m.append(nil)}.append(nil))
}

// FlushError sends the answer, and waits until the edge has written it: until then,
// the next poll waits too.
func (h *home) FlushError() error {
	if err := h.server.awaitRoom(h.ctx, h.key.edge); err != nil {
		return h.failure(err)
	}
	h.send()
	select {
	case outcome := <-h.written:
		if outcome != 0 {
			return errGone
		}
		return nil
	case <-h.ctx.Done():
		return h.failure(context.Cause(h.ctx))
	}
}

func (h *home) failure(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &net.OpError{Op: "write", Net: "cluster", Err: os.ErrDeadlineExceeded}
	}
	return err
}

// SetReadDeadline does nothing: the body has been read.
func (h *home) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline bounds how long the client may take to read the answer.
func (h *home) SetWriteDeadline(at time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.deadline != nil {
		h.deadline.Stop()
	}
	h.deadline = time.AfterFunc(time.Until(at), func() { h.cancel(os.ErrDeadlineExceeded) })
	return nil
}

// Hijack makes a stream of the client's connection, and returns the end of a pipe
// that leads to it.
func (h *home) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if h.sent || h.ctx.Err() != nil {
		return nil, nil, errGone
	}
	inner, outer := net.Pipe()
	st := newStream(h.server, h.key.edge, h.key.id, fromHome, readHome, overHome)
	h.stream.Store(st)
	h.server.link.Send(h.key.edge, Channel, frame{kind: upgraded, id: h.key.id}.append(nil))
	h.server.running.Add(1) // the handler still runs
	go func() {
		defer h.server.running.Done()
		defer h.forget()
		st.run(inner)
	}()
	context.AfterFunc(h.ctx, st.close)
	return outer, bufio.NewReadWriter(bufio.NewReaderSize(outer, 16), bufio.NewWriterSize(outer, 16)), nil
}
