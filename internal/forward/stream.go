package forward

import (
	"net"
	"sync"
	"time"

	"vidchat/internal/cluster"
)

// stream is one end of a WebSocket whose client is connected to another node than the
// one that has its session. It carries bytes between a connection and its other end,
// as many at a time as the window allows, so that a slow reader holds up nobody else.
type stream struct {
	server           *Server
	peer             cluster.NodeID
	id               uint64
	data, read, over kind // the frames that this end sends

	mu      sync.Mutex // guards what follows
	changed sync.Cond  // of what follows
	conn    net.Conn   // nil before run
	queue   []byte     // for the connection
	credit  int        // how many bytes may be sent
	ended   bool
}

// lastTime is how long the connection may take to take what came before the end.
const lastTime = time.Second

func newStream(s *Server, peer cluster.NodeID, id uint64, data, read, over kind) *stream {
	st := &stream{server: s, peer: peer, id: id, data: data, read: read, over: over, credit: window}
	st.changed.L = &st.mu
	return st
}

// run carries bytes until one end closes.
func (st *stream) run(conn net.Conn) {
	st.mu.Lock()
	st.conn = conn
	ended := st.ended
	st.mu.Unlock()
	if ended {
		_ = conn.Close()
		return
	}
	var writing sync.WaitGroup
	writing.Go(st.write)
	st.readOn(conn)
	st.close()
	writing.Wait()
	st.send(st.over, nil)
}

func (st *stream) send(k kind, body []byte) {
	st.server.link.Send(st.peer, Channel, frame{k, st.id, body}.append(nil))
}

// readOn sends what it reads.
func (st *stream) readOn(conn net.Conn) {
	buf := make([]byte, 4<<10)
	for {
		n, err := conn.Read(buf)
		if n > 0 && !st.spend(n) {
			return
		}
		if n > 0 {
			st.send(st.data, buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// spend waits until so many bytes may be sent. It reports whether the stream is open.
func (st *stream) spend(n int) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	for st.credit < n && !st.ended {
		st.changed.Wait()
	}
	st.credit -= n
	return !st.ended
}

// write writes what the other end sent. What came before its end is still written.
func (st *stream) write() {
	for {
		st.mu.Lock()
		for len(st.queue) == 0 && !st.ended {
			st.changed.Wait()
		}
		b, conn := st.queue, st.conn
		st.queue = nil
		st.mu.Unlock()
		if len(b) == 0 {
			_ = conn.Close()
			return
		}
		if _, err := conn.Write(b); err != nil {
			st.close()
			_ = conn.Close()
			return
		}
		st.send(st.read, appendCount(len(b)))
	}
}

// receive gets a frame of the other end. There may be no stream, if the other end
// made a mistake.
func (st *stream) receive(f frame) {
	if st == nil {
		return
	}
	switch f.kind {
	case fromEdge, fromHome:
		st.deliver(f.body)
	case readEdge, readHome:
		if n, err := parseCount(f.body); err == nil {
			st.grant(n)
		}
	case overEdge, overHome:
		st.close()
	}
}

// deliver takes what the other end sent. More than the window is a fault.
func (st *stream) deliver(b []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.ended {
		return
	}
	if len(st.queue)+len(b) > window {
		st.queue, st.ended = nil, true
	} else {
		st.queue = append(st.queue, b...)
	}
	st.changed.Broadcast()
}

func (st *stream) grant(n int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.credit += n
	st.changed.Broadcast()
}

// close ends the stream once what has come is written, or the connection's deadline
// for that has passed.
func (st *stream) close() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.ended {
		return
	}
	st.ended = true
	if st.conn != nil {
		_ = st.conn.SetReadDeadline(time.Unix(1, 0))
		_ = st.conn.SetWriteDeadline(time.Now().Add(lastTime))
	}
	st.changed.Broadcast()
}
