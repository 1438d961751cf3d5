package forward

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"vidchat/internal/cluster"
)

// edge is a request that this node got for a session of another one.
type edge struct {
	server *Server
	home   cluster.NodeID
	id     uint64
	answer chan frame // has room for one
	gone   chan struct{}
	stream atomic.Pointer[stream]
}

// kept are the headers of a request that its home looks at.
var kept = []string{
	"Origin", "Content-Type", "Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Protocol",
	"Access-Control-Request-Headers",
}

// Forward lets another node answer a request. It reports false, and has written
// nothing, if that node is not there.
func (s *Server) Forward(w http.ResponseWriter, r *http.Request, node string) bool {
	home := cluster.NodeID(node)
	if !s.link.Knows(home) {
		return false
	}
	e := s.addEdge(home)
	if e == nil {
		return false
	}
	defer s.running.Done()
	start := time.Now()
	result := e.serve(w, r)
	if result != resultUpgraded {
		s.dropEdge(e)
	}
	s.Metrics.requests.WithLabelValues(kindOf(r), result).Inc()
	if result == resultAnswered && r.Method == http.MethodPost {
		s.Metrics.latency.Observe(time.Since(start).Seconds())
	}
	return result != resultUnknown
}

// kindOf is a label.
func kindOf(r *http.Request) string {
	switch {
	case r.Header.Get("Upgrade") != "":
		return "websocket"
	case r.Method == http.MethodPost:
		return "post"
	}
	return "get"
}

func (s *Server) addEdge(home cluster.NodeID) *edge {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drains {
		return nil
	}
	s.last++
	e := &edge{server: s, home: home, id: s.last, answer: make(chan frame, 1), gone: make(chan struct{})}
	s.edges[e.id] = e
	s.running.Add(1)
	return e
}

func (s *Server) dropEdge(e *edge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.edges, e.id)
}

func (e *edge) send(k kind, body []byte) {
	e.server.link.Send(e.home, Channel, frame{k, e.id, body}.append(nil))
}

// serve forwards the request and writes the answer. It returns what came out.
func (e *edge) serve(w http.ResponseWriter, r *http.Request) (result string) {
	m := message{method: r.Method, query: r.URL.RawQuery, length: r.ContentLength, header: make(http.Header)}
	for _, name := range kept {
		if values := r.Header[name]; len(values) > 0 {
			m.header[name] = values
		}
	}
	if r.Method == http.MethodPost {
		var err error
		if m.body, err = e.readBody(w, r); err != nil {
			m.length = int64(len(m.body)) + 1 // which tells the home that the client broke off
		} else {
			m.length = int64(len(m.body))
		}
	}
	sending, cancel := context.WithTimeout(r.Context(), sendTime)
	defer cancel()
	if e.server.awaitRoom(sending, e.home) != nil {
		return resultUnknown
	}
	e.send(request, m.append(nil))
	late := time.NewTimer(answerTime)
	defer late.Stop()
	select {
	case f := <-e.answer:
		return e.finish(w, f)
	case <-e.gone:
		return resultUnknown
	case <-late.C:
		e.cancel()
		return resultUnknown
	case <-r.Context().Done():
		e.cancel()
		return resultCanceled
	}
}

// cancel tells the home that nobody waits for an answer any more.
func (e *edge) cancel() {
	e.send(canceled, nil)
	e.send(overEdge, nil)
}

// readBody reads a body. One that is larger than a packet may be is read so far that
// its home sees that.
func (e *edge) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(e.server.maxBody)+1))
	_ = control.SetReadDeadline(time.Time{})
	return body, err
}

// finish does what the home has answered.
func (e *edge) finish(w http.ResponseWriter, f frame) (result string) {
	switch f.kind {
	case upgraded:
		return e.upgrade(w)
	case overHome:
		return resultUnknown
	}
	m, err := parseMessage(f.body)
	if err != nil || m.status < 200 {
		return resultUnknown
	}
	header := w.Header()
	for name, values := range m.header {
		header[name] = values
	}
	control := http.NewResponseController(bare(w))
	_ = control.SetWriteDeadline(time.Now().Add(writeTime))
	w.WriteHeader(m.status)
	_, err = w.Write(m.body)
	if err == nil {
		err = control.Flush()
	}
	outcome := []byte{0}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		outcome[0] = 1
	}
	e.send(written, outcome)
	return resultAnswered
}

// bare is the writer of net/http, which tells of errors when it flushes.
func bare(w http.ResponseWriter) http.ResponseWriter {
	for {
		over, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = over.Unwrap()
	}
}

// upgrade gives the client's connection to its home, as a stream of bytes.
func (e *edge) upgrade(w http.ResponseWriter) (result string) {
	st := e.stream.Load()
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		e.send(overEdge, nil)
		return resultUnknown
	}
	_ = conn.SetDeadline(time.Time{}) // net/http may have set one
	if rw.Reader.Buffered() > 0 {     // the client sent frames before it was answered
		st.close()
	}
	e.server.running.Add(1) // the handler still runs
	go func() {
		defer e.server.running.Done()
		defer e.server.dropEdge(e)
		e.server.Metrics.streams.Inc()
		defer e.server.Metrics.streams.Dec()
		st.run(conn)
	}()
	return resultUpgraded
}

// lost is called when the home is gone, once.
func (e *edge) lost() {
	close(e.gone)
	if st := e.stream.Load(); st != nil {
		st.close()
	}
}

// receiveAtEdge gets a frame of a home.
func (s *Server) receiveAtEdge(from cluster.NodeID, f frame) {
	s.mu.Lock()
	e := s.edges[f.id]
	s.mu.Unlock()
	if e == nil || e.home != from {
		if f.kind == upgraded { // the client has gone in the meantime
			s.link.Send(from, Channel, frame{kind: overEdge, id: f.id}.append(nil))
		}
		return
	}
	switch st := e.stream.Load(); {
	case st != nil:
		st.receive(f)
	case f.kind == upgraded:
		e.stream.Store(newStream(s, e.home, e.id, fromEdge, readEdge, overEdge))
		select {
		case e.answer <- f:
		default:
		}
	case f.kind == answer:
		f.body = bytes.Clone(f.body)
		select {
		case e.answer <- f:
		default:
		}
	case f.kind == overHome: // it serves nothing more
		select {
		case e.answer <- f:
		default:
		}
	}
}
